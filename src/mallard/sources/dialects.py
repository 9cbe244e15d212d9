"""What differs between the shops' database servers, in one place each.

Every column is turned into text on the server. Text is the one form that all of them write exactly: no
decimal is rounded, a date of zeros does not break the reader, and what cannot be understood can be shown in
the quarantine as it came.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Family = Literal["number", "text", "date", "time", "boolean", "binary", "other", "unknown"]


@dataclass(frozen=True)
class SourceColumn:
    """A column of a query's result: its name, the server's type, and what kind of thing that is.

    utc: the text holds UTC without saying so (MySQL's TIMESTAMP, whose session is set to UTC). long: a value
    may be of any length.
    """

    name: str
    type: str
    family: Family
    utc: bool = False
    long: bool = False


@dataclass(frozen=True)
class Dialect:
    """One kind of server.

    session: statements that make its text the same on every server, and bound the wait for a locked table by
    {lock_wait} seconds. header: whether the reader needs a first
    row of text to learn the types. protocol: connectorx's fastest for text.
    """

    name: str
    driver: str
    protocol: str
    session: tuple[str, ...]
    header: bool
    columns: Callable[[Any], list[SourceColumn]]
    text: Callable[[str, SourceColumn], str]
    oldest_transaction: str | None
    """A query for the age in seconds of the oldest open transaction."""


def _mysql_types() -> dict[int, tuple[str, Family]]:
    from pymysql.constants import FIELD_TYPE as T

    numbers = (
        "TINY",
        "SHORT",
        "LONG",
        "LONGLONG",
        "INT24",
        "FLOAT",
        "DOUBLE",
        "DECIMAL",
        "NEWDECIMAL",
        "YEAR",
    )
    words = (
        "VARCHAR",
        "VAR_STRING",
        "STRING",
        "ENUM",
        "SET",
        "TINY_BLOB",
        "MEDIUM_BLOB",
        "LONG_BLOB",
        "BLOB",
    )
    known: dict[int, tuple[str, Family]] = {getattr(T, name): (name.lower(), "number") for name in numbers}
    known |= {getattr(T, name): (name.lower(), "text") for name in words}
    known |= {T.DATE: ("date", "date"), T.NEWDATE: ("date", "date"), T.DATETIME: ("datetime", "time")}
    known |= {T.TIMESTAMP: ("timestamp", "time"), T.TIME: ("time", "other"), T.JSON: ("json", "text")}
    known |= {T.BIT: ("bit", "boolean"), T.GEOMETRY: ("geometry", "binary"), T.NULL: ("null", "unknown")}
    return known


BINARY = 63
"""MySQL's character set of what is bytes and no text."""

_LONG = 65_535
"""Bytes: more than any VARCHAR of a usual shop, less than TEXT."""


def _mysql_columns(cursor: Any) -> list[SourceColumn]:
    known = _mysql_types()
    found = []
    for field in cursor._result.fields:
        kind, family = known.get(field.type_code, (str(field.type_code), "unknown"))
        if family == "text" and kind != "json" and field.charsetnr == BINARY:
            family = "binary"
        long = field.length > _LONG
        found.append(SourceColumn(field.name, kind, family, utc=kind == "timestamp", long=long))
    return found


def _mysql_text(name: str, column: SourceColumn) -> str:
    if column.type == "bit":
        return f"cast({name} + 0 as char)"
    if column.family == "text" and column.type != "json":
        return f"convert({name} using utf8mb4)"
    if column.family == "binary":
        return f"hex({name})"
    return f"cast({name} as char)"


_POSTGRES_FAMILIES: dict[str, Family] = {
    **dict.fromkeys(("int2", "int4", "int8", "numeric", "float4", "float8", "money", "oid"), "number"),
    **dict.fromkeys(("text", "varchar", "bpchar", "name", "json", "jsonb", "uuid", "citext"), "text"),
    **dict.fromkeys(("timestamp", "timestamptz"), "time"),
    "date": "date",
    "bool": "boolean",
    "bytea": "binary",
    "time": "other",
    "timetz": "other",
    "interval": "other",
}


def _postgres_columns(cursor: Any) -> list[SourceColumn]:
    types = cursor.connection.adapters.types
    found = []
    for column in cursor.description:
        known = types.get(column.type_code)
        name = known.name if known is not None else "enum or own type"
        family = _POSTGRES_FAMILIES.get(name, "text")
        found.append(SourceColumn(column.name, name, family, long=family in ("text", "binary")))
    return found


def _postgres_text(name: str, column: SourceColumn) -> str:
    if column.type == "money":
        return f"{name}::numeric::text"  # else it has a currency's sign and commas
    return f"encode({name}, 'hex')" if column.family == "binary" else f"{name}::text"


def _sqlite_columns(cursor: Any) -> list[SourceColumn]:
    return [SourceColumn(name, "any", "unknown", long=True) for name, *_ in cursor.description]


def _sqlite_text(name: str, _: SourceColumn) -> str:
    return f"case typeof({name}) when 'blob' then hex({name}) else cast({name} as text) end"


MYSQL = Dialect(
    name="mysql",
    driver="mysql+pymysql",
    protocol="text",
    session=(
        "set session time_zone = '+00:00'",
        "set session net_write_timeout = 3600 /*!50708 , session max_execution_time = 0 */"
        " /*M!100102 , session max_statement_time = 0 */",
        "set session lock_wait_timeout = {lock_wait}",
    ),
    header=False,
    columns=_mysql_columns,
    text=_mysql_text,
    oldest_transaction=(
        # trx_started is in the zone of the server's machine, whatever the session's
        "select max(timestampdiff(second, trx_started, convert_tz(now(), '+00:00', 'SYSTEM')))"
        " from information_schema.innodb_trx"
    ),
)
POSTGRES = Dialect(
    name="postgresql",
    driver="postgresql+psycopg",
    protocol="binary",
    session=(
        "set timezone = 'UTC'",
        "set datestyle = 'ISO, YMD'",
        "set statement_timeout = 0",
        "set lock_timeout = '{lock_wait}s'",
        "set idle_in_transaction_session_timeout = 0",
    ),
    header=False,
    columns=_postgres_columns,
    text=_postgres_text,
    oldest_transaction="select extract(epoch from now() - min(xact_start)) from pg_stat_activity",
)
SQLITE = Dialect(
    name="sqlite",
    driver="sqlite",
    protocol="binary",
    session=(),
    header=True,
    columns=_sqlite_columns,
    text=_sqlite_text,
    oldest_transaction=None,
)

DIALECTS: dict[str, Dialect] = {
    "mysql": MYSQL,
    "mariadb": MYSQL,
    "postgresql": POSTGRES,
    "postgres": POSTGRES,
    "sqlite": SQLITE,
}


def quote(dialect: Dialect, name: str) -> str:
    """A column's name, quoted for this server."""
    mark = "`" if dialect is MYSQL else '"'
    return f"{mark}{name.replace(mark, mark * 2)}{mark}"


def named(columns: Iterable[SourceColumn], name: str) -> SourceColumn:
    """The column of a name, in whatever case the server gives it."""
    return next(column for column in columns if column.name.lower() == name.lower())


def alike(
    dialect: Dialect, left: str, right: str, columns: tuple[SourceColumn, SourceColumn]
) -> tuple[str, str]:
    """Two columns so that the server compares them whatever they are, without a detour where it can.

    Texts of two collations, or a number and a text, are an error or never equal otherwise.
    """
    one, other = columns
    numbers = one.family == other.family == "number"
    if numbers or (dialect is POSTGRES and one.type == other.type):
        return left, right
    return dialect.text(left, one), dialect.text(right, other)


def select(
    dialect: Dialect, query: str, columns: Sequence[SourceColumn], rest: str = "", header: bool = True
) -> str:
    """The query's columns as text, named c0, c1, … in order.

    rest: what follows the FROM. header: put a row of empty texts first, where this server's reader needs it.
    """
    names = [f"c{place}" for place in range(len(columns))]
    texts = [
        f"{dialect.text(f'q.{quote(dialect, column.name)}', column)} as {name}"
        for name, column in zip(names, columns, strict=True)
    ]
    made = f"select {', '.join(texts)} from ({query}) q{rest}"
    if header and dialect.header:
        empty = ", ".join(f"'' as {name}" for name in names)
        made = f"select {empty} union all {made}"
    return made
