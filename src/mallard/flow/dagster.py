"""The refresh as Dagster assets, for shops that run Dagster already.

``dagster dev -m mallard.flow.dagster`` in the project's folder (or with MALLARD_PROJECT set) shows four
assets in the order of the journey, a schedule, and a job that rebuilds some business days.
"""

# No 'from __future__ import annotations': Dagster reads the annotations themselves.
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import dagster as dg

from mallard import settings as file
from mallard.errors import MallardError, UsageError
from mallard.flow.steps import BUILD, IMPORT, LAND, PUBLISH, Options, Step
from mallard.state import State


def _project() -> Path | None:
    folder = os.environ.get("MALLARD_PROJECT")
    return Path(folder) if folder else None


@contextmanager
def _failing() -> Iterator[None]:
    """What went wrong and what to do is the whole story: Dagster shows it without the stack behind it."""
    try:
        yield
    except MallardError as failed:
        raise dg.Failure(str(failed), allow_retries=failed.exit_code == 1) from None


def _run(step: Step, options: Options | None = None) -> dg.MaterializeResult[None]:
    with _failing():
        loaded = file.load(_project())
        with State(loaded.state_path) as state:
            summary = step.run(loaded, state, options or Options())
    return dg.MaterializeResult(metadata={"summary": summary})


@dg.asset(group_name="mallard", description=LAND.does)
def lake_events() -> dg.MaterializeResult[None]:
    return _run(LAND)


@dg.asset(group_name="mallard", description=IMPORT.does)
def lake_tables() -> dg.MaterializeResult[None]:
    return _run(IMPORT)


@dg.asset(group_name="mallard", description=BUILD.does, deps=[lake_events, lake_tables])
def warehouse() -> dg.MaterializeResult[None]:
    return _run(BUILD)


@dg.asset(group_name="mallard", description=PUBLISH.does, deps=[warehouse])
def published() -> dg.MaterializeResult[None]:
    return _run(PUBLISH)


class Days(dg.Config):
    """The days to rebuild, both included, YYYY-MM-DD."""

    first: str
    last: str


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"'{text}' is no day.", "Write it as 2026-03-10.") from None


@dg.op(description="Rebuild some business days from the lake, then publish.")
def rebuild_days(config: Days) -> str:
    with _failing():
        options = Options(first=_day(config.first), last=_day(config.last))
    _run(BUILD, options)
    _run(PUBLISH)
    return f"{config.first} … {config.last} rebuilt"


@dg.job(description="Backfill: rebuild some business days and publish.")
def backfill() -> None:
    rebuild_days()


refresh = dg.define_asset_job("refresh", selection=dg.AssetSelection.groups("mallard"))

_AT_WORK = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


@dg.schedule(job=refresh, cron_schedule="*/15 * * * *")
def refresh_schedule(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """Every quarter of an hour, but not beside a run that takes longer: the second would only fail."""
    if context.instance.get_runs(dg.RunsFilter(job_name=refresh.name, statuses=_AT_WORK), limit=1):
        return dg.SkipReason("The refresh before this one is still at work.")
    return dg.RunRequest()


defs = dg.Definitions(
    assets=[lake_events, lake_tables, warehouse, published],
    jobs=[refresh, backfill],
    schedules=[refresh_schedule],
)
