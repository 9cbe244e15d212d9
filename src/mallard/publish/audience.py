"""Audiences for tools that write to people: who has just been lost, as a file they take in.

The list comes from the published ``app_churned_user_list``, which names a person once for each lapse; sending
it every day therefore never sends anybody the same push twice.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

import sqlalchemy as sa

from mallard.catalog import CatalogTable, published_tables
from mallard.errors import PublishError, UsageError
from mallard.serving.connection import absent, connect, explain
from mallard.serving.sheet import csv_lines
from mallard.serving.tables import published, readable
from mallard.settings import Settings

TABLE = "app_churned_user_list"
NOTHING = (f"{TABLE} has not been published yet.", "Run 'mallard run' first.")
Form = Literal["csv", "jsonl"]


@dataclass(frozen=True)
class AudienceReport:
    """What was written: day of the list, people in it, and where to."""

    day: date
    people: int
    path: Path


def churned(settings: Settings, path: Path, day: date | None = None, form: Form = "csv") -> AudienceReport:
    """Write the people whose lapse reached seven days on a day.

    day: the newest published one, if not given. form: 'csv' (guarded against formulas) or 'jsonl' (one JSON
    object a line, for webhooks). The file appears whole or not at all.
    """
    table = published_tables()[TABLE]
    engine = connect(settings)
    if absent(engine):
        raise PublishError(*NOTHING)
    try:
        with engine.connect() as connection:
            day, rows = _rows(connection, table, day)
    except sa.exc.SQLAlchemyError as failed:
        raise explain(failed, engine) from failed
    finally:
        engine.dispose()
    names = [column.name for column in table.columns]
    _write(path, csv_lines(names, rows) if form == "csv" else _json_lines(rows))
    return AudienceReport(day, len(rows), path)


def _rows(
    connection: sa.Connection, table: CatalogTable, day: date | None
) -> tuple[date, list[dict[str, Any]]]:
    held = published(connection)
    if held is None or TABLE not in held.tables:
        raise PublishError(*NOTHING)
    day = day or held.last_day
    if not held.first_day <= day <= held.last_day:
        raise UsageError(
            f"{day} is not published.", f"Choose a day from {held.first_day} to {held.last_day}."
        )
    source = readable(table)
    query = sa.select(source).where(source.c.dt == day).order_by(source.c.person_id)
    return day, [dict(row) for row in connection.execute(query).mappings()]


def _json_lines(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    for row in rows:
        yield json.dumps(row, ensure_ascii=False, default=str) + "\n"


def _write(path: Path, lines: Iterable[str]) -> None:
    """Whole or not at all: a tool that watches the folder never takes half a list."""
    part = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("w", encoding="utf-8", newline="") as file:
            file.writelines(lines)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as broken:
        raise PublishError(f"{path} cannot be written ({broken.strerror}).", "Name another file.") from broken
