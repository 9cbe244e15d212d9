"""Following log files into the spool.

Every poll looks which files there are, finds out which of them are known, and takes the whole lines behind
what was read. Lines are durable in the spool before the offset moves; what the spool holds beyond the last
saved offset is found again at the start, so that a follower that was killed at any moment reads on exactly.
"""

from __future__ import annotations

import signal
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from mallard import days, reporting
from mallard.collect.logfile import Block, LogFile, blocks, present
from mallard.collect.ship import Shipper
from mallard.collect.tracking import Tracked, Tracking
from mallard.errors import UnreachableError, UsageError
from mallard.settings import Settings
from mallard.spool import DamageError, Record, Segment, SpoolFullError, SpoolWriter, read, segments

Sink = SpoolWriter | Shipper

POLL_SECONDS = 0.5
CHUNK = 4 << 20
"""Bytes read at once; they become durable together."""

_HELD = 200
"""Files that are kept open at one time."""

_ROTATING = 10
"""Looks in a row that a rotation may spoil."""


@dataclass
class FollowReport:
    """What was taken."""

    files: set[str] = field(default_factory=set)
    lines: int = 0
    bytes: int = 0

    def summary(self) -> str:
        return f"{self.lines:,} lines ({self.bytes:,} bytes) taken from {len(self.files)} files"


def follow(settings: Settings, once: bool = False) -> FollowReport:
    """Follow the files of ``follow.files`` until SIGTERM or SIGINT, or read what is there ``once``."""
    if not settings.follow.files:
        raise UsageError("There is no log file to follow.", "Name files or set follow.files in mallard.toml.")
    with _sink(settings) as writer, _stopping() as stop:
        follower = _Follower(settings, _tracked(settings), writer, stop, patient=not once)
        while True:
            taken = follower.poll()
            if not follower.present:
                follower.miss(once)
            if once or stop.is_set() or (not taken and stop.wait(POLL_SECONDS)):
                break
        follower.close()
    return follower.report


@contextmanager
def _sink(settings: Settings) -> Iterator[Sink]:
    """Where lines go: the spool here, whose lock also keeps a second follower out, or another host."""
    node, size = settings.collect.node, settings.collect.segment_mb << 20
    with SpoolWriter(settings.spool_path, node, worker_number(settings), size) as writer:
        if settings.follow.ship_to is None:
            yield writer
            return
        shipper = Shipper(settings)
        try:
            yield shipper
        finally:
            shipper.close()


def worker_number(settings: Settings) -> int:
    """The follower's own number in the spool, far from those of the collector; one for each log name."""
    return 1000 + zlib.crc32(settings.follow.name.encode()) % 9000


def _tracked(settings: Settings) -> Tracking:
    """How far the files were read, also behind what was saved: the spool may have got more since.

    Only whoever holds the spool's lock may ask; another follower may have ended just before.
    """
    tracking = Tracking.load(settings.path(f"data/follow/{worker_number(settings)}.json"))
    for segment in _own(settings):
        for record in _sound(segment) if segment.number >= tracking.segment else ():
            name, _, start = record.origin.rpartition("@")
            known = tracking.by_id(name)
            block = Block(int(start), record.body, record.kind == "piece")
            if known is not None and block.end > known.offset:
                known.advance(block)
    return tracking


def _sound(segment: Segment) -> Iterator[Record]:
    """The records that can be read; of a spoilt stretch the landing tells."""
    start = 0
    while True:
        try:
            yield from (record for _, _, record in read(segment, start))
            return
        except DamageError as damage:
            start = damage.resume


def _own(settings: Settings) -> list[Segment]:
    mine = (settings.collect.node, worker_number(settings))
    return [one for one in segments(settings.spool_path) if (one.node, one.worker) == mine]


@dataclass
class _Follower:
    """The files at hand. held: those of the last poll, still open; gone: those whose names are no more, but
    to which somebody may still be writing."""

    settings: Settings
    tracking: Tracking
    writer: Sink
    stop: threading.Event
    patient: bool
    report: FollowReport = field(default_factory=FollowReport)
    present: bool = False
    held: dict[str, LogFile] = field(default_factory=dict)
    gone: dict[str, LogFile] = field(default_factory=dict)
    _warned: set[str] = field(default_factory=set)

    def poll(self) -> int:
        """Take what is new in all files; how many bytes."""
        for _ in range(_ROTATING):
            try:
                return self._poll()
            except FileNotFoundError:  # rotated while it was looked at: look again
                continue
        return 0

    def _poll(self) -> int:
        before = self.report.bytes
        found = present(self._patterns())
        self.tracking.is_sparing = len(found) > _HELD
        files = self._readable(found)
        self.present = bool(files)
        self._part(files)
        pairs = self.tracking.match(files, self.gone)
        if self.tracking.has_new:
            self.tracking.forget_old()
            self.tracking.save()  # before the first line of a file can be in the spool
        self._take_gone({known.id for _, known in pairs})
        self._take_all(sorted(pairs, key=lambda pair: pair[0].modified_ns))
        held = {*map(id, self.held.values()), *map(id, self.gone.values())}
        for file in files:
            if id(file) not in held:
                file.close()
        return self.report.bytes - before

    def _take_all(self, pairs: list[tuple[LogFile, Tracked]]) -> None:
        """Take what is new, of the oldest file first; the newest are held."""
        for left, (file, known) in zip(range(len(pairs), 0, -1), pairs, strict=True):
            changed, is_newest = not known.is_unchanged(file), left <= _HELD
            if is_newest and (changed or known.id not in self.held):
                self._hold(file, known)
            if changed and not self.stop.is_set():
                self._take(file, known)
            if not is_newest:
                self.tracking.release(file)

    def miss(self, once: bool) -> None:
        """There is no file: an error for somebody who waits for none, else a word."""
        what = f"No file matches {', '.join(self.settings.follow.files)}"
        if once:
            raise UsageError(
                f"{what}, or none can be read.", "Name files that exist, here or as follow.files."
            )
        self._warn(f"{what} yet; waiting for one.")

    def close(self) -> None:
        """Take what is left of files that are gone, let go of all, and save how far they were read."""
        for name, file in self.gone.items():
            self._take_rest(name, file, final=True)
        for file in (*self.held.values(), *self.gone.values()):
            file.close()
        self.tracking.forget_old()
        self.tracking.save()

    def _patterns(self) -> list[str]:
        return [str(self.settings.project / name) for name in self.settings.follow.files]

    def _readable(self, files: list[LogFile]) -> list[LogFile]:
        """The files that can be opened; of the others the user is told once."""
        good = []
        for file, is_unchanged in zip(files, self.tracking.is_unchanged(files), strict=True):
            try:
                if not is_unchanged:
                    file.read(0, 1)
                    self.tracking.release(file)
                good.append(file)
            except FileNotFoundError:
                raise
            except OSError as broken:
                self._warn(f"{file.path} is not followed: {broken.strerror}.")
        return good

    def _warn(self, message: str) -> None:
        """Say something once."""
        if message not in self._warned:
            reporting.warn(message)
        self._warned.add(message)

    def _take(self, file: LogFile, known: Tracked, final: bool = False) -> None:
        """Put the lines behind the offset into the spool, and note that. final: nothing will follow."""
        while final or not self.stop.is_set():
            chunk = file.read(known.offset, CHUNK)
            if not (file.is_compressed or known.starts(file)):
                return  # begun anew since it was looked at: the chunk may be of either content
            last = (final or file.is_final) and len(chunk) < CHUNK
            found = list(blocks(chunk, known.offset, known.inside, last))
            if not found:
                break
            # what another host has kept is noted block by block
            parts = [found] if isinstance(self.writer, SpoolWriter) else [[block] for block in found]
            for part in parts:
                self._keep(file, known, part)
            self.report.files.add(known.id)
        if file.is_damaged and file.is_quiet:
            self._warn(f"{file.path} is damaged: only its first {known.offset:,} bytes could be read.")
        if file.is_final or file.size == known.offset:
            known.size, known.modified_ns = file.size, file.modified_ns

    def _keep(self, file: LogFile, known: Tracked, found: list[Block]) -> None:
        """Make blocks durable together, then note it."""
        self._append([self._record(known, block) for block in found])
        for block in found:
            known.advance(block)
            self.report.lines += block.body.count(b"\n") or 1
            self.report.bytes += len(block.body)
        known.found_at(file)
        self._save()

    def _record(self, known: Tracked, block: Block) -> Record:
        follow = self.settings.follow
        now = round(days.now().timestamp() * 1e6)
        kind = "piece" if block.is_piece else "lines"
        return Record(follow.dialect, kind, follow.name, now, block.body, origin=f"{known.id}@{block.start}")

    def _append(self, records: list[Record]) -> None:
        """Until there is room and the other host answers: log files wait."""
        while True:
            try:
                return self.writer.append(records)
            except (SpoolFullError, UnreachableError) as passing:
                if not self.patient:
                    raise
                reporting.warn(f"{passing.what} Trying again.")
                if self.stop.wait(5):
                    raise

    def _save(self) -> None:
        self.tracking.segment = max((one.number for one in _own(self.settings)), default=0)
        self.tracking.save()

    def _part(self, files: list[LogFile]) -> None:
        """Tell which of the open files have lost their names."""
        there = {(file.device, file.inode) for file in files}
        for name, file in list(self.held.items()):
            if (file.device, file.inode) not in there:
                self.gone[name] = self.held.pop(name)

    def _take_gone(self, matched: set[str]) -> None:
        """What is written to a file after its name was taken away is read from the open file, until nobody
        has written to it for a while or a copy has taken its place."""
        for name, file in list(self.gone.items()):
            file.refresh()
            if name not in matched:
                self._take_rest(name, file, final=file.is_quiet)
            if name in matched or file.is_quiet:
                self.gone.pop(name).close()

    def _take_rest(self, name: str, file: LogFile, final: bool) -> None:
        known = self.tracking.by_id(name)
        if known is not None and known.starts(file):
            self._take(file, known, final)

    def _hold(self, file: LogFile, known: Tracked) -> None:
        """Keep a file open, should it lose its name; only those that were written last."""
        file.open()
        before = self.held.pop(known.id, None)
        if before is not None:
            before.close()
        self.held[known.id] = file
        if len(self.held) > _HELD:
            self.held.pop(next(iter(self.held))).close()


@contextmanager
def _stopping() -> Iterator[threading.Event]:
    """An event that SIGTERM and SIGINT set; elsewhere than in the main thread nothing sets it."""
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return

    def ask(*_: object) -> None:
        stop.set()

    before = {number: signal.signal(number, ask) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
