"""Writing the durable log: what ``append`` has returned for survives kill -9 and power loss."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from mallard import days
from mallard.errors import LockedError, SpoolError
from mallard.spool import frame
from mallard.spool.reader import Segment, segments
from mallard.spool.record import Record

_NO_SPACE = (errno.ENOSPC, errno.EDQUOT)


class SpoolFullError(SpoolError):
    """There is no room for a record; nothing of it was kept, and the writer works on when there is room."""

    retryable = True


@dataclass(frozen=True)
class Repair:
    """What was found in a segment that its writer never sealed. Bytes behind ``kept`` were cut."""

    segment: str
    kept: int
    cut: int


class SpoolWriter:
    """The one writer of a node's and worker's segments; a context manager that seals at the end.

    Segment files are ``<node>-<worker>-<number>.open`` while they grow and ``….seg`` when sealed. Opening
    takes a lock (LockedError where another process holds it) and repairs and seals what an earlier writer
    left behind (``repairs``). Numbers only grow, and are at least the seconds since the epoch, so that a
    number is not used again after its segment was landed and removed.
    """

    def __init__(self, folder: Path, node: str, worker: int = 0, segment_bytes: int = 64 << 20) -> None:
        self.folder = folder
        self.failure: SpoolError | None = None
        self._stem = f"{node}-{worker}"
        self._segment_bytes = segment_bytes
        self._file: int | None = None
        self._path: Path | None = None
        self._size = 0  # durable bytes of the open segment
        try:
            make_folder(folder)
            self._lock = _lock(folder / f"{self._stem}.lock")
            earlier = [one for one in segments(folder) if (one.node, one.worker) == (node, worker)]
            self.repairs = [repair(one) for one in earlier if not one.sealed]
        except OSError as broken:
            raise SpoolError(
                f"The spool folder {folder} cannot be used: {broken}.", "Check the disk and its permissions."
            ) from broken
        self._number = max((one.number for one in earlier), default=0)

    def append(self, records: Iterable[Record]) -> None:
        """Keep the records, all or none; returns when they are durable.

        SpoolFullError: no room, try again later. Any other SpoolError is final for this writer: after a
        failed fdatasync the kernel may have dropped the pages, and asking again could answer yes wrongly;
        where somebody removed the segment, its lock may be gone as well.
        """
        if self.failure is not None:
            raise self.failure
        frames = [frame.encode(record) for record in records]
        if not frames:
            return
        if self._size >= self._segment_bytes:
            self.seal()
        try:
            file = self._file if self._file is not None else self._create()
            end = self._write(file, frames)
            os.fdatasync(file)
            if os.fstat(file).st_nlink == 0:  # the folder was cleared by hand: what was written is nowhere
                raise FileNotFoundError(errno.ENOENT, "the segment was removed", str(self._path))
        except OSError as broken:
            raise self._fail(broken) from broken
        self._size = end

    def seal(self) -> None:
        """End the open segment, if there is one; the next record starts a new one."""
        if self.failure is not None:
            raise self.failure
        if self._file is None or self._path is None:
            return
        try:
            os.close(self._file)
            self._file = None
            self._path.rename(self._path.with_suffix(".seg"))
            sync_folder(self.folder)
        except OSError as broken:
            raise self._fail(broken) from broken
        self._path = None
        self._size = 0

    def close(self) -> None:
        """Seal and let go of the lock. After a failure nothing more is written."""
        try:
            if self.failure is None:
                self.seal()
        finally:
            if self._file is not None:
                with contextlib.suppress(OSError):  # the failure has been told already
                    os.close(self._file)
                self._file = None
            os.close(self._lock)

    def __enter__(self) -> SpoolWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _create(self) -> int:
        number = max(self._number + 1, int(days.now().timestamp()))
        path = self.folder / f"{self._stem}-{number:010d}.open"
        try:
            file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o640)
        except OSError as broken:
            raise self._full(broken) from broken
        self._number, self._path, self._file, self._size = number, path, file, 0
        sync_folder(self.folder)  # without it, power loss may take the file's name with the file
        return file

    def _write(self, file: int, frames: list[bytes]) -> int:
        """Write behind the durable bytes; the new end of the file."""
        head = frame.HEADER if self._size == 0 else b""
        data = memoryview(head + b"".join(frames))
        written = 0
        try:
            while written < len(data):
                written += os.pwrite(file, data[written:], self._size + written)
        except OSError as broken:
            full = self._full(broken)
            self._take_back(file, seen=written >= len(head) + len(frames[0]))
            raise full from broken
        return self._size + written

    def _full(self, broken: OSError) -> SpoolFullError:
        """The passing failure behind an error of the system; any other is raised again as it is."""
        if broken.errno not in _NO_SPACE:
            raise broken
        return SpoolFullError(
            f"There is no space left for the spool in {self.folder}.", "Free some space on that disk."
        )

    def _take_back(self, file: int, seen: bool) -> None:
        """Cut what did not fit. Whole frames among it may have been read already (``seen``), and their
        places must not be used for others: the segment ends here."""
        os.ftruncate(file, self._size)
        if seen:
            self.seal()

    def _fail(self, broken: OSError) -> SpoolError:
        self.failure = SpoolError(
            f"The spool in {self.folder} failed ({broken}); nothing more is accepted.",
            "Check the disk, then start the process again.",
        )
        return self.failure


def make_folder(folder: Path) -> None:
    """Create a folder and those above it so that they survive power loss.

    Somebody else may have created it, or the project's data folder above it, and not have made that durable.
    """
    missing = sum(not one.is_dir() for one in (folder, *folder.parents))
    folder.mkdir(parents=True, exist_ok=True)
    for parent in folder.parents[: max(missing, 2)]:
        sync_folder(parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def recover(folder: Path, node: str) -> list[Repair]:
    """Repair and seal what writers of this node that are gone left behind; living ones are left alone."""
    repairs = []
    for worker in sorted({one.worker for one in segments(folder) if one.node == node and not one.sealed}):
        try:
            with SpoolWriter(folder, node, worker) as writer:
                repairs += writer.repairs
        except LockedError:
            continue
    return repairs


def repair(segment: Segment) -> Repair:
    """Cut a torn tail at the last sound record and seal the segment.

    Damage with sound records behind it is no torn tail: nothing is cut, and readers report it.
    """
    data = segment.content()
    kept = _sound(data)
    if kept < len(data):
        file = os.open(segment.path, os.O_WRONLY | os.O_CLOEXEC)
        try:
            os.ftruncate(file, kept)
            os.fdatasync(file)
        finally:
            os.close(file)
    segment.path.rename(segment.path.with_suffix(".seg"))
    sync_folder(segment.path.parent)
    return Repair(segment.name, kept, len(data) - kept)


def _sound(data: bytes) -> int:
    """Length up to the end of the last sound record; 0 without any."""
    kept = 0
    at: int | None = len(frame.HEADER)
    while at is not None:
        found = frame.decode(data, at)
        if found is None:
            at = frame.find(data, at + 1)
            continue
        kept = at = found[0]
    return kept


def _lock(path: Path) -> int:
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(file)
        raise LockedError(
            f"Another process writes the spool {path.with_suffix('')}.",
            "Stop it, or give this one a collect.node of its own (a follower: a follow.name).",
        ) from None
    return file
