"""MySQL's binary log says which rows have changed: deletes too, and rows that no cursor shows.

Only keys are taken from it. The rows themselves are read with the table's query, so that they come mapped and
typed as ever, and a key that the query no longer returns is a delete. The position is noted before the rows
are read: what is written meanwhile is met again by the next run, which does no harm.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any, NamedTuple

import sqlalchemy as sa

from mallard.contract import Table
from mallard.sources.database import Database
from mallard.sources.dialects import BINARY
from mallard.sources.plan import TablePlan

Position = tuple[str, int]


class Part(NamedTuple):
    """A column's value in a key: as SQL that needs no escaping, and as the text the server makes of it."""

    sql: str
    text: str


Key = tuple[Part, ...]
Keys = frozenset[Key]

MOST_KEYS = 20_000
"""Above so many changed rows the whole table is read."""

_NEEDED = {"log_bin": "ON", "binlog_format": "ROW", "binlog_row_image": "FULL", "binlog_row_metadata": "FULL"}
_PURGED = 1236


@dataclass(frozen=True)
class Base:
    """The table of the shop behind a query, and its columns for the parts of the contract's key, in order.

    parts: for each what makes a part of a key of the log's value.
    """

    schema: str
    table: str
    columns: tuple[str, ...]
    parts: tuple[Callable[[Any], Part], ...]


@dataclass(frozen=True)
class Log:
    """What the binary log told.

    upto: the position that all of this reaches to; None where the log cannot be used. keys: for each table
    followed, the keys that changed. notes: for each table not followed, why not. whole: tables that must be
    read whole, since the log has a gap for them or begins only now.
    """

    upto: Position | None = None
    keys: dict[str, Keys] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    whole: frozenset[str] = frozenset()


def follow(database: Database, plans: Sequence[TablePlan], since: Mapping[str, Position | None]) -> Log:
    """What has changed in the tables of mode 'binlog'. since: where each one's last import stood."""
    wanted = [plan for plan in plans if plan.mode == "binlog"]
    if not wanted:
        return Log()
    upto, why = _position(database)
    if upto is None:
        return Log(notes={plan.name: why for plan in wanted})
    bases: dict[str, Base] = {}
    notes: dict[str, str] = {}
    for plan in wanted:
        base = None if {name.lower() for name in plan.mask} & set(plan.table.key) else _base(database, plan)
        if base is None:
            notes[plan.name] = "its query does not show the columns of the table that its key comes from"
        elif isinstance(base, str):
            notes[plan.name] = base
        elif since.get(plan.name) is not None:
            bases[plan.name] = base
    starts = [start for name in bases if (start := since[name]) is not None]
    changed, why = _changed(database, bases, min(starts), upto) if starts else ({}, "")
    notes |= dict.fromkeys(set(bases) - set(changed), why)
    followed = {plan.name for plan in wanted if plan.name not in notes}
    return Log(upto, changed, notes, frozenset(set(bases) | followed) - set(changed))


def condition(keys: Keys, table: Table) -> str:
    """The rows of these keys, as a condition on ``q``."""
    if not keys:
        return "false"
    columns = ", ".join(f"q.`{name}`" for name in table.key)
    rows = ", ".join(f"({', '.join(part.sql for part in key)})" for key in sorted(keys))
    return f"({columns}) in ({rows})"


def as_text(keys: Keys) -> list[tuple[str, ...]]:
    """Keys as the import's text has them."""
    return [tuple(part.text for part in key) for key in sorted(keys)]


def _position(database: Database) -> tuple[Position | None, str]:
    """Where the log stands now; else why it cannot be followed."""
    if database.dialect.name != "mysql":
        return None, "only MySQL and MariaDB have a binary log"
    run = database.connection.exec_driver_sql
    names = ", ".join(f"'{name}'" for name in _NEEDED)
    has = {str(k): str(v) for k, v in run(f"show global variables where variable_name in ({names})")}
    wrong = [f"{name}={value}" for name, value in _NEEDED.items() if has.get(name, "") != value]
    if wrong:
        return None, f"the server needs {', '.join(wrong)}"
    for statement in ("show master status", "show binary log status"):
        try:
            row = run(statement).fetchone()
        except sa.exc.DBAPIError:
            continue
        return ((str(row[0]), int(row[1])), "") if row else (None, "the server writes no binary log")
    return None, "the user may not see the binary log: grant REPLICATION CLIENT and REPLICATION SLAVE"


def _base(database: Database, plan: TablePlan) -> Base | str | None:
    """Which columns of which table the key comes from; the driver's column metadata says it.

    A sentence where a column's values are written otherwise in the log than in a result.
    """
    try:
        result = database.connection.exec_driver_sql(f"{database.query(plan)} limit 0")
    except sa.exc.DBAPIError:
        return None
    fields = {f.name.lower(): f for f in result.cursor._result.fields}
    result.close()
    parts = [fields.get(name) for name in plan.table.key]
    if any(part is None or not part.org_name for part in parts):
        return None
    places = {(part.db, part.org_table) for part in parts if part is not None}
    if len(places) != 1:
        return None
    schema, table = places.pop()
    text = schema.decode() if isinstance(schema, bytes) else str(schema)
    known = [part for part in parts if part is not None]
    makers = [(part, _maker(part)) for part in known]
    for part, maker in makers:
        if maker is None:
            return f"the log writes the type of its key's column '{part.org_name}' in a way of its own"
    made = tuple(maker for _, maker in makers if maker is not None)
    return Base(text, table, tuple(part.org_name for part in known), made)


def _maker(field: Any) -> Callable[[Any], Part] | None:
    """What makes a part of a key of a value; None where the log's value does not tell the text."""
    from pymysql.constants import FIELD_TYPE as T
    from pymysql.constants import FLAG

    if field.flags & (FLAG.ENUM | FLAG.SET):
        return None
    if field.type_code in (T.TINY, T.SHORT, T.INT24, T.LONG, T.LONGLONG):
        return partial(_number, digits=field.length if field.flags & FLAG.ZEROFILL else 0)
    if field.type_code == T.NEWDECIMAL and not field.flags & FLAG.ZEROFILL:
        return _decimal
    if field.type_code in (T.DATETIME, T.TIMESTAMP):
        return partial(_time, places=field.scale)
    if field.type_code in (T.VARCHAR, T.VAR_STRING, T.STRING) and field.charsetnr == BINARY:
        return partial(_bytes, width=field.length if field.type_code == T.STRING else 0)
    if field.type_code in (T.VARCHAR, T.VAR_STRING, T.STRING, T.DATE):
        return _text
    return None


def _number(value: int, digits: int) -> Part:
    """digits: to which the server fills a ZEROFILL column up."""
    return Part(str(value), str(value).zfill(digits))


def _decimal(value: Decimal) -> Part:
    return Part(f"{value:f}", f"{value:f}")


def _time(value: datetime, places: int) -> Part:
    """places: of the seconds, which the server always writes and Python only where they are not zero."""
    text = value.strftime("%Y-%m-%d %H:%M:%S.%f")
    return _text(text[: 20 + places] if places else text[:19])


def _bytes(value: Any, width: int) -> Part:
    """width: bytes of a BINARY column, whose zeros at the end the log leaves out."""
    whole = (value if isinstance(value, bytes) else str(value).encode("latin1")).ljust(width, b"\0")
    return Part(f"x'{whole.hex()}'", whole.hex().upper())


def _text(value: Any) -> Part:
    return Part(f"convert(x'{str(value).encode().hex()}' using utf8mb4)", str(value))


def _changed(
    database: Database, bases: Mapping[str, Base], since: Position, upto: Position
) -> tuple[dict[str, Keys], str]:
    """The keys that changed for each table; a table with too many, or one that was altered, is left out."""
    import pymysql

    found: dict[str, set[Key]] = {name: set() for name in bases}
    try:
        for name, key in _events(database, bases, since, upto):
            if key is None:
                found.pop(name, None)
            elif name in found:
                found[name].add(key)
    except pymysql.err.MySQLError as refused:
        if refused.args and refused.args[0] == _PURGED:
            return {}, "the server has thrown away the binary log since the last import; it was read whole"
        return {}, f"the binary log cannot be read ({database.scrub(str(refused))})"
    kept = {name: frozenset(keys) for name, keys in found.items() if len(keys) <= MOST_KEYS}
    return kept, "it was altered or has changed nearly whole; it was read whole"


def _events(
    database: Database, bases: Mapping[str, Base], since: Position, upto: Position
) -> Iterator[tuple[str, Key | None]]:
    """Table and key of every row that changed from one position to another.

    None for the key: the table was altered, or it is one that no text tells (NULL, a date of zeros).
    """
    from pymysqlreplication import BinLogStreamReader
    from pymysqlreplication.event import QueryEvent, RotateEvent
    from pymysqlreplication.row_event import DeleteRowsEvent, UpdateRowsEvent, WriteRowsEvent

    by_place = {(base.schema, base.table): name for name, base in bases.items()}
    stream = BinLogStreamReader(
        connection_settings=_connection(database),
        server_id=2**31 + uuid.uuid4().int % 2**31,
        log_file=since[0],
        log_pos=since[1],
        resume_stream=True,
        blocking=False,
        only_events=[WriteRowsEvent, UpdateRowsEvent, DeleteRowsEvent, QueryEvent, RotateEvent],
    )
    try:
        for event in stream:
            if isinstance(event, QueryEvent):
                yield from ((name, None) for name in _altered(event, by_place))
            elif not isinstance(event, RotateEvent):
                name = by_place.get((event.schema, event.table))
                if name is not None:
                    yield from ((name, key) for key in _keys(event.rows, bases[name]))
            if (stream.log_file, stream.log_pos) >= upto:
                return
    finally:
        stream.close()


def _connection(database: Database) -> dict[str, Any]:
    url = database.url
    found: dict[str, Any] = {
        "host": url.host or "localhost",
        "user": url.username,
        "password": url.password or "",
    }
    if url.port:
        found["port"] = url.port
    if "unix_socket" in url.query:
        found["unix_socket"] = url.query["unix_socket"]
    return found


def _altered(event: Any, by_place: Mapping[tuple[str, str], str]) -> Iterator[str]:
    """Tables that a statement names which is no change of rows."""
    statement = event.query.decode(errors="replace") if isinstance(event.query, bytes) else event.query
    if statement.lstrip().split(" ", 1)[0].lower() in ("begin", "commit", "savepoint", "xa"):
        return
    for (_, table), name in by_place.items():
        if table.lower() in statement.lower():
            yield name


def _keys(rows: Sequence[Mapping[str, Any]], base: Base) -> Iterator[Key | None]:
    """The keys before and after, of every row of an event."""
    for row in rows:
        for values in (row.get("values"), row.get("before_values"), row.get("after_values")):
            if values is not None:
                key = [values[name] for name in base.columns]
                parts = (make(value) for make, value in zip(base.parts, key, strict=True))
                yield None if None in key else tuple(parts)
