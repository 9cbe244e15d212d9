"""What a build leaves for publishing: one Parquet file for each table, named by ``data/app/current.json``.

The files of a build stand in a folder of their own; the JSON is replaced last, in one step, so that whoever
reads it sees one whole build. Older folders are removed by the build after.
"""

from __future__ import annotations

import json
import os
import shutil
import uuid
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from mallard import days
from mallard.catalog import CatalogTable, published_tables
from mallard.errors import BuildError
from mallard.settings import Settings
from mallard.warehouse.engine import Engine

CURRENT = "current.json"


def export(settings: Settings, engine: Engine, first: date, last: date) -> dict[str, Any]:
    """Write every published table and switch current.json to them; returns what it now says."""
    folder = settings.path("data/app")
    before = current(settings)
    build_id = f"{days.now():%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:8]}"
    (folder / build_id).mkdir(parents=True)
    rows = {
        name: _write(engine, table, folder / build_id / f"{name}.parquet")
        for name, table in exported_tables(settings).items()
    }
    told = {
        "build_id": build_id,
        "built_at": days.now().isoformat(),
        "first_day": first.isoformat(),
        "last_day": last.isoformat(),
        "engine": engine.name,
        "tables": rows,
    }
    _replace(folder / CURRENT, json.dumps(told, indent=2))
    _sweep(folder, {build_id, str((before or {}).get("build_id"))})
    return told


def _write(engine: Engine, table: CatalogTable, path: Path) -> int:
    try:
        return engine.export(table, path)
    except BuildError as failed:
        raise BuildError(
            f"{table.name} cannot be exported as its YAML describes it. {failed.what}",
            "Compare the columns and types with those that its SQL gives.",
        ) from failed


def exported_tables(settings: Settings) -> Mapping[str, CatalogTable]:
    """The tables that are published, the shop's own among them."""
    return published_tables(settings.path(settings.warehouse.models))


def current(settings: Settings) -> dict[str, Any] | None:
    """What the last whole build exported; None before the first, and where it is damaged or incomplete."""
    path = settings.path("data/app") / CURRENT
    try:
        told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        folder = path.parent / told["build_id"]
        there = all((folder / f"{name}.parquet").exists() for name in told["tables"])
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return told if there else None


def _replace(path: Path, text: str) -> None:
    aside = path.with_suffix(".new")
    with aside.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)


def remove_older(settings: Settings) -> None:
    """Remove every build's files but those of the last one: somebody who was forgotten may stand in them."""
    told = current(settings)
    if told is not None:
        _sweep(settings.path("data/app"), {told["build_id"]})


def _sweep(folder: Path, keep: set[str]) -> None:
    """Remove the builds before the last: whoever reads that one while this ends still can."""
    for path in folder.iterdir():
        if path.is_dir() and path.name not in keep:
            shutil.rmtree(path, ignore_errors=True)
