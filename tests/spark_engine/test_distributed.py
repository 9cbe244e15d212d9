"""A shop that has outgrown a machine: Spark on two workers, HDFS on two datanodes, a metastore in MariaDB."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from hdfs_native import Client

from mallard import settings as settings_file
from mallard.state import State
from mallard.warehouse.build import build
from mallard.warehouse.export import current
from mallard.warehouse.migrate import compare
from tests import hdfs as hdfs_server
from tests import servers, spark
from tests.parity.shops import SimulatedShop
from tests.spark_engine.projects import succeed, write_project

pytestmark = [pytest.mark.spark, pytest.mark.hdfs, pytest.mark.mariadb, pytest.mark.slow]


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[spark.Cluster]:
    with spark.standalone(tmp_path / "cluster") as running:
        yield running


class Killer(threading.Thread):
    """Kills an executor of the build under way, once that has begun to write a table."""

    def __init__(self, cluster: spark.Cluster, hdfs: hdfs_server.Hdfs, table: str) -> None:
        super().__init__()
        self._cluster, self._client, self._table = cluster, Client(hdfs.url), table
        self._known = self._builds()
        self.killed = False

    def _builds(self) -> set[str]:
        return {status.path for status in self._client.list_status(self._table)}

    def run(self) -> None:
        spark.wait_until(lambda: self._builds() - self._known, 1500)
        spark.wait_until(self._cluster.kill_executor, 60)
        self.killed = True


@pytest.mark.timeout(3000)
def test_a_refresh_with_a_dead_executor_and_a_stopped_datanode_is_right(
    tmp_path: Path,
    hdfs: hdfs_server.Hdfs,
    mariadb: servers.DatabaseServer,
    cluster: spark.Cluster,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    project = tmp_path / "shop"
    write_project(project, hdfs, mariadb, cluster.url, "Asia/Shanghai")
    shop = SimulatedShop(project, date(2025, 3, 28), 10, "Asia/Shanghai", size=0.03)
    on_one_machine = shop.settings = settings_file.load(project)
    shop.live(shop.shop.all_days[:8], monkeypatch)

    told = succeed(project, "engine", "migrate", "--to", "spark")
    assert "are equal, row by row" in told
    on_spark = settings_file.load(project)
    assert on_spark.warehouse.engine == "spark"

    shop.live(shop.shop.all_days[8:], monkeypatch)
    killer = Killer(cluster, hdfs, f"/{project.name}/warehouse/mallard/dwd_event_index")
    hdfs.stop_datanode(1)
    try:
        killer.start()
        built = succeed(project, "build")
        killer.join()
    finally:
        hdfs.restart_datanode(1)
    assert killer.killed
    days = re.findall(r"^build +(\d+) days up to", built, re.M)
    # What came in the last two days reaches others before them, but not all ten.
    assert [0] < [int(count) for count in days] < [10], built
    refreshed = current(on_spark)
    assert refreshed is not None
    assert refreshed["engine"] == "spark"
    with State(on_spark.state_path) as state:
        rebuilt = build(on_one_machine, state, full=True)
    folder = on_spark.path("data/app")
    tables = compare(on_spark, folder / rebuilt.build_id, folder / refreshed["build_id"])
    assert {name: table for name, table in tables.items() if not table.equal} == {}
    assert all(table.rows for name, table in tables.items() if name.startswith("app_"))
