from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests import hdfs as hdfs_server
from tests import s3 as s3_server
from tests import servers


@pytest.fixture(scope="session")
def mariadb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.DatabaseServer]:
    """A real MariaDB, one for the test run; take a database of your own from it with ``create``."""
    with servers.mariadb(tmp_path_factory.mktemp("mariadb")) as server:
        yield server


@pytest.fixture(scope="session")
def postgres() -> Iterator[servers.DatabaseServer]:
    """A real PostgreSQL, one for the test run."""
    with servers.postgres() as server:
        yield server


@pytest.fixture(scope="session")
def hdfs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[hdfs_server.Hdfs]:
    """A real HDFS with two datanodes, one for the test run; restart the datanodes you stop."""
    with hdfs_server.cluster(tmp_path_factory.mktemp("hdfs")) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def s3() -> Iterator[s3_server.S3]:
    """A real S3 API server, one for the test run; take a bucket of your own from it."""
    with s3_server.server() as server:
        yield server
