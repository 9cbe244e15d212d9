"""Which log file is which, and how far each was read.

A file is known by its device and inode and by checksums of its first bytes and of the last bytes read. So it
is found again under another name, and a new file that got an old inode is told from the old one. A copy (of
copy-truncate, of gzip, of rsync) is known by the checksums alone, once the file it was made from is gone or
begun anew.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec

from mallard import days
from mallard.collect.logfile import PRINT, Block, Fingerprint, LogFile, sync_folder
from mallard.errors import MallardError

_FORGET_AFTER_DAYS = 30
_NOTHING = Fingerprint.of(0, b"")


class LogError(MallardError):
    """A followed log file, or the record of how far it was read, cannot be read or written."""


class Tracked(msgspec.Struct):
    """One file as far as it was read. id: part of the ids of its events, never given twice.

    inside: the offset lies within a line that is taken in pieces. size, modified_ns: the file as it was when
    all of it had been taken; while it stays so, nobody needs to open it.
    """

    id: str
    path: str
    device: int
    inode: int
    head: Fingerprint
    tail: Fingerprint = _NOTHING
    offset: int = 0
    inside: bool = False
    size: int = -1
    modified_ns: int = -1
    seen: str = ""

    def advance(self, block: Block) -> None:
        """Note that a block was taken."""
        cut = block.body[-PRINT:]
        self.offset = block.end
        self.tail = Fingerprint.of(block.end - len(cut), cut)
        self.inside = block.is_piece and not block.body.endswith(b"\n")

    def is_here(self, file: LogFile) -> bool:
        return (self.device, self.inode) == (file.device, file.inode)

    def is_unchanged(self, file: LogFile) -> bool:
        return self.is_here(file) and (self.size, self.modified_ns) == (file.size, file.modified_ns)

    def starts(self, file: LogFile) -> bool:
        """Whether a file starts with all that was read."""
        return file.has(self.head) and file.has(self.tail)

    def covers(self, file: LogFile) -> bool:
        """Whether a compressed file is this one, of which more was read than there was when it was packed."""
        is_this = file.is_compressed and self.head.length == PRINT and file.has(self.head)
        return is_this and not file.read(self.offset - 1, 1)

    def found_at(self, file: LogFile) -> None:
        """Note where the file stands now, and know it better once it has grown."""
        self.path, self.device, self.inode = _readable(file.path), file.device, file.inode
        self.seen = days.now().isoformat()
        if self.head.length < min(PRINT, self.offset):
            self.head = Fingerprint.of(0, file.read(0, min(PRINT, self.offset)))


class _Saved(msgspec.Struct):
    segment: int = 0
    files: list[Tracked] = []


@dataclass
class Tracking:
    """The known files, kept in one small file that is replaced whole.

    segment: number of the spool segment from which on the spool may know more than this.
    has_new: a file became known since this was saved. is_sparing: there are more files than may be open; else
    they stay open once they were looked at, so that a rotation meanwhile takes nothing away.
    """

    path: Path
    files: list[Tracked]
    segment: int
    has_new: bool = False
    is_sparing: bool = False

    @classmethod
    def load(cls, path: Path) -> Tracking:
        """What was saved; nothing where nothing was."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            saved = msgspec.json.decode(path.read_bytes(), type=_Saved)
        except FileNotFoundError:
            saved = _Saved()
        except (OSError, msgspec.MsgspecError) as broken:
            raise LogError(
                f"{path}, which tells how far the logs were read, cannot be read: {broken}.",
                "Restore it; without it the logs are read again from their beginning.",
            ) from broken
        return cls(path, saved.files, saved.segment)

    def save(self) -> None:
        """Make it durable."""
        aside = self.path.with_suffix(".tmp")
        try:
            with aside.open("wb") as file:
                file.write(msgspec.json.encode(_Saved(self.segment, self.files)))
                file.flush()
                os.fsync(file.fileno())
            aside.replace(self.path)
            sync_folder(self.path.parent)
        except OSError as broken:
            raise LogError(f"{self.path} cannot be written: {broken}.", "Check the disk.") from broken
        self.has_new = False

    def by_id(self, name: str) -> Tracked | None:
        return next((file for file in self.files if file.id == name), None)

    def forget_old(self) -> None:
        """Let go of files that were not seen for a month."""
        before = days.now().timestamp() - _FORGET_AFTER_DAYS * 86_400
        self.files = [one for one in self.files if datetime.fromisoformat(one.seen).timestamp() >= before]

    def match(self, files: Iterable[LogFile], gone: Collection[str] = ()) -> list[tuple[LogFile, Tracked]]:
        """Each file with what is known of it; new ones become known. A file to be left alone is missing.

        Device and inode are looked at first, for all files; then the content, for those left over.
        gone: ids of files without a name that are still being read.
        """
        pairs: list[tuple[LogFile, Tracked]] = []
        left: list[LogFile] = []
        places: dict[tuple[int, int], list[Tracked]] = {}
        for one in self.files:
            places.setdefault((one.device, one.inode), []).append(one)
        for file in files:
            here = places.get((file.device, file.inode), [])
            known = next((one for one in here if one.is_unchanged(file)), None) or next(
                (one for one in here if one.starts(file)), None
            )
            self.release(file)
            if known is None:
                left.append(file)
            else:
                here.remove(known)
                pairs.append((file, known))
        free = [one for here in places.values() for one in here]
        for file in left:
            known = self._by_content(file, free, pairs, gone)
            self.release(file)
            if known is not None:
                pairs.append((file, known))
        for file, known in pairs:
            known.found_at(file)
        return pairs

    def release(self, file: LogFile) -> None:
        """Close a file that was looked at, where there are many."""
        if self.is_sparing:
            file.close()

    def is_unchanged(self, files: Iterable[LogFile]) -> list[bool]:
        """Of each file, whether all of it was taken as it stands, so that nobody needs to open it."""
        taken = {(one.device, one.inode, one.size, one.modified_ns) for one in self.files}
        return [(file.device, file.inode, file.size, file.modified_ns) in taken for file in files]

    def _by_content(
        self, file: LogFile, free: list[Tracked], pairs: list[tuple[LogFile, Tracked]], gone: Collection[str]
    ) -> Tracked | None:
        """A copy of a known file that is gone, or a new file; None for what is to be left alone."""
        known = next((one for one in free if one.offset and (one.starts(file) or one.covers(file))), None)
        if known is not None:
            if known.id in gone and file.is_compressed:
                return None  # made while somebody still wrote to the file it was made from
            free.remove(known)
            return known
        for other, _ in pairs:
            if self._is_copy(file, other):
                return None  # its turn may come when the other is begun anew
        return self._new(file)

    def _is_copy(self, file: LogFile, other: LogFile) -> bool:
        """Whether one is a copy of the other, and no file in its own right."""
        try:
            return other.is_archive_of(file) or (file.is_rotated_from(other) and file.is_copy_of(other))
        finally:
            self.release(other)

    def _new(self, file: LogFile) -> Tracked | None:
        """A file not seen before; None while it has no first line yet."""
        line = file.first_line()
        if not line:
            return None
        base = hashlib.sha256(b"%d:%d:" % (file.device, file.inode) + line).hexdigest()[:16]
        given = [int(one.id.rpartition("-")[2]) for one in self.files if one.id.startswith(base)]
        name = f"{base}-{max(given, default=-1) + 1}"
        known = Tracked(name, _readable(file.path), file.device, file.inode, Fingerprint.of(0, line))
        known.offset = self._left_of_cut(file)
        known.seen = days.now().isoformat()
        self.files.append(known)
        self.has_new = True
        return known

    def _left_of_cut(self, file: LogFile) -> int:
        """Size of a file that was cut short but starts as before: that much of it was read already."""
        for one in self.files:
            cut = one.is_here(file) and one.head.length == PRINT and file.size < one.offset
            if cut and file.has(one.head):
                return file.size
        return 0


def _readable(path: Path) -> str:
    """A path as text, whatever its bytes are."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")
