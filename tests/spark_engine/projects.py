"""A project whose lake and warehouse lie on HDFS and whose metastore is a MariaDB."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import sqlalchemy as sa

from tests import maven, servers
from tests.hdfs import Hdfs
from tests.spark import QUICK, Cluster


def write_project(
    project: Path, hdfs: Hdfs, mariadb: servers.DatabaseServer, cluster: Cluster, timezone: str
) -> None:
    """mallard.toml of a big shop: HDFS, a standalone Spark, a metastore in a database; starts on DuckDB."""
    name = f"metastore_{project.name}"
    url = sa.make_url(mariadb.create(name))
    engine = sa.create_engine(url)
    with engine.begin() as connection:  # Hive's columns are too long for utf8mb4
        connection.execute(sa.text(f"alter database {name} character set latin1 collate latin1_bin"))
    engine.dispose()
    project.mkdir(parents=True)
    (project / "metastore-password").write_text("canary-secret\n")
    (driver,) = maven.jars("spark")
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
master = "{cluster.url}"
warehouse = "{hdfs.url}/{project.name}/warehouse"
metastore = "jdbc:mysql://{url.host}:{url.port}/{name}"
metastore_user = "root"
metastore_password = "file:metastore-password"

[warehouse.spark.config]
{listed}
"""
    )


def succeed(project: Path, *arguments: str) -> str:
    """Run ``mallard``; its output. A build on a cluster of processes may take long on a busy machine."""
    done = subprocess.run(
        [sys.executable, "-m", "mallard", *arguments, "--project", str(project)],
        capture_output=True, text=True, timeout=1500, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 0, f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout
