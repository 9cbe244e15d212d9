"""What a disk may hold after power was lost, worked out from the system calls that were made.

Certain is only what was asked for: bytes of a file up to its last fdatasync, names in a folder up to the
folder's last fsync. Everything younger may be there, or not, or in part.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from tests.faults.strace import Call


@dataclass
class File:
    """Bytes as programs see them and as they are certain to be on the disk."""

    seen: bytes = b""
    certain: bytes = b""


@dataclass
class Folder:
    """Names as programs see them and as they are certain to be on the disk."""

    seen: dict[str, File | Folder] = field(default_factory=dict)
    certain: dict[str, File | Folder] = field(default_factory=dict)


class Disk:
    """The files below a root that was there, empty, from the start."""

    def __init__(self, root: Path) -> None:
        self._root = PurePosixPath(root)
        self._top = Folder()

    def apply(self, call: Call) -> None:
        """Take a completed call in; calls about other files, and failed ones, change nothing."""
        if call.result < 0:
            return
        change = getattr(self, f"_{call.name}", None)
        if change is not None:
            change(call)

    def states(self) -> Iterator[tuple[str, dict[str, bytes]]]:
        """What the disk may hold if power is lost now: a name for the case, and files by relative path."""
        yield "only what is certain", dict(self._files(self._top, False, _certain))
        yield "everything", dict(self._files(self._top, True, _seen))
        yield "all names, certain bytes", dict(self._files(self._top, True, _certain))
        yield "certain names, all bytes", dict(self._files(self._top, False, _seen))
        yield "half of the last write", dict(self._files(self._top, True, _torn))
        yield "zeros for the last write", dict(self._files(self._top, True, _zeroed))
        for path, folder in self._unsettled(self._top):
            yield f"certain names but in {path}", dict(self._files(self._top, False, _certain, other=folder))
            yield f"all names but in {path}", dict(self._files(self._top, True, _certain, other=folder))

    def _unsettled(self, folder: Folder, at: str = "") -> Iterator[tuple[str, Folder]]:
        """The folders whose names are not all certain."""
        if folder.seen != folder.certain:
            yield at, folder
        for name, inner in folder.seen.items():
            if isinstance(inner, Folder):
                yield from self._unsettled(inner, f"{at}{name}/")

    def _files(
        self, folder: Folder, seen_names: bool, content: Callable[[File], bytes], at: str = "",
        other: Folder | None = None,
    ) -> Iterator[tuple[str, bytes]]:  # fmt: skip
        """Files by path; other: a folder with whose names it is the other way round."""
        names = folder.seen if seen_names != (folder is other) else folder.certain
        for name, inner in names.items():
            if isinstance(inner, Folder):
                yield from self._files(inner, seen_names, content, f"{at}{name}/", other)
            else:
                yield f"{at}{name}", content(inner)

    def _node(self, path: str | bytes) -> tuple[Folder, str] | None:
        """The folder and name of a path below the root."""
        place = PurePosixPath(path.decode() if isinstance(path, bytes) else path)
        if not place.is_relative_to(self._root) or place == self._root:
            return None
        folder = self._top
        *way, name = place.relative_to(self._root).parts
        for step in way:
            inner = folder.seen.get(step)
            if not isinstance(inner, Folder):
                return None
            folder = inner
        return folder, name

    def _file(self, path: str | bytes) -> File | None:
        node = self._node(path)
        found = node[0].seen.get(node[1]) if node else None
        return found if isinstance(found, File) else None

    def _mkdir(self, call: Call) -> None:
        if node := self._node(call.strings[0]):
            node[0].seen[node[1]] = Folder()

    def _openat(self, call: Call) -> None:
        node = self._node(call.strings[0])
        if node and "O_CREAT" in call.arguments and node[1] not in node[0].seen:
            node[0].seen[node[1]] = File()
        elif "O_TRUNC" in call.arguments and (file := self._file(call.strings[0])):
            file.seen = b""

    def _pwrite64(self, call: Call) -> None:
        file = self._file(call.path)
        if file is None:
            return
        offset = int(call.arguments.rsplit(", ", 1)[1])
        data = call.strings[-1][: call.result]
        file.seen = file.seen[:offset].ljust(offset, b"\0") + data + file.seen[offset + len(data) :]

    def _write(self, call: Call) -> None:
        """Files are written from their beginning to their end."""
        file = self._file(call.path)
        if file is not None:
            file.seen += call.strings[-1][: call.result]

    def _sendfile(self, call: Call) -> None:
        target = self._file(call.path)
        source = self._file(call.paths[1])
        start = re.search(r"\[(\d+)\]", call.arguments)
        if target is not None and source is not None and start is not None:
            target.seen += source.seen[int(start[1]) :][: call.result]

    def _unlink(self, call: Call) -> None:
        if node := self._node(call.strings[0]):
            node[0].seen.pop(node[1], None)

    def _ftruncate(self, call: Call) -> None:
        file = self._file(call.path)
        found = re.search(r", (\d+)$", call.arguments)
        if file is not None and found is not None:
            file.seen = file.seen[: int(found[1])]

    def _fdatasync(self, call: Call) -> None:
        file = self._file(call.path)
        if file is not None:
            file.certain = file.seen

    def _fsync(self, call: Call) -> None:
        path = PurePosixPath(call.path)
        node = (Folder(seen={"": self._top}), "") if path == self._root else self._node(call.path)
        folder = node[0].seen.get(node[1]) if node else None
        if isinstance(folder, Folder):
            folder.certain = dict(folder.seen)
        self._fdatasync(call)

    def _rename(self, call: Call) -> None:
        old, new = self._node(call.strings[0]), self._node(call.strings[1])
        if old and new:
            new[0].seen[new[1]] = old[0].seen.pop(old[1])


def _certain(file: File) -> bytes:
    return file.certain


def _seen(file: File) -> bytes:
    return file.seen


def _torn(file: File) -> bytes:
    younger = len(file.seen) - len(file.certain)
    return file.seen[: len(file.certain) + younger // 2] if younger > 0 else file.certain


def _zeroed(file: File) -> bytes:
    return file.certain + bytes(max(0, len(file.seen) - len(file.certain)))


def lay_out(files: dict[str, bytes], root: Path) -> None:
    """Put a state of the disk into a real folder."""
    root.mkdir(parents=True)
    for name, data in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)
