"""What a build does around its models: when it is full, what it survives, what it leaves."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from mallard.catalog import published_tables
from mallard.errors import BuildError, LockedError, UsageError
from mallard.warehouse import plan
from mallard.warehouse.build import build
from mallard.warehouse.sql import query
from mallard.warehouse.touched import waiting
from tests.warehouse.lakes import HandLake, instant
from tests.warehouse.tables import contents

NOW = datetime(2024, 3, 5, 12, tzinfo=UTC)


@pytest.fixture
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("MALLARD_NOW", NOW.isoformat())
    made = HandLake(tmp_path)
    made.events(_opened("e1", "2024-03-01T10:00"), _opened("e2", "2024-03-03T10:00"))
    yield made
    made.state.close()


def _opened(event_id: str, at: str, **more: Any) -> dict[str, Any]:
    name = "Application Opened"
    return {"event_id": event_id, "event_name": name, "event_time": instant(at), "user_id": "u1", **more}


def _order(order_id: str, at: str, **more: Any) -> dict[str, Any]:
    return {
        "order_id": order_id,
        "customer_id": "u1",
        "created_at": instant(at),
        "status": "created",
        "total_amount": Decimal(10),
        **more,
    }


def _shown(lake: HandLake, sql: str) -> list[tuple[Any, ...]]:
    return list(query(lake.settings, sql).rows)


def test_a_second_build_of_the_same_lake_does_nothing(lake: HandLake) -> None:
    first = build(lake.settings, lake.state)
    second = build(lake.settings, lake.state)
    assert (first.full, first.nothing) == (True, False)
    assert (second.full, second.nothing, second.build_id) == (False, True, first.build_id)


def test_only_the_touched_day_is_built_again(lake: HandLake) -> None:
    build(lake.settings, lake.state)
    lake.events(_opened("e3", "2024-03-03T11:00", user_id="u2"))
    assert {touched.dt for touched in waiting(lake.settings, lake.state)} == {date(2024, 3, 3)}
    report = build(lake.settings, lake.state)
    assert not report.full
    assert date(2024, 3, 1) not in report.days
    assert _shown(lake, "select dt, daily_users from app_daily_users order by dt") == [
        (date(2024, 3, 1), 1),
        (date(2024, 3, 2), 0),
        (date(2024, 3, 3), 2),
    ]
    assert waiting(lake.settings, lake.state) == []


@pytest.mark.parametrize("rows", [1, 3])
def test_all_days_are_built_in_slices_and_none_is_left_out(
    lake: HandLake, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    monkeypatch.setattr(plan, "SLICE_ROWS", rows)
    lake.events(_opened("e3", "2024-03-03T11:00"), _opened("e1", "2024-03-06T10:00"))
    lake.events(_opened("e4", "2024-03-04T09:00"), _opened("e5", "2024-03-06T09:00"))
    build(lake.settings, lake.state)
    assert _shown(lake, "select event_id, dt, session_id from dwd_event order by event_id") == [
        ("e1", date(2024, 3, 1), "e1"),
        ("e2", date(2024, 3, 3), "e2"),
        ("e3", date(2024, 3, 3), "e3"),
        ("e4", date(2024, 3, 4), "e4"),
        ("e5", date(2024, 3, 6), "e5"),
    ]


def test_a_range_is_built_again_when_asked_for(lake: HandLake) -> None:
    build(lake.settings, lake.state)
    report = build(lake.settings, lake.state, first=date(2024, 3, 1), last=date(2024, 3, 2))
    assert set(report.days) >= {date(2024, 3, 1), date(2024, 3, 2)}
    assert not report.full
    assert build(lake.settings, lake.state, last=date(2024, 3, 1)).days == (date(2024, 3, 1),)
    assert build(lake.settings, lake.state, first=date(2024, 3, 2)).days == (
        date(2024, 3, 2),
        date(2024, 3, 3),
    )
    for first, last in ((2, 1), (20, 21)):
        with pytest.raises(UsageError):
            build(lake.settings, lake.state, first=date(2024, 3, first), last=date(2024, 3, last))


@pytest.mark.parametrize("harm", ["deleted", "overwritten", "cut", "scratched"])
def test_a_lost_warehouse_is_made_again_from_the_lake(lake: HandLake, harm: str) -> None:
    build(lake.settings, lake.state)
    before = contents(lake.settings.warehouse_path)
    path = lake.settings.warehouse_path
    if harm == "deleted":
        path.unlink()
    elif harm == "overwritten":
        path.write_bytes(b"this is not a database " * 1000)
    elif harm == "cut":
        os.truncate(path, 5000)
    else:
        with path.open("r+b") as file:
            file.seek(path.stat().st_size // 2)
            file.write(os.urandom(300_000))
    lake.state.touch("event", [date(2024, 3, 1), date(2024, 3, 3)])
    assert build(lake.settings, lake.state).full
    assert contents(path) == before


def test_a_build_killed_at_any_model_is_repaired_by_the_next(lake: HandLake, tmp_path: Path) -> None:
    build(lake.settings, lake.state)
    lake.events(_opened("e3", "2024-03-02T11:00", user_id="u2"))
    lake.load(NOW, orders=[_order("o1", "2024-03-02T12:00")])
    code = f"""
import os, signal
from pathlib import Path
from mallard.settings import Settings
from mallard.state import State
from mallard.warehouse import build, project
real, seen = project.run, []
def watch(name):
    seen.append(name)
    if len(seen) == 12:
        os.kill(os.getpid(), signal.SIGKILL)
dbt = lambda s, e, c, select=(), **_: real(s, e, c, select, watch)
project.run = dbt
settings = Settings(project=Path({str(tmp_path)!r}))
build.build(settings, State(settings.state_path))
"""
    killed = subprocess.run([sys.executable, "-c", code], check=False, env=dict(os.environ))
    assert killed.returncode == -signal.SIGKILL
    report = build(lake.settings, lake.state)
    assert not report.full
    refreshed = contents(lake.settings.warehouse_path)
    build(lake.settings, lake.state, full=True)
    assert refreshed == contents(lake.settings.warehouse_path)


def test_a_day_that_becomes_empty_disappears(lake: HandLake) -> None:
    lake.load(NOW, orders=[_order("o1", "2024-03-04T12:00")])
    assert build(lake.settings, lake.state).last_day == date(2024, 3, 4)
    lake.load(NOW, orders=[{"order_id": "o1", "change": "delete"}])
    report = build(lake.settings, lake.state)
    assert (report.full, report.last_day) == (False, date(2024, 3, 3))
    assert _shown(lake, "select max(dt) from app_sales") == [(date(2024, 3, 3),)]


def test_absurd_dates_neither_stretch_the_warehouse_nor_stop_it(lake: HandLake) -> None:
    build(lake.settings, lake.state)
    lake.load(
        NOW,
        orders=[
            _order("o1", "0001-01-01T00:00"),
            _order("o2", "9999-12-31T23:00"),
            _order("o3", "1969-12-31T00:00"),
            _order("o4", "2024-03-03T00:00"),
        ],
    )
    report = build(lake.settings, lake.state)
    assert (report.first_day, report.last_day) == (date(2024, 3, 1), date(2024, 3, 3))
    assert _shown(lake, "select sum(orders) from app_sales") == [(1,)]
    lake.load(NOW, orders=[_order("o3", "1969-12-30T00:00")])
    assert build(lake.settings, lake.state).last_day == date(2024, 3, 3)


def test_an_event_that_has_left_the_lake_leaves_the_warehouse(lake: HandLake) -> None:
    build(lake.settings, lake.state)
    for path in (lake.root / "ods/event/dt=2024-03-03").iterdir():
        path.unlink()
    lake.state.touch("event", [date(2024, 3, 3)])
    report = build(lake.settings, lake.state)
    assert report.full
    assert "no longer in the lake" in report.reason
    assert report.last_day == date(2024, 3, 1)


def test_an_empty_lake_is_told_as_such(tmp_path: Path) -> None:
    lake = HandLake(tmp_path)
    with pytest.raises(BuildError, match="nothing in the lake"):
        build(lake.settings, lake.state)
    lake.state.close()


def test_a_clock_before_everything_is_told_as_such(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lake = HandLake(tmp_path)
    lake.events(_opened("e1", "2024-03-01T10:00"))
    monkeypatch.setenv("MALLARD_NOW", "1970-01-02T00:00:00+00:00")
    with pytest.raises(BuildError, match=r"clock says 1970-01-02; .* from 2024-03-01 on"):
        build(lake.settings, lake.state)
    lake.state.close()


def test_a_lake_of_bots_alone_is_told_as_such(tmp_path: Path) -> None:
    lake = HandLake(tmp_path)
    lake.events(_opened("e1", "2024-03-01T10:00", is_bot=True))
    with pytest.raises(BuildError, match=r"its events \(1\) are marked as bots'"):
        build(lake.settings, lake.state)
    lake.state.close()


def test_a_warehouse_in_use_is_told_as_such(lake: HandLake, tmp_path: Path) -> None:
    build(lake.settings, lake.state)
    holding = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import duckdb, sys, time\n"
            "held = duckdb.connect(sys.argv[1]); print('open', flush=True); time.sleep(60)",
            str(lake.settings.warehouse_path),
        ],
        stdout=subprocess.PIPE,
    )
    try:
        assert holding.stdout is not None
        holding.stdout.readline()
        with pytest.raises(LockedError):
            build(lake.settings, lake.state, full=True)
        with pytest.raises(LockedError):
            query(lake.settings, "select 1")
    finally:
        holding.kill()
        holding.wait()
        holding.stdout.close()


def test_what_is_exported_is_whole_and_typed(lake: HandLake) -> None:
    report = build(lake.settings, lake.state)
    folder = lake.settings.path("data/app")
    told = json.loads((folder / "current.json").read_text())
    assert told["build_id"] == report.build_id
    assert set(told["tables"]) == set(published_tables())
    for name, table in published_tables().items():
        path = folder / told["build_id"] / f"{name}.parquet"
        described = duckdb.sql(f"select * from '{path}'")
        assert described.columns == [column.name for column in table.columns]
        assert duckdb.sql(f"select count(*) from '{path}'").fetchall() == [(told["tables"][name],)]
    again = build(lake.settings, lake.state, full=True)
    build(lake.settings, lake.state, full=True)
    assert not (folder / report.build_id).exists()
    assert (folder / again.build_id).exists(), "whoever reads the build before still can"


def test_a_failed_check_leaves_the_export_as_it_was(lake: HandLake, tmp_path: Path) -> None:
    first = build(lake.settings, lake.state)
    own = tmp_path / "models"
    own.mkdir()
    (own / "app_wrong.sql").write_text("select cast(null as bigint) as id")
    (own / "app_wrong.yml").write_text(
        "models:\n  - name: app_wrong\n    config: {meta: {key: [id]}}\n    columns:\n"
        "      - {name: id, data_type: bigint, data_tests: [not_null]}\n"
    )
    with pytest.raises(BuildError, match="not_null"):
        build(lake.settings, lake.state)
    told = json.loads((lake.settings.path("data/app") / "current.json").read_text())
    assert told["build_id"] == first.build_id


def test_keys_identify_rows_in_every_table(lake: HandLake) -> None:
    lake.load(NOW, orders=[_order("o1", "2024-03-02T12:00")], product=[{"product_id": "p", "name": "P"}])
    assert build(lake.settings, lake.state, test=True).full


def test_a_file_that_is_not_parquet_is_named(lake: HandLake) -> None:
    harmed = lake.root / "ods/event/dt=2024-03-03/0.parquet"
    harmed.write_bytes(b"not Parquet at all")
    with pytest.raises(BuildError, match=r"0\.parquet"):
        build(lake.settings, lake.state)
    harmed.rename(lake.root / "ods/event/dt=2024-03-01/0.parquet")
    with pytest.raises(BuildError, match=r"0\.parquet"):
        build(lake.settings, lake.state, full=True)
