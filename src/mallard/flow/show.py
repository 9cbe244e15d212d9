"""What the commands print of what the stages report."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from mallard import reporting

if TYPE_CHECKING:
    from mallard.flow.doctor import Finding
    from mallard.lake.inspect import TableStats
    from mallard.lake.quarantine import Entry, Tally
    from mallard.settings import Settings
    from mallard.sources.check import CheckReport, TableCheck
    from mallard.sources.load import TableReport
    from mallard.warehouse.explain import Explanation
    from mallard.warehouse.migrate import MigrateReport
    from mallard.warehouse.sql import Answer

_SHOWN = 100
"""Characters of a raw record in a list."""


def show_import(settings: Settings, reports: Iterable[TableReport]) -> None:
    """A row per table: what was read and what became of it."""
    found = list(reports)
    reporting.table(
        "Import",
        ("table", "mode", "read", "new", "changed", "deleted", "quarantined", "rows/s"),
        [
            (r.table, r.mode, r.read, r.new, r.changed, r.deleted, r.quarantined, int(r.rows_per_second))
            for r in found
        ],
    )
    warn_import(settings, found)


def warn_import(settings: Settings, found: Sequence[TableReport]) -> None:
    """What the reader should know of an import that came to its end."""
    from mallard.sources.currencies import caution, currencies

    for report in found:
        if report.zero_dates:
            reporting.note(f"{report.table}: {report.zero_dates:,} dates of zeros became NULL")
        if report.reasons:
            reasons = ", ".join(f"{count} {reason}" for reason, count in sorted(report.reasons.items()))
            reporting.warn(f"{report.table}: quarantined {reasons}")
    for note in sorted({f"{report.table}: {report.note}" for report in found if report.note}):
        reporting.warn(note)
    for doubt in sorted({report.doubt for report in found if report.doubt}):
        reporting.warn(doubt)
    if any(report.table == "orders" and report.new + report.changed for report in found):
        mixed = caution(currencies(settings))
        if mixed:
            reporting.warn(mixed)


def show_lake(found: Iterable[TableStats]) -> None:
    """A row per table of the lake."""
    reporting.table(
        "Lake",
        ("table", "files", "MB", "rows", "days", "first", "last"),
        [(t.table, t.files, t.bytes / 1e6, t.rows, t.days, t.first_day, t.last_day) for t in found],
    )


def show_tallies(found: Iterable[Tally]) -> None:
    """Counts of what was set aside."""
    rows = [(t.dt, t.source, t.reason, t.records) for t in found]
    if not rows:
        reporting.say("nothing is in quarantine")
        return
    reporting.table("Quarantine", ("day", "source", "reason", "records"), rows)
    reporting.say(
        "'mallard quarantine list --reason REASON' shows the records, 'show ORIGIN' one of them whole"
    )


def show_quarantine(found: Iterable[Entry]) -> None:
    """Records that were set aside, cut to a line each."""
    rows = [
        (e.received_at.isoformat(" ", "seconds"), e.source, e.reason, e.origin, e.raw[:_SHOWN]) for e in found
    ]
    columns = ("received", "source", "reason", "origin", "record")
    reporting.table("Quarantine", columns, rows, whole=("origin",))


def show_check(report: CheckReport) -> bool:
    """Each table of the shop as it would be loaded; whether all is well."""
    reporting.say(f"{report.database}, zoneless times read as {report.timezone}")
    reporting.table(
        "Tables",
        ("table", "mode", "rows", "oldest", "newest", "set aside", "kept beside", "not provided", "state"),
        [_checked(one) for one in report.tables],
    )
    for one in report.tables:
        if one.sample:
            shown = ", ".join(f"{name}={value}" for name, value in one.sample.items() if value is not None)
            reporting.say(f"{one.table}: {shown}")
    for one in report.tables:
        if one.caution:
            reporting.warn(one.caution)
    problems = [one for one in report.tables if one.problem]
    for one in problems:
        reporting.warn(f"{one.problem} {one.fix}".rstrip())
    return not problems


def _checked(one: TableCheck) -> tuple[object, ...]:
    state = "wrong" if one.problem else "not there, not needed" if one.absent else "good"
    aside = ", ".join(f"{count} {reason}" for reason, count in sorted(one.reasons.items()))
    return (
        one.table, one.mode, one.rows, one.oldest or "", one.newest or "", aside,
        ", ".join(one.kept), ", ".join(one.missing), state,
    )  # fmt: skip


def show_migration(report: MigrateReport) -> None:
    """Both builds, what differs, and which engine it is now."""
    for name, built in (("here", report.here), ("there", report.there)):
        reporting.say(f"{name}: {built.engine}, build {built.build_id}, {built.seconds:,.1f} s")
    rows = sum(table.rows for table in report.tables.values())
    if not report.different:
        reporting.say(f"{len(report.tables)} tables with {rows:,} rows are equal, row by row")
    for name in report.different:
        table = report.tables[name]
        what = f"{table.only_here:,} rows only here, {table.only_there:,} only there"
        reporting.warn(f"{name}: {', '.join(table.columns) or what}")
        for example in table.examples:
            reporting.warn(f"  {example}")
    engine = report.there.engine if report.switched else report.here.engine
    reporting.say(f"warehouse.engine is '{engine}'{' now' if report.switched else ' as before'}")


def show_findings(found: Iterable[Finding]) -> None:
    """A line per part: what was seen, or what is wrong and the next step."""
    signs = {True: "ok", False: "FAILED", None: "–"}
    rows = [(f.subject, signs[f.ok], f"{f.says} {f.fix}".strip()) for f in found]
    reporting.table("Doctor", ("part", "", "what was seen"), rows)


def show_answer(answer: Answer, title: str = "") -> None:
    """The rows of a query."""
    reporting.answer(title, answer.columns, answer.rows)


def show_explanation(found: Explanation) -> None:
    """Definition, grain, models, and the day's numbers with the rows behind them."""
    name = found.table.name if found.column is None else f"{found.table.name}.{found.column.name}"
    reporting.say(f"{name}: {found.table.description if found.column is None else found.column.description}")
    reporting.say(found.table.grain)
    if found.column is None:
        reporting.table("Columns", ("column", "type", "meaning"), [
            (c.name, c.type, c.description) for c in found.table.columns
        ])  # fmt: skip
    made = [(f"{'  ' * s.depth}{s.name}", s.grain, s.description) for s in found.models]
    reporting.table("Made of", ("model", "a row is", "what it is"), made)
    if found.figures is not None:
        when = f"on {found.day}" if found.dated else "as of the warehouse's last day"
        show_answer(found.figures, f"{name} {when}: {_counted(found.figures, found.figure_rows)}")
    for detail in found.details:
        counted = _counted(detail.sample, detail.rows)
        show_answer(detail.sample, f"{detail.model} where {detail.condition}: {counted}")


def _counted(sample: Answer, rows: int) -> str:
    """How many rows there are, and how many of them are shown where those are not all."""
    shown = f", the first {len(sample.rows)} of them" if len(sample.rows) < rows else ""
    return f"{rows:,} {'row' if rows == 1 else 'rows'}{shown}"
