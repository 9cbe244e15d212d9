"""Reading a log file, plain or gzipped, as blocks of whole lines with their byte offsets."""

from __future__ import annotations

import gzip
import hashlib
import os
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from glob import glob
from pathlib import Path
from typing import BinaryIO, cast

from mallard import days

BLOCK = 256 << 10
"""Largest block of lines, and longest line: a longer one is taken in pieces, as no event."""

PRINT = 1024
"""Bytes that a fingerprint looks at."""

QUIET_SECONDS = 60
"""A rotated file that was not written for so long gets no more."""

_COMPARED = 64 << 10


@dataclass(frozen=True)
class Fingerprint:
    """Checksum of a stretch of a file."""

    start: int
    length: int
    checksum: str

    @classmethod
    def of(cls, start: int, data: bytes) -> Fingerprint:
        return cls(start, len(data), hashlib.blake2b(data, digest_size=16).hexdigest())


@dataclass(frozen=True)
class Block:
    """Whole lines, or a piece of a line that is longer than a block. start: its offset in the file."""

    start: int
    body: bytes
    is_piece: bool = False

    @property
    def end(self) -> int:
        return self.start + len(self.body)


@dataclass(frozen=True)
class LogFile:
    """A log file as it stands now. What is gzipped, whatever its name, reads as what it was before."""

    path: Path
    device: int
    inode: int
    size: int
    modified_ns: int

    @classmethod
    def at(cls, path: Path) -> LogFile:
        status = path.stat()
        return cls(path, status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)

    @cached_property
    def _file(self) -> BinaryIO:
        file = self.path.open("rb")
        magic = file.read(2)
        file.seek(0)
        return cast(BinaryIO, gzip.GzipFile(fileobj=file)) if magic == b"\x1f\x8b" else file

    @property
    def is_compressed(self) -> bool:
        return isinstance(self._file, gzip.GzipFile)

    def read(self, start: int, length: int) -> bytes:
        """Up to ``length`` bytes from an offset; less at the end, or where compressing is still under way."""
        try:
            self._file.seek(start)
            return self._file.read(length)
        except (EOFError, gzip.BadGzipFile, zlib.error):
            return b""

    def has(self, print_: Fingerprint) -> bool:
        """Whether the file has just these bytes there."""
        return print_ == Fingerprint.of(print_.start, self.read(print_.start, print_.length))

    def first_line(self) -> bytes:
        """The first line with its end, or as much as a fingerprint looks at; empty while there is none."""
        head = self.read(0, PRINT)
        line = head[: head.find(b"\n") + 1]
        return line if line or len(head) < PRINT else head

    def is_copy_of(self, other: LogFile) -> bool:
        """Whether this may be a copy of another file, perhaps half made.

        Little content may be equal by chance: then only a young file is taken for a copy being made.
        """
        mine, theirs = self.read(0, _COMPARED), other.read(0, _COMPARED)
        shorter = min(len(mine), len(theirs))
        return mine[:shorter] == theirs[:shorter] and (shorter >= PRINT or not self.is_quiet)

    @property
    def is_quiet(self) -> bool:
        """Whether nobody has written to the file for so long that nobody will."""
        return days.now().timestamp() - self.modified_ns / 1e9 > QUIET_SECONDS

    def is_rotated_from(self, other: Path) -> bool:
        """Whether the name is another's with something behind it, as rotation and compression give."""
        rest = self.path.name.removeprefix(other.name)
        return self.path.parent == other.parent and rest != self.path.name and rest[:1] in (".", "-")

    def close(self) -> None:
        if "_file" in self.__dict__:
            self._file.close()


def present(patterns: Iterable[str]) -> list[LogFile]:
    """The files that patterns name, and beside them what rotation has made of them; the oldest first."""
    found: dict[tuple[int, int], LogFile] = {}
    for path in sorted({Path(name) for pattern in patterns for name in _names(pattern)}):
        try:
            file = LogFile.at(path)
        except OSError:  # rotated away since it was listed, or a link to nothing
            continue
        if path.is_file():
            found.setdefault((file.device, file.inode), file)  # a link adds nothing
    return sorted(found.values(), key=lambda file: (file.modified_ns, file.path))


def _names(pattern: str) -> list[str]:
    """Absolute patterns with wildcards anywhere are beyond Path.glob."""
    return [*glob(pattern), *glob(f"{pattern}.*"), *glob(f"{pattern}-*")]  # noqa: PTH207


def blocks(chunk: bytes, start: int, inside: bool, last: bool) -> Iterator[Block]:
    """The blocks of a chunk that starts at an offset; a partial last line is left for the next time.

    inside: the chunk starts within a line that is taken in pieces. last: nothing follows the chunk any more,
    so that a last line without an end is a line.
    """
    at = 0
    while at < len(chunk):
        end = _cut(chunk, at, inside, last)
        if end <= at:
            return
        body = chunk[at:end]
        ended = body.endswith(b"\n")
        is_piece = inside or (not ended and len(body) == BLOCK)
        yield Block(start + at, body, is_piece)
        inside = is_piece and not ended
        at = end


def _cut(chunk: bytes, at: int, inside: bool, last: bool) -> int:
    """Where the block that starts at ``at`` ends; ``at`` where it must wait for more."""
    reach = min(at + BLOCK, len(chunk))
    end = (chunk.find(b"\n", at, reach) if inside else chunk.rfind(b"\n", at, reach)) + 1
    if end > at:
        return end
    return reach if inside or last or reach - at == BLOCK else at


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
