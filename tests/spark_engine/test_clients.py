"""Programs that know nothing of Mallard: a metastore service in between, and Hive's own client over JDBC."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from mallard.errors import BuildError, UsageError
from mallard.settings import Settings
from mallard.warehouse.engine import open_engine
from mallard.warehouse.sql import reader
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


def test_the_tables_are_asked_without_a_way_to_change_them(
    project: Settings, capfd: pytest.CaptureFixture[str]
) -> None:
    with open_engine(project) as engine:
        engine.write("dim_date", {"dt": "date"}, [(date(2026, 3, 1),)])
    with reader(project) as tables:
        hours = (
            'select dt, count(*) as "n", max(event_time) as last from ods_event group by dt order by dt desc;'
        )
        told = tables.ask(hours)
        assert told.columns == ("dt", "n", "last")
        assert told.rows[0] == (date(2026, 3, 3), 3, instant("2026-03-03 02:00:00"))
        assert [row[1] for row in told.rows] == [3, 2, 1]
        assert "opening" in {row[1] for row in tables.ask("show tables").rows}
        for change in (
            "drop table opening",
            "insert into opening values (date '2026-03-02', 8)",
            "with more as (select * from opening) insert into opening select * from more",
            "create table stolen as select 1 as one",
            "select 1; drop table opening",
            "select 1) -- ",
        ):
            with pytest.raises(UsageError, match=r"refused: \[PARSE_SYNTAX_ERROR\] Syntax error"):
                tables.ask(change)
        capfd.readouterr()
        with pytest.raises(UsageError, match=r"refused: \[DIVIDE_BY_ZERO\]"):
            tables.ask("select 1 / 0")
        assert capfd.readouterr() == ("", "")  # pyspark would tell all of it once more
        assert tables.ask("select * from opening").rows == ((date(2026, 3, 1), 7),)


def test_a_warehouse_that_was_not_built_is_told(tmp_path: Path, metastore: str) -> None:
    given = Settings(project=tmp_path)
    unbuilt = spark.on_spark(given, metastore=metastore, database="unbuilt")
    with pytest.raises(BuildError, match="no tables yet"), reader(unbuilt):
        pass
