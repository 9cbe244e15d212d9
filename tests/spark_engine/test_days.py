"""Days on Spark: one that has become empty disappears, what was replaced goes, and a refresh is a rebuild."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from mallard.warehouse.build import build
from mallard.warehouse.engine import open_engine
from tests.parity.tables import differences, of_duckdb, of_spark
from tests.spark import on_spark
from tests.spark_engine.lakes import begin, event, go_on
from tests.warehouse.lakes import HandLake

pytestmark = [pytest.mark.spark, pytest.mark.slow]

FIRST = date(2026, 3, 1)


@pytest.fixture
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HandLake]:
    monkeypatch.setenv("MALLARD_NOW", "2026-03-06T12:00:00+00:00")
    made = HandLake(tmp_path)
    begin(made)
    yield made
    made.state.close()


def partitions(lake: HandLake, table: str) -> list[str]:
    with open_engine(on_spark(lake.settings)) as engine:
        return [str(row[0]) for row in engine.query(f"show partitions {table}")]


def test_a_day_that_becomes_empty_disappears_and_a_refresh_is_a_rebuild(lake: HandLake) -> None:
    spark = on_spark(lake.settings)
    build(spark, lake.state)
    assert partitions(lake, "dwd_order") == ["dt=2026-03-01", "dt=2026-03-02", "dt=2026-03-04"]

    go_on(lake)
    refreshed = build(spark, lake.state)

    assert not refreshed.full
    assert partitions(lake, "dwd_order") == ["dt=2026-03-01", "dt=2026-03-04"]
    build(lake.settings, lake.state, full=True)
    assert differences(of_duckdb(lake.settings), of_spark(spark)) == {}


def test_what_no_table_refers_to_is_removed_by_the_next_build(lake: HandLake) -> None:
    spark = on_spark(lake.settings)
    root = lake.settings.path("data/spark-warehouse") / "mallard"
    with open_engine(spark) as engine:
        for answer in range(3):
            engine.write("small", {"answer": "bigint"}, [(answer,)])
        assert len(list((root / "small").iterdir())) == 3
        engine.query("create view seen as select answer from small")
        engine.lay_ods()
        assert len(list((root / "small").iterdir())) == 1
        assert engine.query("select answer from seen") == [(2,)]


def test_what_is_landed_during_a_build_is_left_to_the_next_one(lake: HandLake) -> None:
    with open_engine(on_spark(lake.settings)) as engine:
        engine.lay_ods()
        assert engine.query("select count(*) from ods_event") == [(6,)]
        lake.events(event(20, 3, 10), event(21, 4, 10))
        assert engine.query("select count(*) from ods_event") == [(6,)]
        engine.lay_ods()
        assert engine.query("select count(*) from ods_event") == [(8,)]


def test_a_lake_s_folder_that_is_gone_is_no_partition_any_more(lake: HandLake) -> None:
    with open_engine(on_spark(lake.settings)) as engine:
        engine.lay_ods()
        gone = lake.root / "ods" / "event" / f"dt={FIRST + timedelta(days=1)}"
        for path in gone.iterdir():
            path.unlink()
        engine.lay_ods()
        assert engine.query("select count(*), count(distinct dt) from ods_event") == [(5, 4)]
