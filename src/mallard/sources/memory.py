"""What the import remembers between runs, in the project's state: cursors, numbers, what is under way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from mallard.contract import TABLES
from mallard.state import State
from mallard.storage import Storage

_SEQ, _PENDING = "source.load_seq", "source.pending"


@dataclass(frozen=True)
class TableMemory:
    """One table after its last import.

    written: number of the last import that put a file into the lake. cursor: epoch microseconds. position:
    file and byte of the binary log. mark: the fingerprint under which both are good. since_sweep: imports by
    changes since the whole was last read. columns: name → kind of each column that came.
    """

    written: int = 0
    cursor: int | None = None
    position: tuple[str, int] | None = None
    mark: str = ""
    since_sweep: int = 0
    columns: dict[str, str] = field(default_factory=dict)


class Memory:
    """Kept in the state, every table under a name of its own, and held against what the lake has."""

    def __init__(self, state: State, storage: Storage) -> None:
        self._state = state
        self._held = {root: _newest(storage, root) for root in ("ods", "quarantine")}

    def lost(self, name: str) -> bool:
        """Whether the lake no longer has what the last import wrote: it was put back from an older copy."""
        kept: dict[str, Any] = self._state.get(f"source.table.{name}") or {}
        return bool(kept.get("written", 0) > self._held["ods"][name])

    def table(self, name: str) -> TableMemory:
        """What is good of it: nothing where the lake is older than the memory."""
        kept: dict[str, Any] | None = self._state.get(f"source.table.{name}")
        if kept is None or self.lost(name):
            return TableMemory()
        position = kept.pop("position", None)
        return TableMemory(**kept, position=(position[0], position[1]) if position else None)

    def next_seq(self) -> int:
        """A number greater than any given before and any in the lake, taken for good: no two runs share one.

        State and lake are both asked, as either may have been put back from a copy.
        """
        known = (newest for held in self._held.values() for newest in held.values())
        seq = max(self._state.get(_SEQ, 0), *known) + 1
        self._state.put(_SEQ, seq)
        return int(seq)

    def announce(self, touched: Mapping[str, set[date]]) -> None:
        """Put on record which days the files that now follow will touch."""
        self._state.put(
            _PENDING, {name: sorted(day.isoformat() for day in days) for name, days in touched.items()}
        )

    def recover(self) -> None:
        """Touch what a run that died had announced: its files may be in the lake, all, some or none."""
        pending: dict[str, list[str]] = self._state.get(_PENDING) or {}
        if pending:
            self.settle({name: set(map(date.fromisoformat, days)) for name, days in pending.items()}, {})

    def settle(self, touched: Mapping[str, set[date]], tables: Mapping[str, TableMemory]) -> None:
        """All at once: the days are touched, the cursors move, nothing is pending."""
        with self._state.transaction():
            for name, days in touched.items():
                self._state.touch(name, days)
            for name, memory in tables.items():
                self._state.put(f"source.table.{name}", asdict(memory))
            self._state.put(_PENDING, {})


def _newest(storage: Storage, root: str) -> dict[str, int]:
    """The greatest number of an import in the names of each table's files; 0 where there are none."""
    return {
        table: max(
            (int(end) for path in storage.list(f"{root}/{table}") if (end := _number(path)).isdigit()),
            default=0,
        )
        for table in TABLES
    }


def _number(path: str) -> str:
    return path.removesuffix(".parquet").rpartition("-")[2]
