"""Reading a log file, plain or compressed, as blocks of whole lines with their byte offsets."""

from __future__ import annotations

import errno
import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from glob import escape, glob
from pathlib import Path
from typing import BinaryIO

from mallard import days
from mallard.collect.expanding import DAMAGE, expanded

BLOCK = 256 << 10
"""Largest block of lines, and longest line: a longer one is taken in pieces, as no event."""

PRINT = 1024
"""Bytes that a fingerprint looks at."""

QUIET_SECONDS = 60
"""A rotated file that was not written for so long gets no more."""

_COMPARED = 64 << 10
_PIECE = 8 << 10
_NUMBERED = re.compile(
    r"(?P<stem>.+?)(\.\d{1,3}|[.-]\d{4}[-_.]?\d\d[-_.]?\d\d[-_\d]*)+\.(?P<extension>[^.]+)(\.\w+)?"
)
"""A number or a date before the extension, and perhaps that of compression behind it."""


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


@dataclass(eq=False)
class LogFile:
    """A log file as it stands now. What is compressed, whatever its name, reads as what it was before.

    is_rotated: nobody begins a new line in it. is_damaged: not all of it could be read, because it is still
    being compressed or was cut.
    """

    path: Path
    device: int
    inode: int
    size: int
    modified_ns: int
    is_rotated: bool = False
    is_damaged: bool = False
    _expanded: BinaryIO | None = None

    @classmethod
    def at(cls, path: Path) -> LogFile:
        status = path.stat()
        return cls(path, status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)

    def refresh(self) -> None:
        """Look at the open file again, wherever its name has gone."""
        status = os.fstat(self._plain.fileno())
        self.size, self.modified_ns = status.st_size, status.st_mtime_ns

    @cached_property
    def _plain(self) -> BinaryIO:
        file = self.path.open("rb")
        status = os.fstat(file.fileno())
        if (status.st_dev, status.st_ino) != (self.device, self.inode):
            file.close()
            raise FileNotFoundError(errno.ENOENT, "another file has taken the name", str(self.path))
        return file

    @property
    def is_compressed(self) -> bool:
        return self._reader() is not None

    def _reader(self) -> BinaryIO | None:
        """Of what is compressed; looked for again while there is none: a new file may have too little."""
        if self._expanded is None:
            self._expanded = expanded(self._plain)
        return self._expanded

    def read(self, start: int, length: int) -> bytes:
        """Up to ``length`` bytes from an offset; less at the end, or where a compressed file is damaged."""
        data = os.pread(self._plain.fileno(), length, start)
        reader = self._reader()
        if reader is None:
            return data
        parts: list[bytes] = []
        try:
            reader.seek(start)
            while length and (part := reader.read(min(length, _PIECE))):
                parts.append(part)
                length -= len(part)
        except DAMAGE:
            self.is_damaged = True
        return b"".join(parts)

    def has(self, print_: Fingerprint) -> bool:
        """Whether the file has just these bytes there."""
        return print_ == Fingerprint.of(print_.start, self.read(print_.start, print_.length))

    def first_line(self) -> bytes:
        """The first line with its end, or as much as a fingerprint looks at; empty while there is none."""
        head = self.read(0, PRINT)
        line = head[: head.find(b"\n") + 1]
        return line if line or (len(head) < PRINT and not self.is_final) else head

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

    @property
    def is_final(self) -> bool:
        """Whether nothing will follow what could be read."""
        if self.is_compressed and not self.is_damaged:
            return True
        return self.is_quiet and (self.is_compressed or self.is_rotated)

    def is_rotated_from(self, other: LogFile) -> bool:
        """Whether the name is another's as rotation and compression change it, in whatever folder."""
        return other.path.name in _bases(self.path.name)

    def is_archive_of(self, other: LogFile) -> bool:
        """Whether this is another file, compressed, which is about to be removed."""
        return self.path.with_suffix("") == other.path and self.is_compressed

    def close(self) -> None:
        """Let go of the file; it is opened again, under its name, when somebody reads it."""
        if self._expanded is not None:
            self._expanded.close()
            self._expanded = None
        if "_plain" in self.__dict__:
            self.__dict__.pop("_plain").close()

    def open(self) -> None:
        """Have it open, so that it can be read whatever becomes of its name."""
        self._plain.fileno()


@lru_cache(maxsize=10_000)
def _bases(name: str) -> frozenset[str]:
    """Names of which rotation may have made a name: app.log of app.log.1, app.log-20260310.gz, app.1.log and
    app-20260310.log.xz."""
    found = {name[:at] for at, char in enumerate(name) if at and char in ".-"}
    inside = _NUMBERED.fullmatch(name)
    if inside is not None:
        found.add(f"{inside['stem']}.{inside['extension']}")
    return frozenset(found)


def present(patterns: Iterable[str]) -> list[LogFile]:
    """The files that patterns name, and beside them what rotation has made of them; the oldest first."""
    found: dict[tuple[int, int], LogFile] = {}
    named = {Path(name) for pattern in patterns for name in _matches(pattern)}
    beside = {Path(name) for pattern in patterns for name in _rotated(pattern)}
    for path in sorted(named | beside):
        try:
            file = LogFile.at(path)
        except OSError:  # rotated away since it was listed, or a link to nothing
            continue
        if path.is_file():
            file.is_rotated = path not in named
            found.setdefault((file.device, file.inode), file)  # a link adds nothing
    bases = {path.name for path in named}
    for file in found.values():
        file.is_rotated = file.is_rotated or not bases.isdisjoint(_bases(file.path.name))
    return sorted(found.values(), key=lambda file: (file.modified_ns, file.path))


def _matches(pattern: str) -> list[str]:
    """Absolute patterns with wildcards anywhere are beyond Path.glob; a file's own name is no pattern."""
    return [pattern] if os.path.exists(pattern) else glob(pattern)  # noqa: PTH110, PTH207


def _rotated(pattern: str) -> list[str]:
    """What rotation has made of the files of a pattern, also those that are gone."""
    plain = escape(pattern) if os.path.exists(pattern) else pattern  # noqa: PTH110
    found = [*glob(f"{plain}.*"), *glob(f"{plain}-*")]  # noqa: PTH207
    stem, dot, extension = plain.rpartition(".")
    if dot and "/" not in extension:
        bases = {Path(name).name for name in (pattern, *_matches(pattern))}
        beside = glob(f"{stem}[-.][0-9]*.{extension}*")  # noqa: PTH207
        found += [name for name in beside if not bases.isdisjoint(_bases(Path(name).name))]
    return found


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
