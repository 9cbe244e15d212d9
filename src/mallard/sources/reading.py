"""From the shop's database to staged Parquet: dlt with its connectorx backend, streaming.

dlt's working folder and the staged files live in one folder of the run and leave with it; its telemetry is
off and nothing is kept in the home directory.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mallard import reporting
from mallard.sources.database import Database
from mallard.sources.dialects import SourceColumn, select
from mallard.sources.masks import Mask
from mallard.sources.moment import moment, reading_failed

if TYPE_CHECKING:
    import pyarrow as pa
    from rich.progress import Progress

_DATASET = "staged"


@dataclass(frozen=True)
class Reading:
    """One query to read.

    Its columns are staged as c0, c1, …; masks are by the place of the column.
    """

    name: str
    query: str
    columns: list[SourceColumn]
    where: str = ""
    masks: Mapping[int, Mask] = field(default_factory=dict)

    def sql(self, database: Database) -> str:
        return select(database.dialect, self.query, self.columns, self.where)


@dataclass(frozen=True)
class Staged:
    """What was read: the Parquet files of each reading, and why its moment may not be one."""

    files: dict[str, list[str]]
    doubt: str


def read(database: Database, readings: list[Reading], lock: bool, staging: Path) -> Staged:
    """Read every query at one moment into Parquet files under ``staging``."""
    selects = {reading.name: reading.sql(database) for reading in readings}
    with moment(database, selects, lock, staging) as taken, reporting.progress() as display:
        streams = {
            reading.name: _batches(database, reading, taken.readers[reading.name], display)
            for reading in readings
        }
        _stage(streams, {r.name: len(r.columns) for r in readings}, staging)
    found = {name: sorted(map(str, (staging / _DATASET / name).glob("*.parquet"))) for name in selects}
    return Staged(found, taken.doubt)


def _batches(
    database: Database, reading: Reading, reader: pa.RecordBatchReader, display: Progress
) -> Iterator[pa.Table]:
    """The stream's batches as tables, masked, without the row that only taught the reader its types."""
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
            yield pa.Table.from_arrays(columns, names=batch.schema.names)
    except BaseException as broken:
        raise reading_failed(broken, database, reading.name) from None


def _stage(streams: dict[str, Iterator[Any]], widths: dict[str, int], staging: Path) -> None:
    """Run dlt over the streams. The first failure inside a stream is the one that counts."""
    with _dlt(staging) as dlt:
        import sqlalchemy as sa
        from dlt.destinations import filesystem
        from dlt.sources.sql_database import sql_table
        from dlt.sources.sql_database.helpers import ConnectorXTableLoader

        failures: list[BaseException] = []

        class Opened(ConnectorXTableLoader):
            """connectorx's reader was opened ahead, at the one moment; here it is only read on."""

            def load_rows(self, backend_kwargs: Any = None) -> Iterator[Any]:
                try:
                    yield from streams[self.table.name]
                except GeneratorExit:
                    raise
                except BaseException as broken:
                    failures.append(broken)
                    raise RuntimeError("reading failed") from None

        def table(name: str) -> Any:
            known = sa.MetaData()
            sa.Table(name, known, *(sa.Column(f"c{place}", sa.Text) for place in range(widths[name])))
            return sql_table(
                credentials=sa.create_engine("sqlite://"),
                table=name,
                metadata=known,
                backend="connectorx",
                table_loader_class=Opened,
            )

        pipeline = dlt.pipeline(
            "shop",
            pipelines_dir=str(staging / "dlt"),
            destination=filesystem(bucket_url=staging.as_uri()),
            dataset_name=_DATASET,
        )
        try:
            pipeline.run([table(name) for name in streams], loader_file_format="parquet")
        except Exception:
            if failures:
                raise failures[0] from None
            raise


@contextmanager
def _dlt(staging: Path) -> Iterator[Any]:
    """dlt, told where to live and to keep to itself."""
    settings = {
        "DLT_DATA_DIR": str(staging / "dlt"),
        "RUNTIME__DLTHUB_TELEMETRY": "false",
        "RUNTIME__LOG_LEVEL": "CRITICAL",
        "DATA_WRITER__DISABLE_COMPRESSION": "true",
    }
    before = {name: os.environ.get(name) for name in settings}
    os.environ.update(settings)
    try:
        import dlt

        yield dlt
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
