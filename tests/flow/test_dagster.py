"""The refresh as Dagster assets, materialized for real."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.command import succeed
from tests.journey.test_user_action import LINES

dagster = pytest.importorskip("dagster")

pytestmark = pytest.mark.slow


def test_the_assets_run_in_order_and_days_can_be_rebuilt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = "2026-01-02T08:00:00+00:00"
    (tmp_path / "mallard.toml").write_text('[shop]\ntimezone = "Asia/Shanghai"\n')
    (tmp_path / "app.log").write_text("\n".join(LINES) + "\n")
    succeed("follow", "app.log", "--once", cwd=tmp_path, MALLARD_NOW=now)
    monkeypatch.setenv("MALLARD_PROJECT", str(tmp_path))
    monkeypatch.setenv("MALLARD_NOW", now)
    from mallard.flow import dagster as flow

    result = dagster.materialize([flow.lake_events, flow.lake_tables, flow.warehouse, flow.published])
    assert result.success
    rows = sqlite3.connect(tmp_path / "data" / "serving.db").execute("select dt, dau from app_active_users")
    assert sorted(rows) == [("2026-01-01", 3), ("2026-01-02", 1)]

    backfill = flow.backfill.execute_in_process(
        run_config={"ops": {"rebuild_days": {"config": {"first": "2026-01-01", "last": "2026-01-01"}}}}
    )
    assert backfill.success
    assert "2026-01-01" in backfill.output_for_node("rebuild_days")


def test_the_definitions_load() -> None:
    from mallard.flow.dagster import defs

    assert defs.resolve_job_def("refresh").name == "refresh"
