"""Rows as Parquet files, written by Arrow while others read and judge the next ones.

Arrow takes less of a processor than DuckDB does (which hashes every value for a dictionary), and a file grows
by row groups bounded in bytes too: a text of a megabyte in each row does not fill the memory.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mallard.contract import PARQUET, ROW_GROUP
from mallard.errors import StorageError

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

GROUP_BYTES = 8 * 1024 * 1024
"""Bytes at which a row group ends, if it has not the usual number of rows before."""

_DICTIONARY_BYTES = 32 * 1024
"""For words that recur; ids and prices soon fill it and are then written as they are."""


class RowFile:
    """A Parquet file that grows by batches; there is none where no row came."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._writer: pa.parquet.ParquetWriter | None = None
        self._waiting: list[pa.RecordBatch] = []
        self._waiting_rows = self._waiting_bytes = 0

    def add(self, batch: pa.RecordBatch) -> None:
        self._waiting.append(batch)
        self._waiting_rows += batch.num_rows
        self._waiting_bytes += batch.nbytes
        if self._waiting_rows >= ROW_GROUP or self._waiting_bytes >= GROUP_BYTES:
            self._write()

    def close(self) -> Path | None:
        """The whole file's path; None where there is none."""
        if self._waiting_rows:
            self._write()
        if self._writer is None:
            return None
        self._writer.close()
        return self.path

    def _write(self) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        table = pa.Table.from_batches(self._waiting)
        self._waiting, self._waiting_rows, self._waiting_bytes = [], 0, 0
        try:
            if self._writer is None:
                self._writer = pq.ParquetWriter(
                    self.path, table.schema, dictionary_pagesize_limit=_DICTIONARY_BYTES, **PARQUET
                )
            self._writer.write_table(table, row_group_size=ROW_GROUP)
        except OSError as failure:
            what = f"{self.path} could not be written: {failure}."
            raise StorageError(what, "Check the disk.") from failure


def copy(db: duckdb.DuckDBPyConnection, select: str, path: Path, batch_rows: int) -> Path | None:
    """What a SELECT gives as a file, so many rows at a time; None where there are none."""
    file = RowFile(path)
    for batch in db.sql(select).to_arrow_reader(batch_rows):
        file.add(batch)
    return file.close()
