"""``mallard build``: bring the warehouse up to the lake, test it, and leave its tables for publishing."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from mallard import days
from mallard.errors import BuildError, EmptyLakeError, UsageError
from mallard.reporting import progress
from mallard.settings import Settings
from mallard.state import State
from mallard.warehouse import marks, project
from mallard.warehouse import plan as planning
from mallard.warehouse.day_sets import EARLIEST
from mallard.warehouse.engine import Engine, open_engine
from mallard.warehouse.export import current, export, exported_tables
from mallard.warehouse.models import declared
from mallard.warehouse.touched import BUILT_SEQ

_HEARD_KEPT = 10_000
"""Touched days that stay on record behind a build: another engine's warehouse may go on from there."""


@dataclass(frozen=True)
class BuildReport:
    """What a build did.

    full: everything was made from the lake, and reason says why. days: the business days whose facts were
    worked out again (empty when full or when there was nothing to do). models: model → seconds. tables:
    published table → rows.
    """

    build_id: str
    engine: str
    full: bool
    reason: str
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
    test: bool = False,
) -> BuildReport:
    """Refresh the days touched since the last build, or everything (full).

    first, last: business days to build again in any case; without one of them from the first or up to today.
    test: check the keys of all tables, too, not only that the figures add up.
    Raises LockedError while another build is under way, BuildError where a model or a test fails; what was
    exported before then stands.
    """
    with state.lease("build"), state.run("build") as detail:
        with open_engine(settings) as engine:
            forced = _forced(first, last, days.today(settings.shop.timezone))
            report = _build_or_mend(settings, state, engine, _Asked(full, forced, test))
        detail.update(build_id=report.build_id, full=report.full, seconds=report.seconds)
        return report


def _forced(first: date | None, last: date | None, today: date) -> set[date]:
    """The days from first to last, as far as a warehouse can have them."""
    if first is None and last is None:
        return set()
    first, last = first or EARLIEST, last or max(today, first or today)
    if first > last:
        raise UsageError(f"There are no days from {first} to {last}.", "Give the earlier day first.")
    return set(days.day_range(max(first, EARLIEST), min(last, max(today, first))))


_DAMAGED = ("corrupt database file", "database has been invalidated")
"""What DuckDB says of its own file, not of the lake's."""


@dataclass(frozen=True)
class _Asked:
    full: bool
    forced: set[date]
    test: bool
    started: float = field(default_factory=time.monotonic)


def _build_or_mend(settings: Settings, state: State, engine: Engine, asked: _Asked) -> BuildReport:
    """Build; a warehouse that turns out to be damaged inside is made again from the lake."""
    try:
        return _build(settings, state, engine, asked)
    except BuildError as failed:
        if asked.full or not any(sign in str(failed).lower() for sign in _DAMAGED):
            raise
        return _build(settings, state, engine, replace(asked, full=True))


def _build(settings: Settings, state: State, engine: Engine, asked: _Asked) -> BuildReport:
    own = project.own_models(settings)
    models = declared([project.PROJECT / "models", *([own] if own else [])])
    exported_tables(settings)  # what is wrong with them is told before anything is built
    plan = planning.decide(settings, state, engine, models, asked.full, asked.forced)
    if plan.nothing and (told := current(settings)) is not None:
        if asked.forced:
            raise UsageError(
                "The warehouse has none of the days asked for.",
                f"Its days run from {told['first_day']} to {told['last_day']}.",
            )
        return _report(engine, plan, [], told, asked.started)
    marks.set_out(engine, plan.found)
    planning.write(engine, plan, models)
    chosen = [*planning.selected(engine, plan, models), "tag:identity"]
    chosen += ["tag:grain"] if asked.test else []
    chosen += ["path:models/own,resource_type:test"] if own else []
    ran = _run(settings, engine, chosen)
    first_day, last_day = engine.query("select min(dt), max(dt) from dim_date")[0]
    if first_day is None:
        raise _without_days(engine, date.fromisoformat(plan.marks.building["today"]))
    told = export(settings, engine, first_day, last_day)
    stretch = {"first_day": first_day.isoformat(), "last_day": last_day.isoformat()}
    marks.arrive(engine, plan.marks, stretch)
    built_seq = int(plan.marks.building["seq"])
    state.put(BUILT_SEQ, built_seq)
    state.forget_touched(built_seq - _HEARD_KEPT)
    return _report(engine, plan, ran, told, asked.started)


def _without_days(engine: Engine, today: date) -> BuildError:
    """Why a warehouse has no days: the clock is wrong, nothing came in, or only what counts nowhere."""
    first = engine.query("select min(dt) from dwd_event_index where not is_bot")[0][0]
    if first is not None and first > today:
        return BuildError(
            f"The machine's clock says {today}; all that is in the lake happened later, from {first} on.",
            "Set the clock right; what was published stands.",
        )
    bots = engine.query("select count(*) from dwd_event_index where is_bot")[0][0]
    if not bots:
        return EmptyLakeError("There is nothing in the lake to build from.", "Send events or import first.")
    return EmptyLakeError(
        f"There is nothing in the lake to build from: all of its events ({bots:,}) are marked as bots'.",
        'Look at their user agents: mallard sql "select user_agent, count(*) from dwd_event group by 1".',
    )


def _run(settings: Settings, engine: Engine, chosen: list[str]) -> list[project.Ran]:
    with progress() as display:
        task = display.add_task("models", total=len(chosen))
        return project.run(settings, engine, "build", chosen, watch=lambda _: display.advance(task))


def _report(
    engine: Engine, plan: planning.Plan, ran: list[project.Ran], told: dict[str, Any], started: float
) -> BuildReport:
    return BuildReport(
        build_id=told["build_id"],
        engine=engine.name,
        full=bool(plan.everything),
        reason=plan.everything,
        days=plan.days,
        first_day=date.fromisoformat(told["first_day"]),
        last_day=date.fromisoformat(told["last_day"]),
        models={node.name: node.seconds for node in ran if node.kind == "model"},
        tables=told["tables"],
        seconds=time.monotonic() - started,
    )
