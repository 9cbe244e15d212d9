"""A build that dies between any two statements: the next one does the same days again, and all is right."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mallard.warehouse.build import build
from tests.parity.tables import differences, of_duckdb, of_spark
from tests.spark import beeline, on_spark, thrift_server
from tests.spark_engine.lakes import begin, go_on
from tests.warehouse.lakes import HandLake

pytestmark = [pytest.mark.spark, pytest.mark.slow]

EVENTS = "select dt, count(*) from mallard.dwd_event_index group by dt order by dt"
ORDERS = "select dt, orders from mallard.app_sales where orders > 0 order by dt"

MOMENTS = {
    "the days' new files are written": (
        "create table mallard.dwd_event_index__next",
        EVENTS,
        [["2026-03-01", 1], ["2026-03-02", 1], ["2026-03-03", 2], ["2026-03-04", 1], ["2026-03-05", 1]],
    ),
    "a deleted order is gone, and still counted": (
        "drop table mallard.dwd_order__next",
        ORDERS,
        [["2026-03-01", 1], ["2026-03-02", 1], ["2026-03-04", 1]],
    ),
    "every table is new, but the build has not said so": (
        "create table build_mark__next",
        ORDERS,
        [["2026-03-01", 1], ["2026-03-04", 1]],
    ),
}
"""The statement after which a refresh is killed, and what a query gives then. Files come before tables."""


def run(lake: HandLake, *statement: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.spark_engine.killed", str(lake.settings.project), *statement],
        capture_output=True, text=True, timeout=600, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip


def kill_at(lake: HandLake, statement: str, query: str) -> list[list[object]]:
    """The query's rows at that moment."""
    done = run(lake, statement, query)
    assert done.returncode == -signal.SIGKILL, f"{statement}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    rows: list[list[object]] = json.loads(done.stdout.splitlines()[-1])
    return rows


def complete(lake: HandLake) -> dict[str, Any]:
    done = run(lake)
    assert done.returncode == 0, f"{done.returncode}\n{done.stdout}\n{done.stderr}"
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def seen_by_a_hive_client(lake: HandLake) -> None:
    """Two of the three orders are left, and each of the five days is a partition."""
    with thrift_server(on_spark(lake.settings), lake.settings.project / "server") as url:
        sales = beeline(url, "select dt, orders from app_sales where orders > 0 order by dt")
        partitions = beeline(url, "show partitions app_sales")
    assert sales == [{"dt": "2026-03-01", "orders": "1"}, {"dt": "2026-03-04", "orders": "1"}]
    assert [row["partition"] for row in partitions] == [f"dt=2026-03-0{day}" for day in range(1, 6)]


@pytest.mark.timeout(1500)
def test_a_build_killed_at_any_moment_is_made_good_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MALLARD_NOW", "2026-03-06T12:00:00+00:00")
    lake = HandLake(tmp_path)
    begin(lake)
    kill_at(lake, "alter table mallard.dwd_order__next rename", "select 1")
    assert complete(lake) == {"full": True, "reason": "there is no finished build"}

    go_on(lake)
    for statement, query, rows in MOMENTS.values():
        assert kill_at(lake, statement, query) == rows
    assert complete(lake) == {"full": False, "reason": ""}

    seen_by_a_hive_client(lake)
    build(lake.settings, lake.state, full=True)
    assert differences(of_duckdb(lake.settings), of_spark(on_spark(lake.settings))) == {}
    lake.state.close()
