"""Whether what a Spark session needs is there at all, looked at before one is started.

The clients inside would go on asking for minutes, some of them for ever, and say little at the end.
"""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from mallard.errors import BuildError, MallardError, SettingsError, UnreachableError
from mallard.settings import Settings

_PORTS = {"mysql": 3306, "mariadb": 3306, "postgresql": 5432, "thrift": 9083}


def master(settings: Settings) -> str:
    """Who is to run the jobs; a MallardError where nobody would."""
    url = settings.warehouse.spark.master
    key = "warehouse.spark.master"
    if url == "yarn":
        return _yarn()
    if re.fullmatch(r"spark://.+:\d+", url):
        answering(_addresses(url, 7077), f"Spark's master {url}", key)
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
    found = _addresses(url, _PORTS.get(vendor, 0))
    shown = ", ".join(f"{vendor}://{host}:{port}" for host, port in found) or vendor
    answering(found, f"The metastore {shown}", "warehouse.spark.metastore")
    return f"{shown} answers" if found else shown


def storage(settings: Settings) -> None:
    """Whether the namenodes of the tables and of the lake listen, where they are named by host and port."""
    for url, key in (
        (settings.warehouse.spark.warehouse, "warehouse.spark.warehouse"),
        (settings.lake_url, "lake.url"),
    ):
        namenode(url, key)


def namenode(url: str, key: str) -> None:
    """Whether the namenode of an hdfs:// URL listens; a service's name has no port and is left to Hadoop."""
    if re.match(r"hdfs://[^/]*:\d", url):
        answering(_addresses(url, 8020), url, key)


def look(settings: Settings) -> None:
    """All of it, for those who only want to know what is wrong."""
    if find_spec("pyspark") is None:
        raise BuildError("Spark is not installed here.", "pip install 'mallard-warehouse[spark]'")
    master(settings)
    metastore(settings)
    storage(settings)


def _addresses(url: str, port: int) -> list[tuple[str, int]]:
    """The hosts and ports of a URL, of which there may be several: thrift://a:1,thrift://b:2, spark://a:1,b:2.

    None where they are written in a way that only a driver understands.
    """
    found = []
    for part in re.sub(r"^jdbc:", "", url).split("?")[0].split(","):
        place = re.fullmatch(r"(?:\w+://)?(\[[^]]+\]|[^/:@(\[]+)(?::(\d+))?(?:[/;].*)?", part)
        if not place:
            return []
        found.append((place[1].strip("[]"), int(place[2] or port)))
    return found


def answering(addresses: Sequence[tuple[str, int]], what: str, key: str) -> None:
    """Whether anybody listens at one of them; an UnreachableError that names the key if not."""
    failed: OSError | None = None
    for address in addresses:
        try:
            socket.create_connection(address, timeout=5).close()
            return
        except OSError as broken:
            failed = broken
    if failed is not None:
        raise UnreachableError(
            f"{what} does not answer: {failed.strerror or failed}.", f"Start it, or correct {key}."
        ) from failed
