"""``mallard source check``: what an import would meet, table by table, without importing anything."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mallard import days
from mallard.errors import MallardError
from mallard.settings import Settings
from mallard.sources import cleaning
from mallard.sources.currencies import caution
from mallard.sources.database import Database, MissingTable, connect
from mallard.sources.dialects import SourceColumn, quote, select
from mallard.sources.drift import check_columns
from mallard.sources.masks import masks
from mallard.sources.plan import TablePlan, plans, statuses

if TYPE_CHECKING:
    import pyarrow as pa

SAMPLE_ROWS = 100


@dataclass(frozen=True)
class TableCheck:
    """What one table's query gives.

    rows: how many it returns. oldest, newest: of its cursor, as the database writes them. sample: one row as
    the contract has it, masked. reasons: what of the first hundred rows would be quarantined. kept: columns
    beyond the contract. missing: optional columns that the query does not give. problem, fix: why an import
    would fail or lose rows; empty where all is well. caution: what an import would take otherwise than meant.
    absent: an optional table that the shop does not have.
    """

    table: str
    mode: str
    rows: int | None = None
    oldest: str | None = None
    newest: str | None = None
    sample: dict[str, str | None] = field(default_factory=dict)
    reasons: dict[str, int] = field(default_factory=dict)
    kept: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    problem: str = ""
    fix: str = ""
    caution: str = ""
    absent: bool = False


@dataclass(frozen=True)
class CheckReport:
    """The database, without its password, and every table of it."""

    database: str
    timezone: str
    tables: list[TableCheck]

    @property
    def ok(self) -> bool:
        return not any(table.problem for table in self.tables)


def check(settings: Settings) -> CheckReport:
    """Connect and try every query. What is wrong with a table is in its report.

    Raises SettingsError, SourceError or UnreachableError where the database itself cannot be used.
    """
    chosen = plans(settings)
    statuses(settings)
    with connect(settings) as database:
        tables = [_table(settings, database, plan) for plan in chosen]
        return CheckReport(database.place, database.timezone, tables)


def _table(settings: Settings, database: Database, plan: TablePlan) -> TableCheck:
    try:
        return _look(settings, database, plan)
    except MissingTable as missing:
        if plan.table.required or plan.own:
            return TableCheck(plan.name, plan.mode, problem=missing.what, fix=missing.fix)
        return TableCheck(plan.name, plan.mode, absent=True)
    except MallardError as wrong:
        return TableCheck(plan.name, plan.mode, problem=wrong.what, fix=wrong.fix)


def _look(settings: Settings, database: Database, plan: TablePlan) -> TableCheck:
    query = database.query(plan)
    columns = database.columns(query, plan.name)
    plan = plan.fitting(columns)
    check_columns(plan, columns, {})
    sample, reasons = _sample(settings, database, plan, query, columns)
    rows, oldest, newest = _extent(database, plan, query, columns)
    names = {column.name.lower() for column in columns}
    problem, fix = _unknown_codes(settings, database, plan, query, columns)
    return TableCheck(
        plan.name, plan.mode, rows, oldest, newest, sample, reasons,
        kept=tuple(c.name for c in columns if cleaning.is_extra(plan, c)),
        missing=tuple(c.name for c in plan.table.columns if not c.required and c.name not in names),
        problem=problem, fix=fix, caution=_currencies(database, plan, query, columns),
    )  # fmt: skip


def _extent(
    database: Database, plan: TablePlan, query: str, columns: list[SourceColumn]
) -> tuple[int, str | None, str | None]:
    """How many rows, and the oldest and newest cursor."""
    ends = "null, null"
    if plan.cursor is not None:
        cursor = plan.cursor_of(columns)
        name = f"q.{quote(database.dialect, cursor.name)}"
        ends = ", ".join(database.dialect.text(f"{end}({name})", cursor) for end in ("min", "max"))
    ((rows, oldest, newest),) = database.rows(f"select count(*), {ends} from ({query}) q", plan.name)
    return int(str(rows)), _text(oldest), _text(newest)


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _unknown_codes(
    settings: Settings, database: Database, plan: TablePlan, query: str, columns: list[SourceColumn]
) -> tuple[str, str]:
    """Status codes that nobody has explained, case and all; their orders would be quarantined."""
    if plan.name != "orders":
        return "", ""
    known, dialect = statuses(settings), database.dialect
    given = [
        column for name in ("status", cleaning.INSTEAD) for column in columns if column.name.lower() == name
    ]
    texts = [dialect.text(f"q.{quote(dialect, column.name)}", column) for column in given]
    exact = ", ".join(f"{text} collate utf8mb4_bin" if dialect.name == "mysql" else text for text in texts)
    groups = ", ".join(str(place + 1) for place in range(len(given)))
    found = database.rows(f"select {exact}, count(*) from ({query}) q group by {groups}", plan.name)
    unknown = [
        f"'{codes[0]}' ({rows} orders)"
        for *codes, rows in found
        if codes[0] is not None and not any(str(code) in known for code in codes)
    ]
    if not unknown:
        return "", ""
    return (
        f"Table 'orders': these status codes have no meaning yet: {', '.join(sorted(unknown))}.",
        "Give each one in [source.order_status], as in \"3\" = 'completed'.",
    )


def _currencies(database: Database, plan: TablePlan, query: str, columns: list[SourceColumn]) -> str:
    given = [column for column in columns if column.name.lower() == "currency"]
    if plan.name != "orders" or not given:
        return ""
    text = database.dialect.text(f"q.{quote(database.dialect, given[0].name)}", given[0])
    found = database.rows(f"select {text}, count(*) from ({query}) q group by 1", plan.name)
    return caution({str(code): int(str(rows)) for code, rows in found if code})


def _sample(
    settings: Settings, database: Database, plan: TablePlan, query: str, columns: list[SourceColumn]
) -> tuple[dict[str, str | None], dict[str, int]]:
    """The first rows, masked and cleaned as by an import: a good one, and what is wrong with others."""
    import duckdb

    rules = cleaning.Rules(database.timezone, statuses(settings), days.now())
    with duckdb.connect() as db:
        db.register("came", _rows(settings, database, plan, query, columns))
        db.execute("set timezone = 'UTC'")
        db.execute(f"create temp table checked as {cleaning.checked(plan, columns, 'came', rules)}")
        names = ", ".join(f"cast({cleaning.name(c)} as varchar)" for c in (*plan.table.column_names, "extra"))
        good = db.execute(f"select {names} from checked order by _reason is not null limit 1").fetchone()
        reasons = db.execute(
            "select _reason, count(*) from checked where _reason is not null group by all order by all"
        ).fetchall()
    return dict(zip((*plan.table.column_names, "extra"), good or (), strict=False)), dict(reasons)


def _rows(
    settings: Settings, database: Database, plan: TablePlan, query: str, columns: list[SourceColumn]
) -> pa.Table:
    import pyarrow as pa

    masked = masks(settings, plan.mask, plan.name)
    sql = select(database.dialect, query, columns, f" limit {SAMPLE_ROWS}", header=False)
    rows: list[Any] = database.rows(sql, plan.name)
    arrays = [pa.array([row[place] for row in rows], pa.string()) for place in range(len(columns))]
    shown = [
        masked[column.name.lower()](array) if column.name.lower() in masked else array
        for column, array in zip(columns, arrays, strict=True)
    ]
    return pa.Table.from_arrays(shown, names=[f"c{place}" for place in range(len(columns))])
