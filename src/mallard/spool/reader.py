"""Reading the durable log, while it is being written and after."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mallard.errors import SpoolError
from mallard.spool import frame
from mallard.spool.record import Record

_NAME = re.compile(r"(?P<name>(?P<node>[a-z0-9]+)-(?P<worker>\d+)-(?P<number>\d{10}))\.(?P<kind>open|seg)")


LANDED = "spool.landed"
"""Name of the remembered value in which a landing leaves how far it came: segment name → byte behind the
last one landed. For those who watch; the lake itself says what it holds."""

_GLANCE = 64 << 10
_WINDOW = 4 << 20


class DamageError(SpoolError):
    """Bytes of a segment that are no record although records or the end of the segment follow.

    offset: where the damage starts; resume: where reading can go on (the next sound record, or the end).
    """

    def __init__(self, path: Path, offset: int, resume: int) -> None:
        super().__init__(
            f"The spool segment {path} is damaged from byte {offset} to byte {resume}.",
            "Check the disk; what can be read around the damage is kept.",
        )
        self.path = path
        self.offset = offset
        self.resume = resume


@dataclass(frozen=True)
class Segment:
    """One file of the log. ``name`` stays the same when the file is sealed and its path changes."""

    path: Path
    name: str
    node: str
    worker: int
    number: int
    sealed: bool

    def content(self, start: int = 0, most: int = -1) -> bytes:
        """The bytes from an offset on, at most so many; also after the segment was sealed meanwhile."""
        for path in (self.path, self.path.with_suffix(".seg")):
            try:
                with path.open("rb") as file:
                    file.seek(start)
                    return file.read(most)
            except FileNotFoundError:
                continue
            except OSError as broken:
                raise SpoolError(f"The spool segment {path} cannot be read: {broken}.") from broken
        raise SpoolError(f"The spool segment {self.path} is gone.", "Was the spool folder cleared by hand?")

    def size(self) -> int:
        """Its length in bytes; 0 where it is gone."""
        for path in (self.path, self.path.with_suffix(".seg")):
            with contextlib.suppress(FileNotFoundError):
                return path.stat().st_size
        return 0


def segments(folder: Path) -> list[Segment]:
    """The segments of a spool by node, worker and number; none where the folder does not exist."""
    found: dict[str, Segment] = {}
    try:
        paths = sorted(folder.iterdir())  # .open before .seg: a name seen twice while renamed is sealed
    except FileNotFoundError:
        return []
    except OSError as broken:
        raise SpoolError(f"The spool folder {folder} cannot be read: {broken}.") from broken
    for path in paths:
        segment = parse(path)
        if segment is not None:
            found[segment.name] = segment
    return sorted(found.values(), key=lambda one: (one.node, one.worker, one.number))


def parse(path: Path) -> Segment | None:
    """The segment a path names, or None where it is something else."""
    named = _NAME.fullmatch(path.name)
    if named is None:
        return None
    return Segment(
        path=path,
        name=named["name"],
        node=named["node"],
        worker=int(named["worker"]),
        number=int(named["number"]),
        sealed=named["kind"] == "seg",
    )


def read(segment: Segment, start: int = 0) -> Iterator[tuple[int, int, Record]]:
    """(offset, next offset, record) from an offset that an earlier read gave, or from the beginning.

    The end of what a live segment holds so far simply ends the iteration, a half-written record included.
    Damage raises :class:`DamageError` after the records before it; read on from its ``resume``.
    An offset behind the end yields nothing: power loss may take bytes that were read but never acknowledged.
    """
    window = _Window(segment, start)
    at = 0
    if start == 0:
        if segment.sealed and window.data and not window.data.startswith(frame.HEADER):
            raise DamageError(segment.path, 0, _resume(segment.content(), 0))
        at = len(frame.HEADER)
    while at < len(window.data) or not window.is_last:
        found = frame.decode(window.data, at)
        if found is not None:
            end, record = found
            yield window.start + at, window.start + end, record
            at = end
        elif not window.is_last:  # the frame may go on behind the window
            window.move(at)
            at = 0
        else:
            resume = _resume(window.data, at)
            if segment.sealed or resume < len(window.data):
                raise DamageError(segment.path, window.start + at, window.start + resume)
            return


class _Window:
    """Some of a segment's bytes; short pieces, so that memory is used again instead of asked for anew.

    data: the bytes from ``start`` on; is_last: whether they reach to the end of the segment.
    """

    def __init__(self, segment: Segment, start: int) -> None:
        self._segment = segment
        self._load(start, _WINDOW)

    def move(self, at: int) -> None:
        """Go on at a place of ``data``; where it is the first, with twice as many bytes."""
        self._load(self.start + at, _WINDOW if at else 2 * len(self.data))

    def _load(self, start: int, most: int) -> None:
        self.start = start
        self.data = self._segment.content(start, most)
        self.is_last = len(self.data) < most


def first(segment: Segment, start: int = 0) -> Record | None:
    """The first record from an offset on, without reading the whole segment; None where there is none yet."""
    start = max(start, len(frame.HEADER))
    found = frame.decode(segment.content(start, _GLANCE), 0)
    if found is not None:
        return found[1]
    return next((record for _, _, record in read(segment, start)), None)


def _resume(data: bytes, at: int) -> int:
    after = frame.find(data, at + 1)
    return len(data) if after is None else after
