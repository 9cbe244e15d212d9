"""``mallard build``: bring the warehouse up to the lake, test it, and leave its tables for publishing."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import date

from mallard import days
from mallard.errors import BuildError
from mallard.reporting import progress
from mallard.settings import Settings
from mallard.state import State
from mallard.warehouse import project
from mallard.warehouse.engine import Engine, open_engine
from mallard.warehouse.export import export


@dataclass(frozen=True)
class BuildReport:
    """What a build did.

    full: everything was made from the lake. days: the business days replaced (empty when full or when there
    was nothing to do). models: model → seconds. tables: published table → rows.
    """

    build_id: str
    engine: str
    full: bool
    days: tuple[date, ...]
    first_day: date | None
    last_day: date | None
    models: dict[str, float]
    tables: dict[str, int]
    seconds: float

    @property
    def nothing(self) -> bool:
        """Whether the warehouse was up to date already."""
        return not self.models


def build(
    settings: Settings,
    state: State,
    full: bool = False,
    first: date | None = None,
    last: date | None = None,
) -> BuildReport:
    """Refresh the days touched since the last build, or everything (full).

    first, last: business days to build again in any case. Raises LockedError while another build is under
    way, BuildError where a model or a test fails; what was exported before then stands.
    """
    with state.lease("build"), state.run("build") as detail:
        started = time.monotonic()
        with open_engine(settings) as engine:
            report = _build(settings, state, engine, started)
        detail.update(build_id=report.build_id, full=report.full, seconds=report.seconds)
        return report


def _build(settings: Settings, state: State, engine: Engine, started: float) -> BuildReport:
    engine.clear()
    engine.lay_ods()
    engine.write("build_plan", {"model": "string", "first_dt": "date", "last_dt": "date"}, [])
    today = days.today(settings.shop.timezone)
    engine.write("build_setting", {"name": "string", "value": "string"}, [("today", today.isoformat())])
    with progress() as display:
        task = display.add_task("models", total=None)
        ran = project.run(settings, engine, "run", watch=lambda name: display.advance(task))
    first_day, last_day = engine.query("select min(dt), max(dt) from dim_date")[0]
    if first_day is None:
        raise BuildError("There is nothing in the lake to build from.", "Send events or import first.")
    told = export(settings, engine, first_day, last_day)
    return BuildReport(
        build_id=told["build_id"],
        engine=engine.name,
        full=True,
        days=(),
        first_day=first_day,
        last_day=last_day,
        models={model.name: model.seconds for model in ran},
        tables=told["tables"],
        seconds=time.monotonic() - started,
    )
