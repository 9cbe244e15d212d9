"""Whether what a Spark session needs is there at all, looked at before one is started."""

from __future__ import annotations

import os
import re
import subprocess
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from mallard.errors import MallardError, SettingsError
from mallard.places import addresses, answering, namenode
from mallard.settings import Settings

_JAVA = 17
"""The oldest Java that Spark 4 runs on."""

_LOCAL = r"local(\[(\*|\d+)(\s*,\s*\d+)?\]|-cluster\[\s*\d+\s*,\s*\d+\s*,\s*\d+\s*\])?"

DRIVERS = {
    "derby": "org.apache.derby.jdbc.EmbeddedDriver",
    "mysql": "org.mariadb.jdbc.Driver",
    "mariadb": "org.mariadb.jdbc.Driver",
    "postgresql": "org.postgresql.Driver",
}
"""What a metastore's JDBC URL begins with → the class of the driver."""

DRIVER_KEY = "spark.hadoop.javax.jdo.option.ConnectionDriverName"

_PORTS = {"mysql": 3306, "mariadb": 3306, "postgresql": 5432, "thrift": 9083}


def java() -> str:
    """The Java that Spark would run on, in its own words; a MallardError where there is none new enough."""
    home = os.environ.get("JAVA_HOME")
    program = f"{home}/bin/java" if home else "java"
    mend = f"Install a Java of {_JAVA} or newer (Debian: apt-get install openjdk-17-jre-headless)"
    mend += ", or correct JAVA_HOME." if home else "."
    try:
        told = subprocess.run([program, "-version"], capture_output=True, text=True, check=True).stderr
    except (OSError, subprocess.CalledProcessError) as failed:
        raise MallardError(f"Spark needs Java, and '{program}' does not run.", mend) from failed
    found = re.search(r'^.* version "(\d+).*', told, re.M)  # a line on JAVA_TOOL_OPTIONS may stand before it
    if not found or int(found.group(1)) < _JAVA:
        said = found.group() if found else "of no version that can be read"
        raise MallardError(f"Spark needs Java {_JAVA}; '{program}' is {said}.", mend)
    return found.group()


def packages() -> str:
    """The versions of Spark and of dbt's adapter for it; a MallardError where one is not installed."""
    found = {name: _version(name) for name in ("pyspark", "dbt-spark")}
    if missing := [name for name, told in found.items() if told is None]:
        raise MallardError(
            f"Spark is not installed here: {' and '.join(missing)} cannot be found.",
            "pip install 'mallard-warehouse[spark]'",
        )
    return ", ".join(f"{name} {told}" for name, told in found.items())


def home() -> Path:
    """The folder of the Spark that would be started; a MallardError where it is not the one of pyspark."""
    from pyspark import __version__
    from pyspark.find_spark_home import _find_spark_home

    folder = Path(_find_spark_home())
    if not list((folder / "jars").glob(f"spark-core_*-{__version__}.jar")):
        raise MallardError(
            f"SPARK_HOME names {folder}, which is no Spark {__version__} as pyspark is.",
            "Unset it, then pyspark's own is used, or name one of that version.",
        )
    return folder


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:  # a Spark of the machine's own may stand in PYTHONPATH
        return "without a version" if find_spec(name) else None


def master(settings: Settings) -> str:
    """Who is to run the jobs; a MallardError where nobody would."""
    url = settings.warehouse.spark.master
    key = "warehouse.spark.master"
    if url == "yarn":
        return _yarn()
    if re.fullmatch(r"spark://.+:\d+", url):
        answering(addresses(url, 7077), f"Spark's master {url}", key)
        return f"{url} answers"
    if not re.fullmatch(f"{_LOCAL}|k8s://.+", url):
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
    if vendor not in DRIVERS and vendor != "thrift" and DRIVER_KEY not in settings.warehouse.spark.config:
        raise SettingsError(
            f"warehouse.spark.metastore: Mallard does not know the JDBC driver of '{vendor}'.",
            f"Use mysql, mariadb or postgresql, or name the driver's class as '{DRIVER_KEY}' in"
            " warehouse.spark.config.",
        )
    found = addresses(url, _PORTS.get(vendor, 0))
    shown = ", ".join(f"{vendor}://{host}:{port}" for host, port in found) or vendor
    answering(found, f"The metastore {shown}", "warehouse.spark.metastore")
    return f"{shown} answers" if found else shown


def look(settings: Settings) -> None:
    """All of it, for those who only want to know what is wrong. The lake is looked at when it is opened."""
    packages()
    home()
    java()
    master(settings)
    metastore(settings)
    _folders(settings)
    namenode(settings.warehouse.spark.warehouse, "warehouse.spark.warehouse")


_PATTERN = "[]{}*?\\"


def _folders(settings: Settings) -> None:
    for url in (settings.warehouse.spark.warehouse, settings.lake.url):
        folder = url if "://" in url else str(settings.path(url))
        if set(_PATTERN) & set(folder):
            raise SettingsError(
                f"{folder} has one of {_PATTERN}, which Spark takes for a pattern of names.",
                "Move it to a folder without them.",
            )
