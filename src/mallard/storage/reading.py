"""Files of a remote storage that many threads read at once.

DuckDB's threads share an open file and ask for bytes with a seek and a read, two calls between which another
thread may come in. Drivers keep one position (and a cache) for all of them: hdfs-native then fails with
"Already borrowed", and fsspec's read-ahead cache may hand out the wrong bytes.
"""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Callable
from typing import Any

Fetch = Callable[[int, int], bytes]
"""The bytes of a file from a position, and how many; any number of threads at once."""


class SharedFile(io.RawIOBase):
    """A file of which every thread has a position of its own."""

    def __init__(self, size: int, fetch: Fetch) -> None:
        self._size = size
        self._fetch = fetch
        self._at = threading.local()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return int(getattr(self._at, "position", 0))

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self.tell(), os.SEEK_END: self._size}[whence]
        self._at.position = start + offset
        return self.tell()

    def read(self, size: int | None = -1) -> bytes:
        start = self.tell()
        left = max(0, self._size - start)
        wanted = left if size is None or size < 0 else min(size, left)
        found = self._fetch(start, wanted) if wanted else b""
        self._at.position = start + len(found)
        return found

    def readall(self) -> bytes:
        return self.read()


def hdfs_files(kind: Any) -> Any:
    """hdfs-native's file system with files that threads may share."""

    class Shared(kind):  # type: ignore[misc]
        def _open(self, path: str, mode: str = "rb", **options: Any) -> Any:
            file = super()._open(path, mode, **options)
            return SharedFile(len(file), file.read_range) if mode == "rb" else file

    return Shared


def s3_files(kind: Any) -> Any:
    """s3fs's file system with files that threads may share; DuckDB itself asks for few and large ranges."""

    class Shared(kind):  # type: ignore[misc]
        def _open(self, path: str, mode: str = "rb", **options: Any) -> Any:
            if mode != "rb":
                return super()._open(path, mode, **options)
            return SharedFile(
                int(self.info(path)["size"]),
                lambda start, length: bytes(self.cat_file(path, start=start, end=start + length)),
            )

    return Shared
