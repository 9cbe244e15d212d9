"""What the serving database holds: its column types, its tables, and the one that says which build they are.

``mallard_publication`` is switched together with the tables it names.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from mallard.catalog import CatalogTable
from mallard.errors import PublishError


class Exact(sa.TypeDecorator[Decimal]):
    """DECIMAL that comes back as the very number that was written, on every database.

    SQLite keeps decimals as 8-byte floats (NUMERIC affinity), which hold up to 15 digits: rounding to the
    declared scale gives the number back. Publishing refuses what would not fit.
    """

    impl = sa.Numeric
    cache_ok = True

    def __init__(self, precision: int, scale: int) -> None:
        super().__init__(precision=precision, scale=scale)
        self.precision, self.scale = precision, scale
        self.unit = Decimal(1).scaleb(-scale)

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        if dialect.name == "sqlite":
            return sa.Numeric(self.precision, self.scale, asdecimal=False)
        return sa.Numeric(self.precision, self.scale, asdecimal=True)

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> Decimal | None:
        return None if value is None else Decimal(str(value)).quantize(self.unit)


class Instant(sa.TypeDecorator[datetime]):
    """A moment in UTC with microseconds."""

    impl = sa.DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        if dialect.name == "mysql":
            from sqlalchemy.dialects.mysql import DATETIME

            return DATETIME(fsp=6)
        return sa.DateTime(timezone=dialect.name == "postgresql")

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        moment = value.astimezone(UTC)
        return moment if dialect.name == "postgresql" else moment.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


_PLAIN: dict[str, type[sa.types.TypeEngine[Any]]] = {
    "date": sa.Date,
    "timestamp": Instant,
    "bigint": sa.BigInteger,
    "double": sa.Double,
    "boolean": sa.Boolean,
    "string": sa.Text,
}


def column_type(declared: str) -> sa.types.TypeEngine[Any]:
    """The SQLAlchemy type of a catalogue type."""
    found = re.fullmatch(r"decimal\((\d+),\s*(\d+)\)", declared)
    if found:
        return Exact(int(found.group(1)), int(found.group(2)))
    if declared not in _PLAIN:
        raise PublishError(
            f"The catalogue declares the type '{declared}', which cannot be published.",
            f"Use one of {', '.join(sorted(_PLAIN))} or decimal(p,s) in the model's YAML.",
        )
    return _PLAIN[declared]()


def readable(table: CatalogTable) -> sa.TableClause:
    """A published table for use in queries; every name is quoted, so a column may be called 'rank'."""
    columns = [sa.column(sa.sql.quoted_name(c.name, quote=True), column_type(c.type)) for c in table.columns]
    return sa.table(table.name, *columns)


publication = sa.Table(
    "mallard_publication",
    sa.MetaData(),
    sa.Column("table_name", sa.String(64), primary_key=True, comment="A published table."),
    sa.Column("row_count", sa.BigInteger, nullable=False, comment="Its rows."),
    sa.Column("build_id", sa.String(64), nullable=False, comment="The build all tables come from."),
    sa.Column("built_at", Instant, nullable=False, comment="When that build ended."),
    sa.Column("published_at", Instant, nullable=False, comment="When the tables were switched."),
    sa.Column("first_day", sa.Date, nullable=False, comment="First business day of the warehouse."),
    sa.Column("last_day", sa.Date, nullable=False, comment="Its last."),
    sa.Column("engine", sa.String(16), nullable=False, comment="Engine that built it: duckdb or spark."),
    sa.Column("shop", sa.Text, nullable=False, comment="The shop's name."),
    sa.Column("currency", sa.String(16), nullable=False, comment="ISO 4217 code of every amount."),
    sa.Column("timezone", sa.String(64), nullable=False, comment="Zone of the business days."),
    comment="Which build the published tables hold; one row for each of them.",
)


@dataclass(frozen=True)
class Publication:
    """What the serving database holds. tables: name → rows."""

    build_id: str
    built_at: datetime
    published_at: datetime
    first_day: date
    last_day: date
    engine: str
    shop: str
    currency: str
    timezone: str
    tables: dict[str, int]


def published(connection: sa.Connection) -> Publication | None:
    """What is published at this moment; None where nothing ever was."""
    if not sa.inspect(connection).has_table(publication.name):
        return None
    rows = connection.execute(sa.select(publication)).mappings().all()
    if not rows:
        return None
    shared = {k: rows[0][k] for k in Publication.__dataclass_fields__ if k != "tables"}
    return Publication(**shared, tables={row["table_name"]: row["row_count"] for row in rows})
