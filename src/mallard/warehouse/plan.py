"""What a build will do: everything, or of each model the days that what has changed reaches."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from mallard import days
from mallard.settings import Settings
from mallard.state import LOST, State, Touched
from mallard.warehouse import changed_orders, touched
from mallard.warehouse import marks as marking
from mallard.warehouse.day_sets import EARLIEST, DaySets, among, ranges, shifted
from mallard.warehouse.engine import Engine
from mallard.warehouse.marks import Marks
from mallard.warehouse.models import Model
from mallard.warehouse.project import fingerprint

PLAN = "build_plan"
SETTING = "build_setting"
SLICE_ROWS = 5_000_000
"""Events that a full build takes at a time where rows are wide: some two gigabytes of a join."""


@dataclass(frozen=True)
class Plan:
    """models: name → the days to build, None for all of them. everything: why all is built; empty if not."""

    everything: str
    found: DaySets
    models: dict[str, set[date] | None]
    marks: Marks

    @property
    def nothing(self) -> bool:
        """Whether the warehouse is up to date."""
        return not self.everything and self.found.empty

    @property
    def days(self) -> tuple[date, ...]:
        """The days of facts that are built again."""
        return () if self.everything else tuple(sorted(self.found.facts))


def decide(
    settings: Settings,
    state: State,
    engine: Engine,
    models: dict[str, Model],
    full: bool = False,
    forced: Iterable[date] = (),
) -> Plan:
    """Compare the lake with the last build."""
    seq, at = state.newest_touch()
    today = days.today(settings.shop.timezone)
    standing = {
        "seq": str(seq),
        "seq_at": at,
        "today": today.isoformat(),
        "models": fingerprint(settings),
    }
    marks = marking.read(engine)
    reason = "asked for" if full else _reason(marks, standing, state)
    if reason or marks is None:
        return _everything(engine, models, reason, standing)
    log = state.touched(after=int(marks.built["seq"]))
    engine.lay_ods()  # after the log was read: what it tells of is there
    marks.building.update(standing)
    found = marking.left_pending(engine)
    inside = {day for day in forced if marks.built["first_day"] <= day.isoformat() <= marks.built["last_day"]}
    _hear(found, log, inside)
    if found.everything:
        return _everything(engine, models, found.everything, standing)
    touched.find(engine, marks, found)
    if found.absurd:
        found.everything = "something is dated centuries off"
    last = _spine(engine, marks, found, today)
    if found.everything:
        return _everything(engine, models, found.everything, standing)
    return Plan("", found, {name: model.days(found, last) for name, model in models.items()}, marks)


def _reason(marks: Marks | None, standing: dict[str, str], state: State) -> str:
    """Why nothing of the last build can be kept."""
    if marks is None:
        return "there is no finished build"
    if marks.built.get("models") != standing["models"]:
        return "the models or the time zone have changed"
    if not state.holds_touch(int(marks.built["seq"]), marks.built.get("seq_at", "")):
        return "the log of touched days is another one"
    return ""


def _everything(engine: Engine, models: dict[str, Model], reason: str, standing: dict[str, str]) -> Plan:
    engine.clear()
    engine.lay_ods()
    found, marks = DaySets(everything=reason), Marks(building=dict(standing))
    changed_orders.note(engine, marks, found)
    return Plan(reason, found, dict.fromkeys(models), marks)


def _hear(found: DaySets, log: Iterable[Touched], forced: set[date]) -> None:
    """Sort the log of touched days into the sets; forced days count as touched in every respect."""
    for name in ("events", "orders", "arrivals", "products"):
        found.add(name, forced)
    for entry in log:
        if entry.subject == LOST:
            found.everything = "rows have left the lake"
        if entry.subject == "event":
            found.add("events", [entry.dt])
        found.add("arrivals", [entry.dt])


def _spine(engine: Engine, marks: Marks, found: DaySets, today: date) -> date:
    """The last day that any table may have after this build.

    Days that join or leave the warehouse's stretch are put into every set; where its first day may move, all
    comparisons do, so everything is built.
    """
    first, last = (date.fromisoformat(marks.built[name]) for name in ("first_day", "last_day"))
    touched_days = {day for day in found.facts if EARLIEST <= day <= today}
    if any(day < first for day in touched_days):
        found.everything = "a day before the first one has come"
        return last
    kept = _eventful(engine, touched_days, today)
    if first in touched_days and (not kept or min(kept) > first):
        found.everything = "the first day may have become empty"
        return last
    stays = min(last, max(kept, default=first))
    reaching = max({last, *touched_days, *kept}, default=last)
    moving = shifted([stays + timedelta(days=1)], 0, (reaching - stays).days - 1)
    if moving:
        for name in found.days:
            if name != "events":  # of those days no event has been heard of: the lake is not read again
                found.add(name, moving)
    found.clock = found.clock or bool(moving) or marks.built["today"] != today.isoformat()
    known = engine.days("select max(dt) from dws_person_day union all select max(dt) from dwd_order")
    return max({reaching, *known, *found.facts})  # days to come are worked out, too, though not shown


def _eventful(engine: Engine, changing: set[date], today: date) -> set[date]:
    """The first and the last day that surely have a fact after this build."""
    steady = f"dt between date '{EARLIEST}' and date '{today}' and not {among('dt', changing)}"
    facts = f"""
        select dt from dwd_event_index where dt <= date '{today}' and not is_bot
            and event_id not in (select event_id from fresh_event)
        union all select dt from dwd_order where {steady}
        union all select dt from (select paid_dt as dt from dwd_order) as paid where {steady}
        union all select dt from (select cancelled_dt as dt from dwd_order) as cancelled where {steady}
        union all select dt from (select refunded_dt as dt from dwd_refund) as refunded where {steady}"""
    return engine.days(f"select min(dt), max(dt) from ({facts}) as facts")


def selected(engine: Engine, plan: Plan, models: dict[str, Model]) -> list[str]:
    """The models that this build has to run."""
    there = engine.tables()
    return [
        name
        for name, model_days in plan.models.items()
        if name not in there or (models[name].kind != "view" and (model_days is None or model_days))
    ]


def write(engine: Engine, plan: Plan, models: dict[str, Model]) -> None:
    """Put the plan where the models read it."""
    rows: list[tuple[str, date | None, date | None]] = []
    for name, model_days in plan.models.items():
        if model_days is not None:
            rows += [(name, first, last) for first, last in ranges(model_days)]
        elif plan.everything or models[name].kind == "days":
            rows.append((name, None, None))
    engine.write(PLAN, {"model": "string", "first_dt": "date", "last_dt": "date"}, rows)
    settings = {**plan.marks.built, "today": plan.marks.building["today"], "slice_rows": str(SLICE_ROWS)}
    engine.write(SETTING, {"name": "string", "value": "string"}, sorted(settings.items()))
