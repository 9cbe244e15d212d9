"""A table on its way into the lake: its query as the database sees it, and from where on it is read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from mallard.settings import Settings
from mallard.sources import binlog, cleaning
from mallard.sources.database import Database, MissingTable
from mallard.sources.dialects import SourceColumn, alike, named, quote
from mallard.sources.drift import check_columns
from mallard.sources.masks import masks
from mallard.sources.memory import Memory, TableMemory
from mallard.sources.plan import TablePlan, fingerprint, plans
from mallard.sources.reading import CAME, Reading
from mallard.sources.touched import ORDER_OF


@dataclass(frozen=True)
class Orders:
    """The query of the orders, its cursor and its key."""

    query: str
    cursor: SourceColumn
    key: SourceColumn


@dataclass(frozen=True)
class Job:
    """A table on its way: how it is read, and from where on.

    since: by its cursor. changed: the keys that the binary log named. Neither: the whole table (a sweep
    is that). note: why a table of mode 'binlog' is not read by the log.
    """

    plan: TablePlan
    columns: list[SourceColumn]
    query: str
    memory: TableMemory
    since: datetime | None
    changed: binlog.Keys | None
    mark: str
    note: str = ""

    @property
    def whole(self) -> bool:
        return self.since is None and self.changed is None

    @property
    def mode(self) -> str:
        return "full" if self.whole else "changes" if self.changed is None else "binlog"


def job(
    settings: Settings, database: Database, memory: Memory, plan: TablePlan, full: bool, log: binlog.Log
) -> Job | None:
    """What to read of a table; None for an optional table that the shop has never had."""
    known = memory.table(plan.name)
    try:
        query = database.query(plan)
        columns = database.columns(query, plan.name)
    except MissingTable:
        if plan.table.required or plan.own or known.columns:
            raise
        return None
    plan = plan.fitting(columns)
    check_columns(plan, columns, {} if full else known.columns)
    mark = fingerprint(plan, settings, database.place)
    trusted = not full and known.mark == mark and plan.name not in log.whole
    changed = log.keys.get(plan.name) if trusted else None
    since = _since(plan, known) if trusted and changed is None else None
    return Job(plan, columns, query, known, since, changed, mark, log.notes.get(plan.name, ""))


def _since(plan: TablePlan, known: TableMemory) -> datetime | None:
    """From when on changes are read; None where there is no cursor yet or a sweep is due.

    A sweep reads the whole: keys alone would show deletes, but neither a row that was edited without a stamp
    nor one that came in under an old time.
    """
    due = plan.sweep > 0 and known.since_sweep + 1 >= plan.sweep
    if plan.cursor is None or known.cursor is None or due:
        return None
    return datetime.fromtimestamp(known.cursor / 1_000_000, UTC) - timedelta(seconds=plan.overlap)


def readings(
    settings: Settings, database: Database, jobs: list[Job], rules: cleaning.Rules
) -> Iterator[Reading]:
    """The queries to read for these tables."""
    orders = _orders(settings, database, jobs)
    for job in jobs:
        masked = masks(settings, job.plan.mask, job.plan.name)
        where = f" where {_changed(database, job, orders)}" if not job.whole else ""
        lower = (c.name.lower() for c in job.columns)
        places = {place: masked[name] for place, name in enumerate(lower) if name in masked}
        cleaned = cleaning.checked(job.plan, job.columns, CAME, rules)
        yield Reading(job.plan.table, job.query, job.columns, cleaned, _changed_at(job.plan), where, places)


def _changed_at(plan: TablePlan) -> str | None:
    """Which column of the cleaned rows has the cursor."""
    if plan.cursor is None:
        return None
    return plan.cursor.lower() if plan.cursor.lower() in plan.table.column_names else "_cursor_at"


def _orders(settings: Settings, database: Database, jobs: list[Job]) -> Orders | None:
    """How changed orders are found, for the tables whose rows belong to them."""
    if not any(job.since is not None and job.plan.name in ORDER_OF for job in jobs):
        return None
    plan = plans(settings, ["orders"])[0]
    query = database.query(plan)
    columns = database.columns(query, plan.name)
    plan = plan.fitting(columns)
    if plan.cursor is None:
        return None
    return Orders(query, plan.cursor_of(columns), named(columns, "order_id"))


def _changed(database: Database, job: Job, orders: Orders | None) -> str:
    """What of a table is read: rows that changed, and the rows of orders that changed."""
    if job.changed is not None:
        return binlog.condition(job.changed, job.plan.table)
    since = job.since or datetime.max.replace(tzinfo=UTC)
    own = database.since(job.plan.cursor_of(job.columns), since)
    if orders is None or job.plan.name not in ORDER_OF:
        return own
    keys = (named(job.columns, "order_id"), orders.key)
    left, right = (
        f"{alias}.{quote(database.dialect, key.name)}" for alias, key in zip("qp", keys, strict=True)
    )
    left, right = alike(database.dialect, left, right, keys)
    changed = f"select {right} from ({orders.query}) p where {database.since(orders.cursor, since, 'p')}"
    return f"({own} or {left} in ({changed}))"
