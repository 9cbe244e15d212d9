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
from pathlib import Path

from mallard import days, reporting
from mallard.collect.logfile import Block, LogFile, blocks, present
from mallard.collect.ship import Shipper
from mallard.collect.tracking import Tracked, Tracking
from mallard.errors import UnreachableError, UsageError
from mallard.settings import Settings
from mallard.spool import Record, Segment, SpoolFullError, SpoolWriter, read, segments

Sink = SpoolWriter | Shipper

POLL_SECONDS = 0.5
CHUNK = 4 << 20
"""Bytes read at once; they become durable together."""


_HELD_SECONDS = 86_400


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
    tracking = Tracking.load(settings.path(f"data/follow/{worker_number(settings)}.json"))
    with _sink(settings, tracking) as writer:
        with _stopping() as stop:
            follower = _Follower(settings, tracking, writer, stop, patient=not once)
            while True:
                taken = follower.poll()
                if once and not follower.present:
                    raise UsageError(
                        f"No file matches {', '.join(settings.follow.files)}.",
                        "Name files that exist, here or as follow.files.",
                    )
                if once or stop.is_set() or (not taken and stop.wait(POLL_SECONDS)):
                    break
        follower.close()
    return follower.report


@contextmanager
def _sink(settings: Settings, tracking: Tracking) -> Iterator[Sink]:
    """Where lines go: the spool here, whose lock also keeps a second follower out, or another host."""
    node, size = settings.collect.node, settings.collect.segment_mb << 20
    _catch_up(settings, tracking)
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


def _catch_up(settings: Settings, tracking: Tracking) -> None:
    """Move the offsets behind what the spool got since they were saved."""
    for segment in _own(settings):
        if segment.number < tracking.segment:
            continue
        for _, _, record in read(segment):
            name, _, start = record.origin.rpartition("@")
            known = tracking.by_id(name)
            block = Block(int(start), record.body, record.kind == "piece")
            if known is not None and block.end > known.offset:
                known.advance(block)


def _own(settings: Settings) -> list[Segment]:
    mine = (settings.collect.node, worker_number(settings))
    return [one for one in segments(settings.spool_path) if (one.node, one.worker) == mine]


@dataclass
class _Follower:
    """The files at hand. held: those of the last poll, still open should they be renamed and removed."""

    settings: Settings
    tracking: Tracking
    writer: Sink
    stop: threading.Event
    patient: bool
    report: FollowReport = field(default_factory=FollowReport)
    present: bool = False
    held: dict[str, LogFile] = field(default_factory=dict)
    _warned: set[Path] = field(default_factory=set)

    def poll(self) -> int:
        """Take what is new in all files; how many bytes."""
        before = self.report.bytes
        files = self._readable(present(self._patterns()))
        self.present = bool(files)
        known_before = len(self.tracking.files)
        pairs = self.tracking.match(files)
        if len(self.tracking.files) > known_before:
            self.tracking.save()  # before the first line of a file can be in the spool
        self._drain_vanished({known.id for _, known in pairs})
        for file, known in pairs:
            if not known.is_unchanged(file) and not self.stop.is_set():
                self._take(file, known, self._is_final(file, files))
        self._hold(files, pairs)
        return self.report.bytes - before

    def close(self) -> None:
        """Let go of all files, and save how far they were read."""
        for file in self.held.values():
            file.close()
        self.tracking.forget_old()
        self.tracking.save()

    def _patterns(self) -> list[str]:
        return [str(self.settings.project / name) for name in self.settings.follow.files]

    def _readable(self, files: list[LogFile]) -> list[LogFile]:
        """The files that can be opened; of the others the user is told once."""
        good = []
        for file in files:
            try:
                if not any(known.is_unchanged(file) for known in self.tracking.files):
                    file.read(0, 1)
                good.append(file)
            except FileNotFoundError:
                continue
            except OSError as broken:
                if file.path not in self._warned:
                    reporting.warn(f"{file.path} is not followed: {broken.strerror}.")
                self._warned.add(file.path)
        return good

    def _take(self, file: LogFile, known: Tracked, final: bool) -> None:
        """Put the lines behind the offset into the spool, and note that."""
        while not self.stop.is_set():
            chunk = file.read(known.offset, CHUNK)
            last = final and len(chunk) < CHUNK
            found = list(blocks(chunk, known.offset, known.inside, last))
            if not found:
                break
            self._append([self._record(known, block) for block in found])
            for block in found:
                known.advance(block)
                self.report.lines += block.body.count(b"\n") or 1
                self.report.bytes += len(block.body)
            known.found_at(file)
            self.report.files.add(known.id)
            self._save()
        if final or file.size == known.offset:
            known.size, known.modified_ns = file.size, file.modified_ns

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

    def _is_final(self, file: LogFile, files: list[LogFile]) -> bool:
        """Whether nobody will write to a file any more."""
        rotated = any(file.is_rotated_from(other.path) for other in files)
        return file.is_compressed or (rotated and file.is_quiet)

    def _drain_vanished(self, matched: set[str]) -> None:
        """What was written to a file between the last poll and its removal is read from the open file."""
        for name, file in self.held.items():
            known = self.tracking.by_id(name)
            if known is not None and name not in matched and known.starts(file):
                self._take(file, known, final=True)

    def _hold(self, files: list[LogFile], pairs: list[tuple[LogFile, Tracked]]) -> None:
        """Keep the files that may still be written to open until the next poll."""
        oldest = (days.now().timestamp() - _HELD_SECONDS) * 1e9
        kept = {
            known.id: file for file, known in pairs if file.modified_ns > oldest and not file.is_compressed
        }
        for file in {*self.held.values(), *files} - {*kept.values()}:
            file.close()
        self.held = kept


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
