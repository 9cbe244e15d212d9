"""The models as their YAML declares them: what they are made of and how far a change of it reaches.

``meta.reach`` names, for each thing a model reads that can change (a set of day_sets.SETS, a shop's table, or
``clock``), which of the model's days a touched day reaches: offsets such as ``0, 1, 7`` or ``-1..0``, with an
open end ``0..`` for every later day, or ``all`` for a model that is always built whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from mallard.catalog import meta_of, model_entries
from mallard.contract import TABLES
from mallard.errors import BuildError, suggest
from mallard.warehouse.day_sets import SETS, DaySets, shifted


@dataclass(frozen=True)
class Reach:
    """Offsets from a touched day to the days of a model; an open last offset reaches to the end."""

    spans: tuple[tuple[int, int | None], ...]

    def days(self, touched: Iterable[date], last: date) -> set[date]:
        """The days reached."""
        found: set[date] = set()
        days = sorted(touched)
        for first_offset, last_offset in self.spans if days else ():
            if last_offset is None:
                found |= shifted(days[:1], first_offset, max((last - days[0]).days, first_offset))
            else:
                found |= shifted(days, first_offset, last_offset)
        return found


@dataclass(frozen=True)
class Model:
    """A model.

    reach: what it reads → the days reached; None for one that is always built whole. kind: how it is
    materialized: days, latest, table or view.
    """

    name: str
    reach: dict[str, Reach | None]
    kind: str

    def days(self, found: DaySets, last: date) -> set[date] | None:
        """The days to build; None for all of them."""
        days: set[date] = set()
        for name, reach in self.reach.items():
            touched = found.days.get(name, set())
            if reach is None:
                if name == "always" or touched or name in found.tables or (name == "clock" and found.clock):
                    return None
            else:
                days |= reach.days(touched, last)
        return days


def declared(folders: Iterable[Path]) -> dict[str, Model]:
    """Every model that has SQL, by name. One that declares no reach is always built whole.

    BuildError where a reach is not understood, a description has no SQL or a table to publish no description.
    """
    reaches: dict[str, dict[str, str]] = {}
    found: dict[str, Path] = {}
    for folder in folders:
        found.update((path.stem, path) for path in sorted(folder.rglob("*.sql")))
        for path, entry in model_entries(folder):
            reaches[entry["name"]] = meta_of(entry).get("reach") or {"always": "all"}
            if entry["name"] not in found:
                raise BuildError(
                    f"{path} describes {entry['name']}, but there is no {entry['name']}.sql.",
                    "Add it, or remove the description.",
                )
    for name, path in found.items():
        if name.startswith("app_") and name not in reaches:
            raise BuildError(
                f"{path} is to be published, but no YAML beside it describes {name}.",
                "Describe its key and columns, as the example in docs/warehouse.md does.",
            )
    return {
        name: Model(name, _reaches(name, reaches.get(name, {"always": "all"})), _kind(path))
        for name, path in found.items()
    }


def _kind(path: Path) -> str:
    found = re.search(r"materialized\s*=\s*['\"](\w+)['\"]", path.read_text(encoding="utf-8"))
    return found.group(1) if found else "days"


def _reaches(model: str, declared: dict[str, str]) -> dict[str, Reach | None]:
    known = [*SETS, *TABLES, "clock", "always"]
    for name in declared:
        if name not in known:
            raise BuildError(f"{model}: reach names '{name}', which nothing is.", suggest(name, known))
    return {name: _reach(model, text) for name, text in declared.items()}


def _reach(model: str, text: object) -> Reach | None:
    if text == "all":
        return None
    spans: list[tuple[int, int | None]] = []
    for part in str(text).split(","):
        match = re.fullmatch(r"\s*(-?\d+)(?:(\.\.)(-?\d+)?)?\s*", part)
        if match is None:
            raise BuildError(
                f"{model}: reach '{text}' is not understood.", "Write '0', '-1..0', '0..' or 'all'."
            )
        first = int(match.group(1))
        spans.append((first, int(match.group(3)) if match.group(3) else None if match.group(2) else first))
    return Reach(tuple(spans))
