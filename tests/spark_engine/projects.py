"""A project whose lake and warehouse lie on HDFS and whose metastore is a database server's."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import sqlalchemy as sa

from tests import maven, servers
from tests.hdfs import Hdfs
from tests.spark import QUICK

VENDORS = {"mysql": "mariadb", "postgresql": "postgresql"}
"""What the metastore's URL begins with → how the driver's jar does."""


def write_project(
    project: Path, hdfs: Hdfs, database: servers.DatabaseServer, master: str, timezone: str, **given: str
) -> None:
    """mallard.toml of a big shop: HDFS, a cluster, a metastore in a database; starts on DuckDB.

    given: Spark settings, with '__' for the dots.
    """
    name = f"metastore_{project.name}"
    url = sa.make_url(database.create(name))
    vendor = url.get_backend_name()
    if vendor == "mysql":  # Hive's columns are too long for utf8mb4
        engine = sa.create_engine(url)
        with engine.begin() as connection:
            connection.execute(sa.text(f"alter database {name} character set latin1 collate latin1_bin"))
        engine.dispose()
    project.mkdir(parents=True)
    (project / "metastore-password").write_text("canary-secret\n")
    (driver,) = (jar for jar in maven.jars("spark") if jar.name.startswith(VENDORS[vendor]))
    config = {
        **QUICK,
        "spark.driver.extraClassPath": str(driver),
        "spark.executor.extraJavaOptions": QUICK["spark.driver.extraJavaOptions"],
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.executor.memory": "600m",
        "spark.executor.cores": "1",
        "spark.sql.shuffle.partitions": "2",
        "spark.default.parallelism": "2",
        **{key.replace("__", "."): value for key, value in given.items()},
    }
    listed = "\n".join(f'"{key}" = "{value}"' for key, value in config.items())
    (project / "mallard.toml").write_text(
        f"""
[shop]
timezone = "{timezone}"

[lake]
url = "{hdfs.url}/{project.name}/lake"

[source]
url = "sqlite:///data/shop.db"
timezone = "UTC"

[warehouse]
engine = "duckdb"  # one machine

[warehouse.spark]
master = "{master}"
warehouse = "{hdfs.url}/{project.name}/warehouse"
metastore = "jdbc:{vendor}://{url.host}:{url.port}/{name}"
metastore_user = "{url.username}"
metastore_password = "file:metastore-password"

[warehouse.spark.config]
{listed}
"""
    )


def succeed(project: Path, *arguments: str, **environment: str) -> str:
    """Run ``mallard``; its output. A build on a cluster of processes may take long on a busy machine."""
    done = subprocess.run(
        [sys.executable, "-m", "mallard", *arguments, "--project", str(project)],
        capture_output=True, text=True, timeout=1500, check=False, stdin=subprocess.DEVNULL,
        env={**os.environ, **environment},
    )  # fmt: skip
    assert done.returncode == 0, f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
    assert "leaked" not in done.stderr
    return done.stdout
