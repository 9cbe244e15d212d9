"""The published tables as their YAML declares them: grain, key, columns with types and sentences.

The YAML beside each model is the one place where a table is described; the warehouse's tests, the serving
database's DDL, the dashboard and docs/metrics.md all read it through here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from mallard.errors import SettingsError

_TYPES = r"date|timestamp|bigint|double|boolean|string|decimal\(\d+, ?\d+\)"
MODELS = Path(__file__).parent / "warehouse" / "dbt" / "models"


@dataclass(frozen=True)
class CatalogColumn:
    """One column.

    type is a portable SQL type: date, timestamp, bigint, double, boolean, string or decimal(p,s).
    """

    name: str
    type: str
    description: str


@dataclass(frozen=True)
class CatalogTable:
    """One table: what a row is, which columns identify it, and its columns in order."""

    name: str
    description: str
    grain: str
    key: tuple[str, ...]
    columns: tuple[CatalogColumn, ...]


def published_tables(extra: Path | None = None) -> dict[str, CatalogTable]:
    """Every table that is published: the APP layer, whatever is marked ``published``, the shop's own ones.

    extra: the folder of the shop's own models, if there is one. SettingsError where its YAML cannot be read.
    """
    own = _read(extra) if extra is not None and extra.is_dir() else {}
    return {name: table for name, (table, published) in {**_package(), **own}.items() if published}


@cache
def _package() -> dict[str, tuple[CatalogTable, bool]]:
    return _read(MODELS)


def model_entries(folder: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Every entry of ``models:`` in a folder's YAML, with its file. SettingsError where it is not read."""
    import yaml

    for path in sorted([*folder.rglob("*.yml"), *folder.rglob("*.yaml")]):
        try:
            told = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader) or {}
            for model in told.get("models") or []:
                if not isinstance(model["name"], str):
                    raise TypeError(f"the name {model['name']} is no text")
                yield path, model
        except (yaml.YAMLError, AttributeError, KeyError, TypeError, UnicodeDecodeError) as wrong:
            raise _not_described(path, wrong) from wrong


def _not_described(path: Path, wrong: Exception) -> SettingsError:
    said = " ".join(str(wrong).split())
    return SettingsError(
        f"{path} does not describe models as dbt's YAML does: {type(wrong).__name__}: {said}.",
        "Compare it with the example in docs/warehouse.md.",
    )


def _read(folder: Path) -> dict[str, tuple[CatalogTable, bool]]:
    found: dict[str, tuple[CatalogTable, bool]] = {}
    for path, model in model_entries(folder):
        try:
            table, published = found[model["name"]] = _declared(model)
        except (AttributeError, KeyError, TypeError) as wrong:
            raise _not_described(path, wrong) from wrong
        if published:
            _check(path, table)
    return found


def _check(path: Path, table: CatalogTable) -> None:
    """A published table has a key of its own columns, and types that every database knows."""
    names = [column.name for column in table.columns]
    unknown = ", ".join(name for name in table.key if name not in names)
    if not table.key or unknown:
        what = f"its key names {unknown}, no column of it" if unknown else "it has no key"
        raise SettingsError(
            f"{path}: {table.name} is to be published, but {what}.",
            f"Write key: [COLUMN, …] under meta, of: {', '.join(names)}.",
        )
    for column in table.columns:
        if re.fullmatch(_TYPES, column.type) is None:
            raise SettingsError(
                f"{path}: {table.name}.{column.name} has the type '{column.type}'.",
                "Known here: date, timestamp, bigint, double, boolean, string and decimal(p,s).",
            )


def meta_of(model: dict[str, Any]) -> dict[str, Any]:
    """What stands under ``config: meta:`` of an entry."""
    meta: dict[str, Any] = (model.get("config") or {}).get("meta") or {}
    return meta


def _declared(model: dict[str, Any]) -> tuple[CatalogTable, bool]:
    """One entry of ``models:``, and whether it is published."""
    meta = meta_of(model)
    table = CatalogTable(
        name=model["name"],
        description=model.get("description", ""),
        grain=meta.get("grain", ""),
        key=tuple(meta.get("key", ())),
        columns=tuple(
            CatalogColumn(c["name"], c["data_type"].lower(), c.get("description", ""))
            for c in model.get("columns", [])
            if "data_type" in c
        ),
    )
    return table, model["name"].startswith("app_") or bool(meta.get("published"))
