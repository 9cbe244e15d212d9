"""What a warehouse holds, for comparing two of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb

OWN = ("build_mark", "build_pending", "build_plan", "build_setting")


def contents(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every table's rows in a fixed order; what the builder keeps for itself is left out."""
    with duckdb.connect(str(path), read_only=True) as warehouse:
        warehouse.execute("set TimeZone = 'UTC'")
        names = warehouse.execute(
            "select table_name from information_schema.tables where table_type = 'BASE TABLE'"
        ).fetchall()
        found = {}
        for (name,) in sorted(names):
            if name not in OWN:
                columns = [row[0] for row in warehouse.execute(f"describe {name}").fetchall()]
                listed = ", ".join(f'"{column}"' for column in sorted(columns))
                found[name] = warehouse.execute(f"select {listed} from {name} order by all").fetchall()
        return found


def differences(
    one: dict[str, list[tuple[Any, ...]]], other: dict[str, list[tuple[Any, ...]]]
) -> dict[str, tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]]:
    """Table → the rows that only one of the two warehouses has."""
    assert one.keys() == other.keys()
    return {
        name: ([r for r in one[name] if r not in other[name]], [r for r in other[name] if r not in one[name]])
        for name in one
        if one[name] != other[name]
    }
