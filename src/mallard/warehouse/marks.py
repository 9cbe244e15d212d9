"""What the warehouse remembers of its last build, in tables of its own: the file can be lost at any time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from mallard.warehouse.day_sets import DaySets
from mallard.warehouse.engine import Engine

MARKS = "build_mark"
PENDING = "build_pending"


@dataclass
class Marks:
    """How far the last build came (built) and, once it is done, the one under way (building).

    seq, seq_at: number and moment of the last entry heard of the log of touched days; load_seq:<table>,
    loaded:<table>: versions of the shop's tables; first_day, last_day: the warehouse's days; today: the
    shop's running day; models: their fingerprint.
    """

    built: dict[str, str] = field(default_factory=dict)
    building: dict[str, str] = field(default_factory=dict)

    def unseen(self, table: str) -> str:
        """A predicate for the versions of a shop table that no build has seen."""
        loaded = self.built.get(f"loaded:{table}", "1000-01-01")
        return f"loaded >= date '{loaded}' and load_seq > {self.built.get(f'load_seq:{table}', '-1')}"

    def advance(self, table: str, load_seq: int, loaded: date) -> None:
        """Note the newest version of a shop table that this build sees."""
        self.building[f"load_seq:{table}"] = str(load_seq)
        self.building[f"loaded:{table}"] = loaded.isoformat()


def read(engine: Engine) -> Marks | None:
    """The marks of the last build that ended well; None where none has."""
    if MARKS not in engine.tables():
        return None
    return Marks(dict(engine.query(f"select name, value from {MARKS}")))


def left_pending(engine: Engine) -> DaySets:
    """What a build set out to do that did not end."""
    found = DaySets()
    if PENDING in engine.tables():
        for name, day in engine.query(f"select name, dt from {PENDING}"):
            found.add(name, [day])
    return found


def set_out(engine: Engine, found: DaySets) -> None:
    """Remember what is about to be done until it is."""
    rows = [(name, day) for name, days in found.days.items() for day in sorted(days)]
    engine.write(PENDING, {"name": "string", "dt": "date"}, rows)


def arrive(engine: Engine, marks: Marks, values: Mapping[str, str]) -> None:
    """Note that the build is done."""
    rows = {**marks.built, **marks.building, **values}
    engine.write(MARKS, {"name": "string", "value": "string"}, sorted(rows.items()))
    engine.write(PENDING, {"name": "string", "dt": "date"}, [])
