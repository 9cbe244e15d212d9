"""The refresh as Dagster assets, materialized for real."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.command import succeed
from tests.journey.test_user_action import LINES

if TYPE_CHECKING:
    from dagster import DagsterEvent

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


def _told(events: Sequence[DagsterEvent]) -> str:
    """What Dagster shows of the one step that failed; no stack stands behind it."""
    (failure,) = [event.step_failure_data for event in events if event.is_step_failure]
    assert failure.error is not None
    assert failure.error.cause is None
    assert failure.user_failure_data is not None
    return str(failure.user_failure_data.description)


def test_a_failing_step_says_what_to_do_and_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is in the lake to build from."""
    (tmp_path / "mallard.toml").touch()
    monkeypatch.setenv("MALLARD_PROJECT", str(tmp_path))
    from mallard.flow import dagster as flow

    result = dagster.materialize([flow.warehouse], raise_on_error=False)
    assert _told(result.all_events) == (
        "There is nothing in the lake to build from.\n  Send events or import first."
    )


@pytest.mark.parametrize(
    ("first", "last", "told"),
    [("28.3.2026", "2026-03-29", "'28.3.2026' is no day."), ("2026-03-29", "2026-03-28", "no days from")],
)
def test_days_that_are_none_are_told(first: str, last: str, told: str) -> None:
    from mallard.flow import dagster as flow

    config = {"ops": {"rebuild_days": {"config": {"first": first, "last": last}}}}
    result = flow.backfill.execute_in_process(run_config=config, raise_on_error=False)
    assert told in _told(result.all_events)


def test_the_schedule_does_not_begin_a_refresh_beside_another(tmp_path: Path) -> None:
    from mallard.flow import dagster as flow

    with dagster.DagsterInstance.local_temp(str(tmp_path)) as instance:
        context = dagster.build_schedule_context(instance=instance)
        assert isinstance(flow.refresh_schedule(context), dagster.RunRequest)
        for status in ("FAILURE", "STARTED"):
            run = dagster.DagsterRun(job_name="refresh", status=dagster.DagsterRunStatus[status])
            instance.add_run(run)
            told = flow.refresh_schedule(context)
            assert isinstance(told, dagster.SkipReason) == (status == "STARTED")
