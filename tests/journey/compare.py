"""Published tables beside the true figures of the made-up shop."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from mallard import settings as file
from mallard.catalog import published_tables
from mallard.serving.connection import connect
from mallard.serving.tables import readable

Row = Mapping[str, Any]


def published_rows(project: Path, names: Iterable[str]) -> dict[str, list[Row]]:
    """The rows of published tables, with typed values."""
    catalog = published_tables()
    engine = connect(file.load(project))
    try:
        with engine.connect() as connection:
            return {
                name: [dict(row._mapping) for row in connection.execute(sa.select(readable(catalog[name])))]
                for name in names
            }
    finally:
        engine.dispose()


def differences(project: Path, true: Mapping[str, list[Row]], ignore: Iterable[str] = ()) -> list[str]:
    """Every cell that is not as it should be, every row missing or too many; ignore: ``table.column``."""
    found = published_rows(project, true)
    ignored = set(ignore)
    told: list[str] = []
    for name, rows in true.items():
        key = published_tables()[name].key
        wanted = {tuple(str(row[part]) for part in key): row for row in rows}
        got = {tuple(str(row[part]) for part in key): row for row in found[name]}
        told += [f"{name} {place}: missing" for place in wanted.keys() - got.keys()]
        told += [f"{name} {place}: too many" for place in got.keys() - wanted.keys()]
        for place in wanted.keys() & got.keys():
            for column, value in wanted[place].items():
                if got[place][column] != value and f"{name}.{column}" not in ignored:
                    told.append(f"{name} {place} {column}: {got[place][column]!r}, should be {value!r}")
    return told
