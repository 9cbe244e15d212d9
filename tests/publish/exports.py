"""Finished builds, made by hand: Parquet files and the pointer, as the warehouse leaves them."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as parquet

from mallard.catalog import CatalogColumn, CatalogTable, published_tables
from mallard.publish.export import arrow_schema
from mallard.settings import Settings

FIRST = date(2026, 1, 1)
Rows = list[dict[str, Any]]


def write_export(
    settings: Settings, build_id: str, tables: dict[str, Rows], days: int = 3, first: date = FIRST
) -> Path:
    """An export holding the given rows; catalogue tables that are not given are there and empty."""
    folder = settings.path(f"data/app/{build_id}")
    folder.mkdir(parents=True, exist_ok=True)
    catalogue = published_tables(settings.path(settings.warehouse.models))
    for name, table in catalogue.items():
        schema = arrow_schema(table)
        parquet.write_table(pa.Table.from_pylist(tables.get(name, []), schema), folder / f"{name}.parquet")
    point(settings, build_id, {name: len(tables.get(name, [])) for name in catalogue}, days, first)
    return folder


def point(
    settings: Settings, build_id: str, rows: dict[str, int], days: int = 3, first: date = FIRST
) -> None:
    """Write current.json."""
    pointer = settings.path("data/app/current.json")
    summary = {
        "build_id": build_id,
        "built_at": datetime.combine(first + timedelta(days=days), time(6, 4, 5), UTC).isoformat(),
        "first_day": first.isoformat(),
        "last_day": (first + timedelta(days=days - 1)).isoformat(),
        "engine": "duckdb",
        "tables": rows,
    }
    pointer.write_text(json.dumps(summary), encoding="utf-8")


def some_rows(table: CatalogTable, rows: int, salt: int = 0) -> Rows:
    """Rows with a unique key and values of every column's type; salt makes another build's rows differ."""
    return [{c.name: _value(c, table, row, salt) for c in table.columns} for row in range(rows)]


def full_export(settings: Settings, build_id: str, rows: int = 3, salt: int = 0) -> dict[str, Rows]:
    """An export with the same number of rows in every table of the catalogue; returns them."""
    catalogue = published_tables(settings.path(settings.warehouse.models))
    made = {name: some_rows(table, rows, salt) for name, table in catalogue.items()}
    write_export(settings, build_id, made)
    return made


def _value(column: CatalogColumn, table: CatalogTable, row: int, salt: int) -> Any:
    if column.name not in table.key and row % 3 == 2:
        return None
    if column.type == "date":
        return FIRST + timedelta(days=row)
    if column.type == "timestamp":
        return datetime(2026, 1, 1, 23, 59, 59, 123456 + row, tzinfo=UTC)
    if column.type == "bigint":
        return row + salt
    if column.type == "double":
        return row / 7
    if column.type == "boolean":
        return row % 2 == 0
    if column.type == "string":
        return f'it\'s {column.name} \\ "{row}" ünï 🦆 %s :x'
    scale = int(column.type.rstrip(")").split(",")[1])
    return Decimal(f"-{row * 1234567 + salt}.{'1' * scale}")
