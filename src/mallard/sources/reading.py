"""From the shop's database into DuckDB: rows are masked and cleaned while they come."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from mallard import reporting
from mallard.sources.cleaning import name
from mallard.sources.database import Database
from mallard.sources.dialects import SourceColumn, select
from mallard.sources.masks import Mask
from mallard.sources.moment import moment, reading_failed

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa
    from rich.progress import Progress

CAME = "came"
"""What the stream of a query is called in the SELECT that cleans it; its columns are c0, c1, …"""


@dataclass(frozen=True)
class Reading:
    """One query to read, and the SELECT from :data:`CAME` that becomes the table ``name``.

    masks are by the place of the column.
    """

    name: str
    query: str
    columns: list[SourceColumn]
    cleaned: str
    where: str = ""
    masks: Mapping[int, Mask] = field(default_factory=dict)

    def sql(self, database: Database) -> str:
        return select(database.dialect, self.query, self.columns, self.where)


@dataclass(frozen=True)
class Taken:
    """How long each reading took, and why their moment may not be one."""

    seconds: dict[str, float]
    doubt: str


def read(
    db: duckdb.DuckDBPyConnection, database: Database, readings: list[Reading], lock: bool, staging: Path
) -> Taken:
    """Read every query at one moment, each into a table of ``db``.

    All are read before anything else is done, so that the shop's server keeps its snapshot no longer.
    """
    selects = {reading.name: reading.sql(database) for reading in readings}
    seconds = {}
    with moment(database, selects, lock, staging) as taken, reporting.progress() as display:
        for reading in readings:
            started = time.monotonic()
            _take(db, database, reading, taken.readers[reading.name], display)
            seconds[reading.name] = time.monotonic() - started
    return Taken(seconds, taken.doubt)


def _take(
    db: duckdb.DuckDBPyConnection, database: Database, reading: Reading, reader: pa.RecordBatchReader,
    display: Progress,
) -> None:  # fmt: skip
    """Run one stream into its table. The first failure inside the stream is the one that counts."""
    import duckdb
    import pyarrow as pa

    failures: list[BaseException] = []
    batches = _batches(database, reading, reader, failures, display)
    db.register(CAME, pa.RecordBatchReader.from_batches(reader.schema, batches))
    try:
        db.execute(f"create temp table {name(reading.name)} as {reading.cleaned}")
    except duckdb.Error:
        if failures:
            raise failures[0] from None
        raise
    finally:
        db.unregister(CAME)


def _batches(
    database: Database, reading: Reading, reader: pa.RecordBatchReader, failures: list[BaseException],
    display: Progress,
) -> Iterator[pa.RecordBatch]:  # fmt: skip
    """The stream's batches, masked, without the row that only taught the reader its types."""
    import pyarrow as pa

    task = display.add_task(reading.name, total=None)
    skip = 1 if database.dialect.header else 0
    try:
        for batch in reader:
            columns = [
                reading.masks[place](column) if place in reading.masks else column
                for place, column in enumerate(batch.slice(skip).columns)
            ]
            skip = 0
            display.advance(task, batch.num_rows)
            yield pa.RecordBatch.from_arrays(columns, schema=reader.schema)
    except GeneratorExit:
        raise
    except BaseException as broken:
        failures.append(reading_failed(broken, database, reading.name))
        raise RuntimeError("reading failed") from None
