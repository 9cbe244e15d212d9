"""Whether what a Spark session needs is there at all, looked at before one is started."""

from __future__ import annotations

import os
import re
from importlib.util import find_spec
from pathlib import Path

from mallard.errors import BuildError, MallardError, SettingsError
from mallard.places import addresses, answering, namenode
from mallard.settings import Settings

_PORTS = {"mysql": 3306, "mariadb": 3306, "postgresql": 5432, "thrift": 9083}


def master(settings: Settings) -> str:
    """Who is to run the jobs; a MallardError where nobody would."""
    url = settings.warehouse.spark.master
    key = "warehouse.spark.master"
    if url == "yarn":
        return _yarn()
    if re.fullmatch(r"spark://.+:\d+", url):
        answering(addresses(url, 7077), f"Spark's master {url}", key)
        return f"{url} answers"
    if not re.fullmatch(r"local(-cluster)?(\[[^]]+\])?|k8s://.+", url):
        raise SettingsError(
            f"{key} '{url}' is no master that Spark knows.",
            "local[*], spark://host:7077, yarn or k8s://https://…",
        )
    return url


def _yarn() -> str:
    names = ("HADOOP_CONF_DIR", "YARN_CONF_DIR")
    given = {name: os.environ[name] for name in names if os.environ.get(name)}
    if not given:
        raise MallardError(
            "Spark finds YARN by HADOOP_CONF_DIR or YARN_CONF_DIR, and neither is set.",
            "Set one to the folder with the cluster's core-site.xml and yarn-site.xml.",
        )
    for name, folder in given.items():
        if not Path(folder).is_dir():
            raise MallardError(f"{name} names {folder}, which is no folder.", f"Correct {name}.")
    return "yarn, as in " + ", ".join(given.values())


def metastore(settings: Settings) -> str:
    """Where the tables are written down; an UnreachableError where nobody listens there."""
    url = settings.warehouse.spark.metastore
    if not url:
        return f"embedded Derby in {settings.path('data/metastore')}: one process at a time"
    if not re.match("thrift://|jdbc:", url):
        raise SettingsError(
            f"warehouse.spark.metastore '{url}' is neither thrift:// nor jdbc:.",
            "Leave it empty, or set thrift://host:9083, jdbc:mysql://host:3306/name or jdbc:postgresql://host/name.",
        )
    vendor = url.removeprefix("jdbc:").partition(":")[0]
    found = addresses(url, _PORTS.get(vendor, 0))
    shown = ", ".join(f"{vendor}://{host}:{port}" for host, port in found) or vendor
    answering(found, f"The metastore {shown}", "warehouse.spark.metastore")
    return f"{shown} answers" if found else shown


def look(settings: Settings) -> None:
    """All of it, for those who only want to know what is wrong. The lake is looked at when it is opened."""
    if find_spec("pyspark") is None:
        raise BuildError("Spark is not installed here.", "pip install 'mallard-warehouse[spark]'")
    master(settings)
    metastore(settings)
    namenode(settings.warehouse.spark.warehouse, "warehouse.spark.warehouse")
