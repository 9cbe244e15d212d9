"""The published tables as their YAML declares them: grain, key, columns with types and sentences.

The YAML beside each model is the one place where a table is described; the warehouse's tests, the serving
database's DDL, the dashboard and docs/metrics.md all read it through here.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from mallard.errors import SettingsError

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


def _read(folder: Path) -> dict[str, tuple[CatalogTable, bool]]:
    import yaml

    found: dict[str, tuple[CatalogTable, bool]] = {}
    for path in sorted(folder.rglob("*.yml")):
        try:
            told = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader) or {}
            for model in told.get("models", []):
                found[model["name"]] = _declared(model)
        except (yaml.YAMLError, AttributeError, KeyError, TypeError, UnicodeDecodeError) as wrong:
            said = " ".join(str(wrong).split())
            raise SettingsError(
                f"{path} does not describe models as dbt's YAML does: {type(wrong).__name__}: {said}.",
                "Compare it with the example in docs/warehouse.md.",
            ) from wrong
    return found


def _declared(model: dict[str, Any]) -> tuple[CatalogTable, bool]:
    """One entry of ``models:``, and whether it is published."""
    meta = model.get("config", {}).get("meta", {})
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
