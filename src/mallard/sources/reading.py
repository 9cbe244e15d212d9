"""From the shop's database into Parquet files: rows are masked, cleaned and sorted out while they come."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from mallard import reporting
from mallard.ahead import ahead
from mallard.contract import Table
from mallard.sources.cleaning import literal, name
from mallard.sources.database import Database
from mallard.sources.dialects import SourceColumn, select
from mallard.sources.files import RowFile
from mallard.sources.history import Run
from mallard.sources.masks import Mask
from mallard.sources.moment import Query, moment, reading_failed

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa
    from rich.progress import Progress

CAME = "came"
"""What the stream of a query is called in the SELECT that cleans it; its columns are c0, c1, …"""

BATCH_ROWS, BATCH_ROWS_LONG = 20_000, 2_000
BATCH_BYTES = 8 * 1024 * 1024
SAMPLE_ROWS = 200
"""How many rows are handed on at once. Where a value may be of any length the first rows are looked at."""


@dataclass(frozen=True)
class Reading:
    """One query to read, and the SELECT from :data:`CAME` that cleans its rows for the contract's table.

    masks are by the place of the column. changed_at: the column of the cleaned rows that says which of two
    with one key was changed last; it is kept where the contract has none.
    """

    table: Table
    query: str
    columns: list[SourceColumn]
    cleaned: str
    changed_at: str | None
    where: str = ""
    masks: Mapping[int, Mask] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.table.name

    @property
    def beyond(self) -> tuple[str, ...]:
        """Columns of the rows' file that the lake does not have."""
        apart = self.changed_at is not None and self.changed_at not in self.table.column_names
        return (self.changed_at,) if apart and self.changed_at is not None else ()

    def asked(self, database: Database) -> Query:
        sql = select(database.dialect, self.query, self.columns, self.where)
        return Query(sql, self._batch_rows(database))

    def _batch_rows(self, database: Database) -> int:
        if not any(column.long for column in self.columns):
            return BATCH_ROWS
        first = select(database.dialect, self.query, self.columns, f" limit {SAMPLE_ROWS}", header=False)
        widths = " + ".join(f"coalesce(length(c{place}), 0)" for place in range(len(self.columns)))
        ((widest,),) = database.rows(f"select max({widths}) from ({first}) s", self.name)
        return min(BATCH_ROWS_LONG, max(1, BATCH_BYTES // max(1, int(str(widest or 1)))))


@dataclass
class Came:
    """What one reading gave.

    good: the rows as the lake has them (and :attr:`Reading.beyond`). bad: key, _reason and _raw of each other
    one. Both are local Parquet files; None where there is no row. cursor: the greatest that was read, epoch
    microseconds, leaving out those that lie in the future.
    """

    reading: Reading
    batch_rows: int
    read: int = 0
    zero_dates: int = 0
    cursor: int | None = None
    good: Path | None = None
    bad: Path | None = None
    seconds: float = 0.0

    @property
    def wide(self) -> bool:
        """Its rows are so long that few of them fill a batch."""
        return self.batch_rows < BATCH_ROWS_LONG

    def changed_since(self, at: datetime) -> str | None:
        """A SELECT of the keys of the good rows that changed then or later; None where that is not known."""
        if self.reading.changed_at is None or self.good is None or not self.good.exists():
            return None
        keys = ", ".join(map(name, self.reading.table.key))
        return (
            f"select {keys} from read_parquet({literal(str(self.good))})"
            f" where {name(self.reading.changed_at)} >= timestamptz {literal(at.isoformat())}"
        )


@dataclass(frozen=True)
class Taken:
    """What each reading gave, and why their moment may not be one."""

    came: dict[str, Came]
    doubt: str


def read(
    db: duckdb.DuckDBPyConnection, database: Database, readings: list[Reading], lock: bool, run: Run,
    staging: Path,
) -> Taken:  # fmt: skip
    """Read every query at one moment, each into files.

    All are read before anything else is done, so that the shop's server keeps its snapshot no longer.
    """
    queries = {reading.name: reading.asked(database) for reading in readings}
    came = {}
    with moment(database, queries, lock, staging) as taken, reporting.progress() as display:
        display.console.show_cursor(True)  # Ctrl-C leaves no time for it
        for reading in readings:
            started = time.monotonic()
            found = Came(reading, queries[reading.name].batch_rows)
            _take(db, database, found, taken.readers[reading.name], run, staging, display)
            found.seconds = time.monotonic() - started
            came[reading.name] = found
    return Taken(came, taken.doubt)


def _take(
    db: duckdb.DuckDBPyConnection, database: Database, came: Came, reader: pa.RecordBatchReader, run: Run,
    staging: Path, display: Progress,
) -> None:  # fmt: skip
    """Run one stream into its files. The first failure inside the stream is the one that counts."""
    import pyarrow as pa

    failures: list[BaseException] = []
    batches = _batches(database, came.reading, reader, failures, display)
    db.register(CAME, pa.RecordBatchReader.from_batches(reader.schema, batches))
    cleaned = ahead(_cleaned(db, came, run))
    try:
        _sort_out(cleaned, came, run, staging)
    except Exception:
        if failures:
            raise failures[0] from None
        raise
    finally:
        cleaned.close()
        db.unregister(CAME)


def _cleaned(db: duckdb.DuckDBPyConnection, came: Came, run: Run) -> Iterator[pa.RecordBatch]:
    columns = ", ".join(map(name, came.reading.table.column_names))
    stamped = f"{run.moment} as loaded_at, 'upsert' as change, cast({run.seq} as bigint) as load_seq, extra"
    judged = "_zero_dates, _cursor_at, _reason, _raw"
    rows = db.sql(f"select {columns}, {stamped}, {judged} from ({came.reading.cleaned})")
    yield from rows.to_arrow_reader(came.batch_rows)


def _sort_out(batches: Iterable[pa.RecordBatch], came: Came, run: Run, staging: Path) -> None:
    """The good rows to one file, the bad ones to another, and what is to be known of both."""
    import pyarrow.compute as pc

    reading = came.reading
    good = RowFile(staging / f"{reading.name}.good.parquet")
    bad = RowFile(staging / f"{reading.name}.bad.parquet")
    kept = [*reading.table.column_names, "loaded_at", "change", "load_seq", "extra", *reading.beyond]
    refused = [*reading.table.key, "_reason", "_raw"]
    for batch in batches:
        came.read += batch.num_rows
        came.zero_dates += pc.sum(batch["_zero_dates"]).as_py() or 0
        seen = pc.max(batch["_cursor_at"].filter(pc.less_equal(batch["_cursor_at"], run.at))).cast("int64")
        came.cursor = max((at for at in (came.cursor, seen.as_py()) if at is not None), default=None)
        reasons = batch["_reason"]
        if reasons.null_count < batch.num_rows:
            bad.add(batch.filter(reasons.is_valid()).select(refused))
            batch = batch.filter(reasons.is_null())
        good.add(batch.select(kept))
    came.good, came.bad = good.close(), bad.close()


def _batches(
    database: Database, reading: Reading, batches: Iterable[pa.RecordBatch], failures: list[BaseException],
    display: Progress,
) -> Iterator[pa.RecordBatch]:  # fmt: skip
    """The stream's batches, masked, without the row that only taught the reader its types."""
    import pyarrow as pa

    task = display.add_task(reading.name, total=None)
    skip = 1 if database.dialect.header else 0
    try:
        for batch in batches:
            rows, skip = batch.slice(skip), 0
            columns = [
                reading.masks[place](column) if place in reading.masks else column
                for place, column in enumerate(rows.columns)
            ]
            display.advance(task, rows.num_rows)
            yield pa.RecordBatch.from_arrays(columns, schema=batch.schema)
    except GeneratorExit:
        raise
    except BaseException as broken:
        failures.append(reading_failed(broken, database, reading.name))
        raise RuntimeError("reading failed") from None
