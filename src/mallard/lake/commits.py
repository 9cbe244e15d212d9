"""The lake's own account of what was written into it: the commit log of ``ods/event``.

Every change of the events is one commit, a small JSON file under ``ods/event/_commits/<stream>/``: which
ranges of the spool it took, and how many rows it added to (or took from) which days. A stream is one spool;
only its own project writes its commits. Old commits are folded into a checkpoint, so that reading the log
stays cheap.

A change goes: note what is begun, put the new files, commit, remove the files they replace, take the note
away. Whoever dies on the way leaves the note, and :func:`settle` makes good: behind a commit the rest is
done, before it a landing is done again under the same number and anything else is undone.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

import msgspec

from mallard.errors import StorageError
from mallard.storage import Storage

FOLDER = "ods/event/_commits"
FOLD_AFTER = 64
"""Commits that may stand beside a checkpoint before they are folded into it."""

_FILE = re.compile(rf"{FOLDER}/(?P<stream>[^/]+)/(?P<seq>\d+)\.(?P<kind>json|begun|checkpoint)")

T = TypeVar("T")

Ranges = dict[str, tuple[int, int]]
"""Segment name → first byte taken, and the byte behind the last."""


class Commit(msgspec.Struct, frozen=True, omit_defaults=True):
    """One change. days: rows by business day of the event; arrivals and set_aside: landed and quarantined
    rows by business day of received_at. Counts are negative where rows were taken away."""

    seq: int
    work: str
    at: str
    ranges: Ranges = {}
    days: dict[str, int] = {}
    arrivals: dict[str, int] = {}
    set_aside: dict[str, int] = {}
    received: int = 0
    landed: int = 0
    quarantined: int = 0


class Begun(msgspec.Struct, frozen=True, omit_defaults=True):
    """A change that is about to write: a landing of ranges, or files that replace others."""

    seq: int
    ranges: Ranges = {}
    add: list[str] = []
    remove: list[str] = []


class History(msgspec.Struct):
    """All commits of a stream up to seq, added up.

    positions: byte behind the last one landed of each segment. days, set_aside: rows in the lake.
    touched: last commit that changed a day, by subject.
    """

    seq: int = 0
    commits: int = 0
    positions: dict[str, int] = {}
    days: dict[str, int] = {}
    set_aside: dict[str, int] = {}
    touched: dict[str, dict[str, int]] = {}
    received: int = 0
    landed: int = 0
    quarantined: int = 0

    def add(self, commit: Commit) -> None:
        """Take one more commit in."""
        self.seq = commit.seq
        self.commits += 1
        self.positions |= {name: end for name, (_, end) in commit.ranges.items()}
        self.days = _sum(self.days, commit.days)
        self.set_aside = _sum(self.set_aside, commit.set_aside)
        for subject, days in (
            ("event", {*commit.days, *commit.arrivals}),
            ("quarantine", {*commit.set_aside}),
        ):
            self.touched.setdefault(subject, {}).update(dict.fromkeys(days, commit.seq))
        self.received += commit.received
        self.landed += commit.landed
        self.quarantined += commit.quarantined


@dataclass(frozen=True)
class Stream:
    """What the log says about one stream.

    begun: changes without a commit; unfinished: those with one, not cleared away; spent: files that a
    checkpoint replaces.
    """

    history: History = field(default_factory=History)
    unfolded: int = 0
    begun: list[Begun] = field(default_factory=list)
    unfinished: list[Begun] = field(default_factory=list)
    spent: list[str] = field(default_factory=list)


def read(storage: Storage) -> dict[str, Stream]:
    """Every stream of the lake by name."""
    files: dict[str, dict[str, dict[int, str]]] = {}
    for path in storage.list(FOLDER):
        named = _FILE.fullmatch(path)
        if named is not None:
            kinds = files.setdefault(named["stream"], {"json": {}, "begun": {}, "checkpoint": {}})
            kinds[named["kind"]][int(named["seq"])] = path
    return {stream: _stream(storage, kinds) for stream, kinds in files.items()}


def _stream(storage: Storage, files: Mapping[str, Mapping[int, str]]) -> Stream:
    folded = max(files["checkpoint"], default=0)
    history = _load(storage, files["checkpoint"][folded], History) if folded else History()
    newer = sorted(seq for seq in files["json"] if seq > folded)
    for seq in newer:
        history.add(_load(storage, files["json"][seq], Commit))
    spent = [
        *(path for seq, path in files["checkpoint"].items() if seq < folded),
        *(path for seq, path in files["json"].items() if seq <= folded),
    ]
    noted = {seq: _load(storage, path, Begun) for seq, path in sorted(files["begun"].items())}
    done = {seq for seq in noted if seq <= folded or seq in files["json"]}
    return Stream(
        history,
        len(newer),
        begun=[noted[seq] for seq in noted if seq not in done],
        unfinished=[noted[seq] for seq in done],
        spent=spent,
    )


def next_seq(streams: Iterable[Stream]) -> int:
    """A number above all that were given before, in any stream."""
    given = [0]
    for stream in streams:
        given += [stream.history.seq, *(begun.seq for begun in stream.begun)]
    return max(given) + 1


def begin(storage: Storage, stream: str, begun: Begun) -> None:
    """Note what a change is about to write."""
    storage.write_bytes(_path(stream, begun.seq, "begun"), msgspec.json.encode(begun))


def commit(storage: Storage, stream: str, begun: Begun, done: Commit) -> None:
    """Make a change count, then clear away what it replaces. From here on it is never done again."""
    storage.write_bytes(_path(stream, done.seq, "json"), msgspec.json.encode(done))
    _clear(storage, stream, begun.seq, begun.remove)


def settle(storage: Storage, stream: str, found: Stream) -> list[Begun]:
    """Make good what died on the way; the landings that have to be done again are left to the caller.

    found: what the log says about the stream.
    """
    for begun in found.unfinished:
        _clear(storage, stream, begun.seq, begun.remove)
    for begun in found.begun:
        if not begun.ranges:
            _clear(storage, stream, begun.seq, begun.add)
    return [begun for begun in found.begun if begun.ranges]


def _clear(storage: Storage, stream: str, seq: int, files: Iterable[str]) -> None:
    """Remove files, then the note that told of them."""
    for path in files:
        storage.delete(path)
    storage.delete(_path(stream, seq, "begun"))


def fold(storage: Storage, stream: str, kept: Iterable[str]) -> None:
    """Put the commits of a stream into one checkpoint once there are many; clear away what it replaces.

    kept: the segments that may still be read; positions of others are forgotten.
    """
    found = read(storage).get(stream)
    if found is None:
        return
    if found.unfolded > FOLD_AFTER:
        history = found.history
        history.positions = {name: history.positions[name] for name in kept if name in history.positions}
        storage.write_bytes(_path(stream, history.seq, "checkpoint"), msgspec.json.encode(history))
        found = read(storage)[stream]
    for path in found.spent:
        storage.delete(path)


def _path(stream: str, seq: int, kind: str) -> str:
    return f"{FOLDER}/{stream}/{seq:012d}.{kind}"


def _load(storage: Storage, path: str, shape: type[T]) -> T:
    try:
        return msgspec.json.decode(storage.read_bytes(path), type=shape)
    except msgspec.MsgspecError as broken:
        raise StorageError(
            f"The commit {storage.url(path)} cannot be read: {broken}.", "Restore it from a backup."
        ) from broken


def _sum(left: Mapping[str, int], right: Mapping[str, int]) -> dict[str, int]:
    total = Counter(left)
    total.update(right)
    return dict(total)
