"""A cluster that a shop may have already: YARN with its HDFS, and a metastore in PostgreSQL."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from mallard import settings as settings_file
from tests import hdfs as hdfs_server
from tests import servers, spark, yarn
from tests.parity.shops import SimulatedShop
from tests.spark_engine.projects import succeed, write_project

pytestmark = [pytest.mark.spark, pytest.mark.hdfs, pytest.mark.postgres, pytest.mark.slow]


@pytest.mark.timeout(1500)
def test_a_shop_moves_to_yarn_with_its_metastore_in_postgresql(
    tmp_path: Path,
    hdfs: hdfs_server.Hdfs,
    postgres: servers.DatabaseServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    project = tmp_path / "on_yarn"
    write_project(
        project, hdfs, postgres, "yarn", "Asia/Shanghai",
        spark__executor__instances="1", spark__yarn__jars=f"local:{spark.home()}/jars/*",
    )  # fmt: skip
    shop = SimulatedShop(project, date(2026, 3, 1), 3, "Asia/Shanghai", size=0.01)
    shop.settings = settings_file.load(project)
    shop.live(shop.shop.all_days, monkeypatch)
    with yarn.cluster(tmp_path / "yarn", hdfs.url) as conf:
        told = succeed(project, "engine", "migrate", "--to", "spark", HADOOP_CONF_DIR=str(conf))
    assert "are equal, row by row" in told
    assert list((tmp_path / "yarn" / "logs").glob("application_*/container_*_000002"))  # an executor's
