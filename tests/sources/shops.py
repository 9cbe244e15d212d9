"""Small shops to import from: tables with the contract's names in any database, and the lake as it came out.

What the lake holds is read here by plain SQL over its files, apart from the code under test.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import sqlalchemy as sa

from mallard.contract import TABLES
from mallard.settings import Settings, parse
from mallard.sources.load import TableReport, load
from mallard.state import State

_TYPES: dict[str, sa.types.TypeEngine[Any]] = {
    "string": sa.String(100),
    "integer": sa.BigInteger(),
    "double": sa.Double(),
    "money": sa.Numeric(18, 4),
    "boolean": sa.Boolean(),
    "date": sa.Date(),
    "instant": sa.DateTime(),
}
_SECONDS = {"mysql": "datetime(6)", "postgresql": "timestamp(6)", "sqlite": "timestamp"}


USUAL = ("customer", "product", "orders", "order_item")


@dataclass
class Shop:
    """A database of a shop, and the project that imports it."""

    url: str
    project: Path
    options: dict[str, Any]

    def __post_init__(self) -> None:
        self.engine = sa.create_engine(self.url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)

    def sql(self, *statements: str) -> None:
        """Run statements one after another."""
        with self.engine.connect() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(query)]

    def insert(self, table: str, *rows: Mapping[str, Any]) -> None:
        for row in rows:
            columns = ", ".join(row)
            values = ", ".join(f":{name}" for name in row)
            with self.engine.connect() as connection:
                connection.execute(sa.text(f"insert into {table} ({columns}) values ({values})"), dict(row))

    @property
    def settings(self) -> Settings:
        raw = {
            "shop": {"timezone": "Asia/Shanghai"},
            **{key: value for key, value in self.options.items() if key != "source"},
            "source": {"url": self.url, **self.options.get("source", {})},
        }
        return parse(raw, self.project / "mallard.toml")

    def state(self) -> State:
        return State(self.settings.state_path)

    def load(self, tables: Iterable[str] = USUAL, full: bool = False) -> dict[str, TableReport]:
        """Import some tables; the reports by table."""
        with self.state() as state:
            return {report.table: report for report in load(self.settings, state, tables, full)}

    def touched(self, table: str, after: int = 0) -> set[date]:
        with self.state() as state:
            return {touched.dt for touched in state.touched(after) if touched.subject == table}

    def last_touch(self) -> int:
        with self.state() as state:
            return max((touched.seq for touched in state.touched()), default=0)

    def files(self, prefix: str) -> list[Path]:
        return sorted((self.project / "data/lake" / prefix).rglob("*.parquet"))

    def versions(self, table: str, columns: str = "*") -> list[tuple[Any, ...]]:
        """Every version of a table in the lake, in the order of load_seq."""
        return self._query(f"ods/{table}", f"select {columns} from lake order by load_seq, {_key(table)}")

    def current(self, table: str, columns: str = "*") -> list[tuple[Any, ...]]:
        """The living rows: of each key the version with the greatest load_seq, unless it is a delete."""
        key = _key(table)
        return self._query(
            f"ods/{table}",
            f"with latest as (select {key}, max(load_seq) as load_seq from lake group by {key})"
            f" select {columns} from lake natural join latest where change = 'upsert' order by {key}",
        )

    def quarantine(self, table: str, columns: str = "reason, raw") -> list[tuple[Any, ...]]:
        return self._query(f"quarantine/{table}", f"select {columns} from lake order by all")

    def _query(self, prefix: str, sql: str) -> list[tuple[Any, ...]]:
        files = [str(path) for path in self.files(prefix)]
        if not files:
            return []
        with duckdb.connect() as db:
            db.execute("set timezone = 'UTC'")
            db.execute(f"create view lake as select * from read_parquet({files!r}, union_by_name = true)")
            return db.execute(sql).fetchall()


def _key(table: str) -> str:
    return ", ".join(TABLES[table].key)


def contract_tables(shop: Shop, *names: str) -> None:
    """Create tables with the contract's names and columns; all of them unless some are named."""
    dialect = shop.engine.dialect.name
    for table in (TABLES[name] for name in names or TABLES):
        columns = ", ".join(f"{c.name} {_sql_type(c.type, dialect)}" for c in table.columns)
        shop.sql(f"create table {table.name} ({columns})")


def _sql_type(kind: str, dialect: str) -> str:
    if kind == "instant":
        return _SECONDS[dialect]
    return _TYPES[kind].compile(dialect=sa.create_mock_engine(f"{dialect}://", lambda *_: None).dialect)


def order(order_id: str, created_at: str | datetime, **more: Any) -> dict[str, Any]:
    """A row of orders with what it needs."""
    return {
        "order_id": order_id, "created_at": created_at, "status": "created", "total_amount": "10.00",
        "updated_at": created_at, **more,
    }  # fmt: skip


def item(order_id: str, line: str, created_at: str | datetime, **more: Any) -> dict[str, Any]:
    """A row of order_item with what it needs."""
    return {
        "order_id": order_id, "order_item_id": line, "product_id": "p1", "quantity": 1, "unit_price": "5.00",
        "created_at": created_at, **more,
    }  # fmt: skip
