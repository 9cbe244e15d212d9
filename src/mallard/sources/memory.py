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

    cursor: epoch microseconds. position: file and byte of the binary log. mark: the fingerprint under which
    both are good. since_sweep: imports by changes since the whole was last read. columns: name → kind of
    each column that came.
    """

    cursor: int | None = None
    position: tuple[str, int] | None = None
    mark: str = ""
    since_sweep: int = 0
    columns: dict[str, str] = field(default_factory=dict)


class Memory:
    """Kept in ``state``; every table under a name of its own."""

    def __init__(self, state: State) -> None:
        self._state = state

    def table(self, name: str) -> TableMemory:
        kept: dict[str, Any] | None = self._state.get(f"source.table.{name}")
        if kept is None:
            return TableMemory()
        position = kept.pop("position", None)
        return TableMemory(**kept, position=(position[0], position[1]) if position else None)

    def next_seq(self, storage: Storage) -> int:
        """A number greater than any in the lake, taken for good, so that no two runs ever share one."""
        last = self._state.get(_SEQ)
        seq = (last if last is not None else _greatest(storage)) + 1
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


def _greatest(storage: Storage) -> int:
    """The greatest number in the names of the lake's files, for a state that was lost."""
    names = [
        path for table in TABLES for root in ("ods", "quarantine") for path in storage.list(f"{root}/{table}")
    ]
    numbers = [path.removesuffix(".parquet").rsplit("-", 1)[-1] for path in names]
    return max((int(number) for number in numbers if number.isdigit()), default=0)
