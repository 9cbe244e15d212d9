"""The shop's database: written, and brought to the state of a later day, in any that SQLAlchemy reaches."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from mallard.contract import TABLES
from mallard.errors import UnreachableError
from mallard.simulate import mall
from mallard.simulate.books import books
from mallard.simulate.order_books import Books, Row
from mallard.simulate.shop import Shop, instant

Schema = Literal["mallard", "mall"]
_CHUNK = 5_000
_DRIVERS = {"mysql": "mysql+pymysql", "mariadb": "mariadb+pymysql", "postgresql": "postgresql+psycopg"}


class Money(sa.types.UserDefinedType[Decimal]):
    """DECIMAL(18,4) everywhere; SQLite has no decimals, there it is a number of at most fifteen digits."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "DECIMAL(18, 4)"

    def bind_processor(self, dialect: sa.Dialect) -> Callable[[Any], Any] | None:
        return (lambda value: None if value is None else float(value)) if dialect.name == "sqlite" else None

    def result_processor(self, dialect: sa.Dialect, coltype: object) -> Callable[[Any], Any] | None:
        return lambda value: None if value is None else Decimal(str(value))


_TYPES: dict[str, sa.types.TypeEngine[Any]] = {
    "string": sa.String(255),
    "text": sa.String(255),
    "id": sa.BigInteger(),
    "integer": sa.BigInteger(),
    "int": sa.Integer(),
    "double": sa.Double(),
    "money": Money(),
    "boolean": sa.Boolean(),
    "flag": sa.SmallInteger(),
    "date": sa.Date(),
    "instant": sa.DateTime(),
    "time": sa.DateTime(),
}


@dataclass(frozen=True)
class WriteReport:
    """What one call changed, over all tables."""

    inserted: int
    updated: int
    deleted: int


def write_database(shop: Shop, through_day: date, url: str, schema: Schema = "mallard") -> WriteReport:
    """Create the shop's tables, or bring them to their state as of the end of a day.

    Rows that did not change are not touched; calling it again changes nothing. Times have no zone: UTC in
    ``mallard`` (settings: source.timezone = "UTC"), the shop's in ``mall``.
    Raises UnreachableError where the database cannot be reached.
    """
    return write_rows(books(shop, through_day), url, schema, shop.timezone)


def write_rows(rows: Books, url: str, schema: Schema = "mallard", timezone: str = "UTC") -> WriteReport:
    """The same for given rows of the contract's tables."""
    if schema == "mall":
        rows = mall.mall_rows(rows)
    tables = _tables(schema)
    zone = ZoneInfo("UTC" if schema == "mallard" else timezone)
    engine = sa.create_engine(_with_driver(url))
    try:
        tables[0].metadata.create_all(engine)
        with engine.begin() as connection:
            done = [
                _bring_up(connection, table, [_dressed(table, row, zone) for row in rows[table.name]])
                for table in tables
            ]
    except sa.exc.OperationalError as broken:
        shown = engine.url.render_as_string(hide_password=True)
        raise UnreachableError(
            f"The database {shown} cannot be written: {broken.orig}.",
            "Is it running, and may this user write?",
        ) from broken
    finally:
        engine.dispose()
    return WriteReport(*(sum(counts) for counts in zip(*done, strict=True)))


def _with_driver(url: str) -> sa.URL:
    """A URL that names only the kind of database gets the driver that is installed with Mallard."""
    parsed = sa.make_url(url)
    return parsed.set(drivername=_DRIVERS.get(parsed.drivername, parsed.drivername))


def _tables(schema: Schema) -> list[sa.Table]:
    metadata = sa.MetaData()
    if schema == "mall":
        layout = mall.layout()
    else:
        layout = {
            name: [(c.name, c.type, c.name in table.key) for c in table.columns]
            for name, table in TABLES.items()
        }
    return [
        sa.Table(
            name,
            metadata,
            *(
                sa.Column(
                    column, sa.String(64) if key and kind == "string" else _TYPES[kind],
                    primary_key=key, nullable=not key, autoincrement=False,
                )
                for column, kind, key in columns
            ),
            mysql_charset="utf8mb4",
        )
        for name, columns in layout.items()
    ]  # fmt: skip


def _dressed(table: sa.Table, row: Row, zone: ZoneInfo) -> Row:
    """A row as the driver wants it: instants as zoneless datetimes, flags as 0 and 1."""
    made = {}
    for column in table.columns:
        value = row[column.name]
        if value is not None:
            if isinstance(column.type, sa.DateTime):
                value = zoneless(value, zone)
            elif isinstance(column.type, sa.SmallInteger):
                value = int(value)
        made[column.name] = value
    return made


def zoneless(at: int, zone: ZoneInfo) -> datetime:
    """What the clock on a wall of a zone shows at an instant."""
    return instant(at).astimezone(zone).replace(tzinfo=None)


def _bring_up(connection: sa.Connection, table: sa.Table, rows: list[Row]) -> tuple[int, int, int]:
    """Make a table hold exactly these rows; how many were inserted, updated and deleted."""
    keys = [column.name for column in table.primary_key]
    names = [column.name for column in table.columns]
    places = [names.index(key) for key in keys]
    old = {
        tuple(found[place] for place in places): tuple(found)
        for found in connection.execute(sa.select(table))
    }
    new = {tuple(row[key] for key in keys): row for row in rows}
    inserts = [row for key, row in new.items() if key not in old]
    updates = [row for key, row in new.items() if key in old and old[key] != tuple(row.values())]
    gone = [key for key in old if key not in new]
    for part in _chunks(inserts):
        connection.execute(table.insert(), part)
    matches = sa.and_(*(table.c[key] == sa.bindparam(f"key_{key}") for key in keys))
    rest = [name for name in names if name not in keys]
    change = table.update().where(matches).values({name: sa.bindparam(f"new_{name}") for name in rest})
    for part in _chunks(updates):
        connection.execute(
            change,
            [{f"key_{k}": row[k] for k in keys} | {f"new_{n}": row[n] for n in rest} for row in part],
        )
    for part in _chunks(gone):
        connection.execute(
            table.delete().where(matches),
            [{f"key_{name}": value for name, value in zip(keys, key, strict=True)} for key in part],
        )
    return len(inserts), len(updates), len(gone)


def _chunks(rows: list[Any]) -> Iterable[list[Any]]:
    return (rows[start : start + _CHUNK] for start in range(0, len(rows), _CHUNK))
