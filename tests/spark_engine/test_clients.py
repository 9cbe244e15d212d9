"""Programs that know nothing of Mallard: a metastore service in between, and Hive's own client over JDBC."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from mallard.settings import Settings
from mallard.warehouse.engine import open_engine
from tests import spark
from tests.warehouse.lakes import HandLake, instant

pytestmark = [pytest.mark.spark, pytest.mark.slow]


@pytest.fixture(scope="module")
def metastore(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with spark.metastore_service(tmp_path_factory.mktemp("metastore")) as url:
        yield url


def seen(day: int, hour: int) -> dict[str, object]:
    time = instant(f"2026-03-0{day} 0{hour}:00:00")
    return {"event_id": f"e{day}{hour}", "event_name": "Viewed", "event_time": time}


@pytest.fixture
def project(tmp_path: Path, metastore: str) -> Settings:
    """Three days of events and a table by day, in the metastore service."""
    lake = HandLake(tmp_path)
    for day in (1, 2, 3):
        lake.events(*(seen(day, hour) for hour in range(day)))
    lake.state.close()
    settings = spark.on_spark(lake.settings, metastore=metastore)
    with open_engine(settings) as engine:
        engine.lay_ods()
        engine.write("opening", {"dt": "date", "shops": "bigint"}, [(date(2026, 3, 1), 7)])
    return settings


def test_a_hive_client_reads_tables_and_partitions_of_a_metastore_service(
    tmp_path: Path, project: Settings
) -> None:
    with spark.thrift_server(project, tmp_path / "server") as url:
        days = spark.beeline(url, "select dt, count(*) as events from ods_event group by dt order by dt")
        parts = spark.beeline(url, "show partitions ods_event")
        small = spark.beeline(url, "select * from opening")
    assert [(row["dt"], row["events"]) for row in days] == [
        ("2026-03-01", "1"), ("2026-03-02", "2"), ("2026-03-03", "3"),
    ]  # fmt: skip
    assert [row["partition"] for row in parts] == [f"dt=2026-03-0{day}" for day in (1, 2, 3)]
    assert small == [{"dt": "2026-03-01", "shops": "7"}]
    assert not list(
        (tmp_path / "data").glob("metastore*")
    )  # nothing was kept in a Derby of the project's own
