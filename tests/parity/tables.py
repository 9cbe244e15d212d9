"""Tables of two warehouses, compared row by row whatever their engines."""

from __future__ import annotations

from typing import Any

import duckdb
import pyarrow as pa

from mallard.settings import Settings
from mallard.warehouse import project
from mallard.warehouse.models import declared
from mallard.warehouse.spark_session import spark_session


def of_duckdb(settings: Settings) -> dict[str, pa.Table]:
    """Every table of the DuckDB warehouse that a model makes."""
    with duckdb.connect(str(settings.warehouse_path), read_only=True) as warehouse:
        warehouse.execute("set TimeZone = 'UTC'")
        return {name: warehouse.sql(f"from {name}").to_arrow_table() for name in _names()}


def of_spark(settings: Settings) -> dict[str, pa.Table]:
    """Every table of the Spark warehouse that a model makes."""
    session = spark_session(settings)
    try:
        return {name: session.table(name).toArrow() for name in _names()}
    finally:
        session.stop()


def _names() -> list[str]:
    models = declared([project.PROJECT / "models"])
    return sorted(name for name, model in models.items() if model.kind != "view")


def differences(one: dict[str, pa.Table], other: dict[str, pa.Table]) -> dict[str, Any]:
    """Table → rows that only one of the two has (some of them), or columns that differ."""
    assert one.keys() == other.keys()
    found: dict[str, Any] = {}
    with duckdb.connect() as compare:
        compare.execute("set TimeZone = 'UTC'")
        for name in one:
            columns = sorted(one[name].column_names)
            if columns != sorted(other[name].column_names):
                found[name] = sorted(set(columns) ^ set(other[name].column_names))
                continue
            compare.register("one", one[name])
            compare.register("other", other[name])
            listed = ", ".join(f'"{column}"' for column in columns)
            sides = {
                side: compare.execute(
                    f"select {listed} from {side} except all select {listed} from {against} limit 3"
                ).fetchall()
                for side, against in (("one", "other"), ("other", "one"))
            }
            if any(sides.values()):
                found[name] = sides
    return found
