"""Rows into a staging table, in bulk, in the way each database takes them fastest without local files."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import sqlalchemy as sa

from mallard.errors import PublishError

FLOAT_DIGITS = 15  # every decimal of so many digits comes back from an 8-byte float unchanged

Loader = Callable[[sa.Connection, sa.Table, Iterable[Any]], int]


def load_sqlite(connection: sa.Connection, table: sa.Table, batches: Iterable[Any]) -> int:
    """Bound values, one prepared statement; decimals as text, which SQLite's NUMERIC affinity takes in."""
    names = [column.name for column in table.columns]
    statement = f"insert into {_quoted(connection, table, names)} values ({', '.join('?' * len(names))})"
    loaded = 0
    for batch in batches:
        _fits_float(batch, table.name)
        rows = list(zip(*(_plain(column) for column in batch.columns), strict=True))
        connection.connection.cursor().executemany(statement, rows)
        loaded += batch.num_rows
    return loaded


def load_mysql(connection: sa.Connection, table: sa.Table, batches: Iterable[Any]) -> int:
    """Multi-row inserts of bound values, committed batch by batch: nobody sees the staging table yet."""
    names = [column.name for column in table.columns]
    statement = f"insert into {_quoted(connection, table, names)} values ({', '.join(['%s'] * len(names))})"
    loaded = 0
    for batch in batches:
        rows = list(zip(*(_plain(column) for column in batch.columns), strict=True))
        connection.connection.cursor().executemany(statement, rows)
        connection.commit()
        loaded += batch.num_rows
    return loaded


def load_postgres(connection: sa.Connection, table: sa.Table, batches: Iterable[Any]) -> int:
    """COPY of CSV that Arrow writes: NULL is an empty field, an empty text a quoted one."""
    import io

    import pyarrow.csv as csv

    names = [column.name for column in table.columns]
    statement = f"copy {_quoted(connection, table, names)} from stdin (format csv)"
    options = csv.WriteOptions(include_header=False, quoting_style="all_valid")
    cursor: Any = connection.connection.cursor()
    loaded = 0
    with cursor.copy(statement) as copy:
        for batch in batches:
            written = io.BytesIO()
            csv.write_csv(batch, written, options)
            copy.write(written.getvalue())
            loaded += batch.num_rows
    return loaded


LOADERS: dict[str, Loader] = {"sqlite": load_sqlite, "mysql": load_mysql, "postgresql": load_postgres}


def _quoted(connection: sa.Connection, table: sa.Table, names: list[str]) -> str:
    quote = connection.dialect.identifier_preparer.quote_identifier
    return f"{quote(table.name)} ({', '.join(quote(name).replace('%', '%%') for name in names)})"


def _plain(column: Any) -> list[Any]:
    """A column as Python values a driver binds: decimals, days and instants become text."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = column.type
    if pa.types.is_decimal(kind) or pa.types.is_date(kind):
        column = column.cast(pa.string())
    elif pa.types.is_timestamp(kind):
        column = pc.strftime(column, format="%Y-%m-%d %H:%M:%S")
    values: list[Any] = column.to_pylist()
    return values


def _fits_float(batch: Any, table: str) -> None:
    """Refuse decimals that SQLite, which keeps them as floats, would not give back digit for digit."""
    import pyarrow as pa
    import pyarrow.compute as pc

    for field, column in zip(batch.schema, batch.columns, strict=True):
        if not pa.types.is_decimal(field.type):
            continue
        most = pc.max(pc.abs(column)).as_py()
        if most is None or most.scaleb(field.type.scale) < 10**FLOAT_DIGITS:
            continue
        for value in column.to_pylist():
            if value is not None and len(value.normalize().as_tuple().digits) > FLOAT_DIGITS:
                raise PublishError(
                    f"{table}.{field.name} holds {value}, which SQLite cannot keep exactly.",
                    "Publish to MySQL, MariaDB or PostgreSQL: set publish.url.",
                )
