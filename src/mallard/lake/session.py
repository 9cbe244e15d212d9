"""A DuckDB connection for work on the lake's files: UTC, bounded memory, the lake's storage readable."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from mallard.errors import MallardError, StorageError, said
from mallard.storage import Storage, remedy

if TYPE_CHECKING:
    import duckdb

MEMORY = "1GB"
"""What DuckDB may hold; beyond it, it spills into the scratch folder."""


@contextmanager
def session(storage: Storage, scratch: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A fresh connection; what DuckDB cannot do becomes a StorageError."""
    import duckdb

    connection = duckdb.connect()
    try:
        connection.execute(f"set memory_limit = '{MEMORY}'")
        connection.execute("set timezone = 'UTC'")
        connection.execute("set preserve_insertion_order = false")
        connection.execute(f"set temp_directory = {literal(str(scratch))}")
        storage.register(connection)
        yield connection
    except MallardError:
        raise
    except duckdb.Error as failure:
        raise StorageError(
            f"The lake {storage.root} could not be worked on: {said(failure)}.", remedy(str(failure))
        ) from failure
    finally:
        connection.close()


PARQUET = "format parquet, compression zstd, compression_level 1, write_bloom_filter false"
"""Options of every file written. On event rows level 1 is quicker than 3 and makes files no larger."""


def literal(text: str) -> str:
    """A text as a SQL literal."""
    return "'" + text.replace("'", "''") + "'"
