"""What Mallard remembers between runs, in one small SQLite file.

Three things: the last runs and how they ended, the log of touched business days that no build has heard of,
and named cursors; its folder also holds the lock files of :meth:`State.lease`. Everything here can be rebuilt
from the lake at the price of a full build; no event or row lives here alone.
"""

from __future__ import annotations

import fcntl
import json
import os
import sqlite3
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from mallard import days
from mallard.errors import LockedError, SettingsError, StorageError

LOST = "lost"
"""Subject of a day on which files or rows had left the lake: nothing that was built from them may stay."""

_SCHEMA = """
create table if not exists run (
    run_id text primary key, step text not null, started_at text not null, finished_at text,
    status text not null, detail text not null default '{}'
);
create table if not exists touched (
    seq integer primary key autoincrement, subject text not null, dt text not null, at text not null
);
create table if not exists cursor (name text primary key, value text not null);
"""

_RUNS_KEPT = 1_000
"""Of each step: a scheduler that runs every half minute would note four million a year."""


@dataclass(frozen=True)
class Run:
    """One run of a step. status is 'running', 'done' or 'failed'; detail is what it counted."""

    run_id: str
    step: str
    started_at: datetime
    finished_at: datetime | None
    status: str
    detail: dict[str, Any]


@dataclass(frozen=True)
class Touched:
    """A business day that a load changed. subject is 'event', a contract table or LOST; seq grows."""

    seq: int
    subject: str
    dt: date


class State:
    """The state file of one project. Safe for several processes at once."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._folder = path.parent
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
            self._db.execute("pragma journal_mode = wal")
            self._db.execute("pragma synchronous = full")
            self._db.executescript(_SCHEMA)
        except (OSError, sqlite3.OperationalError) as broken:
            raise SettingsError(
                f"The state file {path} cannot be opened: {broken}.",
                "Check that its folder can be written and that the disk has room.",
            ) from broken
        except sqlite3.DatabaseError as broken:
            raise self._damaged(broken) from broken

    def close(self) -> None:
        self._db.close()

    def __enter__(self) -> State:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _sql(self, statement: str, values: Sequence[object] = ()) -> sqlite3.Cursor:
        try:
            return self._db.execute(statement, values)
        except sqlite3.OperationalError as broken:
            raise StorageError(
                f"The state file {self._path} cannot be read or written: {broken}.",
                "Check that its folder can be written and that the disk has room.",
            ) from broken
        except sqlite3.DatabaseError as broken:
            raise self._damaged(broken) from broken

    def _damaged(self, broken: sqlite3.DatabaseError) -> Exception:
        if type(broken) is not sqlite3.DatabaseError:  # its subclasses tell of wrong calls
            return broken
        beside = " and ".join(f"{self._path.name}{end}" for end in ("-wal", "-shm"))
        return StorageError(
            f"The state file {self._path} is damaged: {broken}.",
            f"Remove it ({beside} with it, if they are there): the next 'mallard run' finds everything in the"
            " lake again.",
        )

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing for the calls made inside."""
        self._sql("begin immediate")
        try:
            yield
        except BaseException:
            if self._db.in_transaction:  # a full disk has rolled it back already
                self._sql("rollback")
            raise
        self._sql("commit")

    # runs

    @contextmanager
    def run(self, step: str) -> Iterator[dict[str, Any]]:
        """Record a run of a step; what is put into the yielded dict is kept as its detail."""
        run_id = uuid.uuid4().hex
        detail: dict[str, Any] = {}
        self._sql(
            "insert into run (run_id, step, started_at, status) values (?, ?, ?, 'running')",
            (run_id, step, _stamp()),
        )
        try:
            yield detail
        except BaseException as failure:
            if isinstance(failure, Exception):
                detail["error"] = str(failure)
            with suppress(StorageError):  # what failed is to be told, not that it cannot be noted
                self._end(run_id, "failed", detail)
            raise
        self._end(run_id, "done", detail)
        self._sql(
            "delete from run where step = ?1 and rowid <="
            " (select rowid from run where step = ?1 order by rowid desc limit 1 offset ?2)",
            (step, _RUNS_KEPT),
        )

    def _end(self, run_id: str, status: str, detail: dict[str, Any]) -> None:
        self._sql(
            "update run set finished_at = ?, status = ?, detail = ? where run_id = ?",
            (_stamp(), status, json.dumps(detail, default=str), run_id),
        )

    def runs(self, step: str | None = None, limit: int = 20) -> list[Run]:
        """The newest runs first."""
        rows = self._sql(
            "select run_id, step, started_at, finished_at, status, detail from run"
            " where ?1 is null or step = ?1 order by rowid desc limit ?2",
            (step, limit),
        )
        return [
            Run(r[0], r[1], _instant(r[2]), _instant(r[3]) if r[3] else None, r[4], json.loads(r[5]))
            for r in rows
        ]

    # touched days

    def touch(self, subject: str, touched: Iterable[date]) -> None:
        """Note that a load changed these business days of a subject."""
        at = _stamp()
        for day in sorted(set(touched)):
            self._sql(
                "insert into touched (subject, dt, at) values (?, ?, ?)", (subject, day.isoformat(), at)
            )

    def touched(self, after: int = 0) -> list[Touched]:
        """What was touched behind a sequence number, in order."""
        rows = self._sql("select seq, subject, dt from touched where seq > ? order by seq", (after,))
        return [Touched(seq, subject, date.fromisoformat(dt)) for seq, subject, dt in rows]

    def newest_touch(self) -> tuple[int, str]:
        """Number of the newest entry of the log, and its moment; (0, "") where there is none."""
        row = self._sql("select seq, at from touched order by seq desc limit 1").fetchone()
        return (row[0], row[1]) if row else (0, "")

    def holds_touch(self, seq: int, at: str) -> bool:
        """Whether this is the log that had an entry of this number and moment, and all behind it.

        A log that was lost and begun anew, or put back from a copy, gives the same numbers to other days.
        """
        if seq == 0:
            return (self._sql("select min(seq) from touched").fetchone()[0] or 1) == 1
        return self._sql("select 1 from touched where seq = ? and at = ?", (seq, at)).fetchone() is not None

    def forget_touched(self, before: int) -> None:
        """Drop what stands in front of an entry."""
        self._sql("delete from touched where seq < ?", (before,))

    # cursors

    def get(self, name: str, default: Any = None) -> Any:
        """A remembered JSON value."""
        row = self._sql("select value from cursor where name = ?", (name,)).fetchone()
        return json.loads(row[0]) if row else default

    def put(self, name: str, value: Any) -> None:
        """Remember a JSON value."""
        self._sql(
            "insert into cursor (name, value) values (?, ?)"
            " on conflict (name) do update set value = excluded.value",
            (name, json.dumps(value)),
        )

    # leases

    def is_held(self, name: str) -> bool:
        """Whether whoever took the lease last is still alive."""
        try:
            holder = (self._folder / f"{name}.lock").read_text(encoding="utf-8", errors="replace")
            os.kill(int(holder.partition(",")[0].removeprefix("process ")), 0)
        except PermissionError:
            return True  # alive, under another user
        except (OSError, ValueError, OverflowError):
            return False
        return True

    @contextmanager
    def lease(self, name: str) -> Iterator[None]:
        """Hold a name alone, among all processes of this machine; while another holds it, LockedError.

        It is the kernel's lock on a file, so that it ends with its holder, however that dies.
        """
        path = self._folder / f"{name}.lock"
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 200, 0).decode(errors="replace").strip()
            os.close(descriptor)
            raise LockedError(
                f"Another '{name}' is under way: {holder or 'just started'}.", "Wait for it, or stop it."
            ) from None
        try:
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"process {os.getpid()}, since {_stamp()}\n".encode(), 0)
            yield
        finally:
            os.close(descriptor)


def _stamp() -> str:
    return days.now().isoformat(timespec="microseconds")


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
