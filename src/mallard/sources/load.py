"""The import: the shop's tables come into the lake as versions.

Everything is read at one moment, compared with the lake, and only then taken over. A
run that dies leaves either nothing, or whole files whose days are on record as pending: the next run touches
those days first and, as its cursors have not moved, reads the rest again.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mallard import days, reporting
from mallard.errors import SourceError, StorageError, said
from mallard.settings import Settings
from mallard.sources import binlog, cleaning, jobs, versions
from mallard.sources.database import Database, connect
from mallard.sources.history import Run
from mallard.sources.memory import Memory, TableMemory
from mallard.sources.plan import TablePlan, plans, statuses
from mallard.sources.reading import Came, read
from mallard.sources.touched import ORDER_OF
from mallard.sources.versions import Found
from mallard.state import LOST, State
from mallard.storage import Storage, open_storage, remedy

if TYPE_CHECKING:
    import duckdb


MEMORY = "200MB"
"""For comparing, beyond which DuckDB spills into the staging folder; the whole process stays below 500 MB."""


_AUTUMN = timedelta(hours=1)
"""By how much the server may see an order's last change earlier than we do: its clock repeats an hour."""


@dataclass(frozen=True)
class TableReport:
    """What an import did with one table.

    mode: how it was read: full, changes or binlog; note: why not by the binary log, where that was wanted.
    read = rows that came; of them new, changed and quarantined (by reason), the rest known already.
    deleted: keys that the shop no longer has. zero_dates: dates of zeros that became NULL. doubt: why the
    tables may not show one moment; empty where they do.
    """

    table: str
    mode: str
    read: int
    new: int
    changed: int
    deleted: int
    quarantined: int
    seconds: float
    zero_dates: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    doubt: str = ""
    note: str = ""

    @property
    def rows_per_second(self) -> float:
        return self.read / self.seconds if self.seconds else 0.0


def load(
    settings: Settings, state: State, tables: Iterable[str] | None = None, full: bool = False
) -> list[TableReport]:
    """Import the shop's tables, all or those named; ``full`` reads the whole of those read by changes too.

    Raises SourceError, UnreachableError, SettingsError; the lake is then as before.
    """
    chosen = plans(settings, tables)
    with state.lease("import"), state.run("import") as detail:
        storage = open_storage(settings)
        memory = Memory(state, storage)
        memory.recover()
        run = Run(days.now(), memory.next_seq(), settings.shop.timezone)
        _notice_loss(memory, state, chosen, days.business_date(run.at, run.timezone))
        with _staging(settings) as staging, connect(settings) as database:
            reports = _import(settings, database, storage, memory, chosen, full, run, staging)
        detail["tables"] = {r.table: [r.read, r.new, r.changed, r.deleted, r.quarantined] for r in reports}
    return reports


def _notice_loss(memory: Memory, state: State, chosen: list[TablePlan], today: date) -> None:
    """What was built from files that are gone is not known: all is built anew."""
    lost = [plan.name for plan in chosen if memory.lost(plan.name)]
    if lost:
        reporting.warn(
            f"the lake lacks what the last import wrote of {', '.join(lost)} (was it put back from a copy?):"
            " they are read whole, and everything is built anew"
        )
        state.touch(LOST, [today])


def _import(
    settings: Settings, database: Database, storage: Storage, memory: Memory, chosen: list[TablePlan],
    full: bool, run: Run, staging: Path,
) -> list[TableReport]:  # fmt: skip
    open_seconds = database.oldest_transaction()
    log = binlog.follow(database, chosen, {plan.name: memory.table(plan.name).position for plan in chosen})
    found_jobs = (jobs.job(settings, database, memory, plan, full, log) for plan in chosen)
    work = [job for job in found_jobs if job is not None]
    rules = cleaning.Rules(database.timezone, statuses(settings), run.at)
    readings = list(jobs.readings(settings, database, work, rules))
    reports, results = [], []
    with _duckdb(storage, staging) as db:
        taken = read(db, database, readings, settings.source.lock, run, staging)
        for job in work:
            begun = time.monotonic()
            found = _compared(db, storage, job, taken.came, run, staging)
            results.append((job, found))
            spent = time.monotonic() - begun + taken.came[job.plan.name].seconds
            reports.append(_report(job, found, spent, taken.doubt))
    ceiling = int((run.at - timedelta(seconds=open_seconds)).timestamp() * 1_000_000)
    _take_over(storage, memory, results, run, ceiling, log.upto)
    return reports


def _compared(
    db: duckdb.DuckDBPyConnection, storage: Storage, job: jobs.Job, all_came: Mapping[str, Came], run: Run,
    staging: Path,
) -> Found:  # fmt: skip
    """The table's new versions. Arrow passes a failure of DuckDB on as an OSError."""
    import duckdb

    came = all_came[job.plan.name]
    try:
        read = _what_was_read(job, all_came.get("orders"))
        return versions.compare(db, storage, read, came, run, staging)
    except (duckdb.OutOfMemoryException, OSError) as broken:
        if "Out of Memory" not in str(broken):
            raise
        raise SourceError(
            f"Table '{job.plan.name}': its rows are too long to be compared within {MEMORY} of memory.",
            f"Leave the longest column out of [source.tables.{job.plan.name}] query.",
        ) from broken


def _what_was_read(job: jobs.Job, orders: Came | None) -> versions.Read:
    table = job.plan.table
    if job.whole:
        return versions.whole(table)
    if job.changed:
        return versions.looked_for(table, binlog.as_text(job.changed))
    if job.since is not None and table.name in ORDER_OF and orders is not None:
        followed = orders.changed_since(job.since + _AUTUMN)
        if followed is not None:
            return versions.of_orders(table, followed)
    return versions.part(table)


def _report(job: jobs.Job, found: Found, seconds: float, doubt: str) -> TableReport:
    return TableReport(
        table=job.plan.name,
        mode=job.mode,
        read=found.read,
        new=found.new,
        changed=found.changed,
        deleted=found.deleted,
        quarantined=found.quarantined,
        seconds=round(seconds, 3),
        zero_dates=found.zero_dates,
        reasons=found.reasons,
        doubt=doubt,
        note=job.note,
    )


def _take_over(
    storage: Storage, memory: Memory, results: list[tuple[jobs.Job, Found]], run: Run, ceiling: int,
    upto: binlog.Position | None,
) -> None:  # fmt: skip
    """Files first, then days and cursors at once; what is under way is on record before the first file."""
    touched = {job.plan.name: found.days for job, found in results if found.days}
    refused = any(found.refused for _, found in results)
    loaded = days.business_date(run.at, run.timezone)
    if refused:
        touched["quarantine"] = {loaded}
    memory.announce(touched)
    for job, found in results:
        name = job.plan.name
        if found.refused is not None:
            storage.put_file(found.refused, f"quarantine/{name}/dt={loaded}/{run.name}.parquet")
        if found.out is not None:
            storage.put_file(found.out, f"ods/{name}/loaded={loaded}/{run.name}.parquet")
    memory.settle(
        touched, {job.plan.name: _remember(job, found, run.seq, ceiling, upto) for job, found in results}
    )


def _remember(
    job: jobs.Job, found: Found, seq: int, ceiling: int, upto: binlog.Position | None
) -> TableMemory:
    """The cursor goes to the last change seen, but not beyond the start of a transaction still open."""
    cursor = None
    if job.plan.cursor is not None:
        seen = [at for at in (found.cursor, None if job.whole else job.memory.cursor) if at is not None]
        cursor = min(max(seen), ceiling) if seen else None
    return TableMemory(
        written=job.memory.written if found.out is None else seq,
        cursor=cursor,
        position=upto if job.plan.mode == "binlog" else None,
        mark=job.mark,
        since_sweep=0 if job.since is None else job.memory.since_sweep + 1,
        columns={c.name: c.family for c in job.columns},
    )


@contextmanager
def _staging(settings: Settings) -> Iterator[Path]:
    """An empty folder for this run; what a run before it has left goes with it."""
    folder = settings.path("data/staging")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _duckdb(storage: Storage, staging: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    import duckdb

    config: dict[str, Any] = {
        "memory_limit": MEMORY,
        "temp_directory": str(staging / "spill"),
        "preserve_insertion_order": False,
    }
    with duckdb.connect(config=config) as db:
        db.execute("set timezone = 'UTC'")
        storage.register(db)
        try:
            yield db
        except duckdb.Error as failure:
            raise StorageError(
                f"The shop's rows could not be compared with the lake {storage.root}: {said(failure)}.",
                remedy(str(failure)),
            ) from failure
