"""The daily refresh as a visible list of named steps, each one call into a stage."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from mallard.errors import UsageError
from mallard.reporting import counted
from mallard.settings import Settings
from mallard.state import State


@dataclass(frozen=True)
class Options:
    """What a run was asked for: everything anew, or some days in any case (first to last, both included).

    test: also check the keys of every table.
    """

    full: bool = False
    first: date | None = None
    last: date | None = None
    test: bool = False

    def __post_init__(self) -> None:
        """Days in the wrong order are told before the first step, not by the build after an import."""
        if self.first and self.last and self.first > self.last:
            raise UsageError(
                f"There are no days from {self.first} to {self.last}.", "Give the earlier day first."
            )


@dataclass(frozen=True)
class Step:
    """One step: its name, what it does in a sentence, and the call that does it and says what it did.

    needed: whether a failure keeps those behind it from running; else it is told at the end of the run.
    """

    name: str
    does: str
    run: Callable[[Settings, State, Options], str]
    needed: bool = True


def _land(settings: Settings, state: State, _: Options) -> str:
    from mallard.lake.land import land

    report = land(settings, state)
    return (
        f"{report.received:,} received = {report.landed:,} landed + {report.quarantined:,} quarantined,"
        f" {counted(len(report.days), 'day')} touched"
    )


def _import(settings: Settings, state: State, options: Options) -> str:
    if settings.source.url is None:
        return "no source.url is set; nothing to import"
    from mallard.flow.show import warn_import
    from mallard.sources.load import load

    reports = load(settings, state, full=options.full)
    warn_import(settings, reports)
    read, written = sum(r.read for r in reports), sum(r.new + r.changed + r.deleted for r in reports)
    quarantined = sum(r.quarantined for r in reports)
    return (
        f"{len(reports)} tables, {read:,} rows read, {written:,} versions kept, {quarantined:,} quarantined"
    )


def _build(settings: Settings, state: State, options: Options) -> str:
    from mallard.lake.compact import mend
    from mallard.lake.rezone import rezone
    from mallard.warehouse.build import build

    mend(settings, state)
    rezone(settings, state)
    report = build(
        settings, state, full=options.full, first=options.first, last=options.last, test=options.test
    )
    if report.nothing:
        return f"nothing was touched; the warehouse stands at {report.last_day}"
    what = f"every day ({report.reason})" if report.full else counted(len(report.days), "day")
    rows = sum(report.tables.values())
    return (
        f"{what} up to {report.last_day} through {len(report.models)} models on {report.engine},"
        f" {rows:,} rows in {len(report.tables)} published tables"
    )


def _publish(settings: Settings, state: State, _: Options) -> str:
    from mallard.publish.tables import publish

    report = publish(settings, state)
    if report.already:
        return f"build {report.build_id} is published already in {report.database}"
    return f"{len(report.tables)} tables, {report.rows:,} rows switched in {report.database}"


LAND = Step("land", "spooled events and followed logs become Parquet in the lake", _land)
IMPORT = Step("import", "the shop's tables come into the lake", _import, needed=False)
BUILD = Step("build", "the touched days are refreshed through ODS, DWD, DWS and APP", _build)
PUBLISH = Step("publish", "the APP tables switch in the serving database, all at once", _publish)

STEPS: tuple[Step, ...] = (LAND, IMPORT, BUILD, PUBLISH)
