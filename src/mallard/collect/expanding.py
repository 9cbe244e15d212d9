"""Compressed files read as what they were before: gzip, bzip2, xz and zstd, told by their first bytes."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import zlib
from typing import BinaryIO, cast

DAMAGE = (EOFError, OSError, ValueError, zlib.error, lzma.LZMAError)
"""What readers raise where a compressed file is cut, spoilt or not whole yet."""


def expanded(file: BinaryIO) -> BinaryIO | None:
    """A reader of the content of an open file; None where it is not compressed, or too short to tell."""
    head = os.pread(file.fileno(), 6, 0)
    if head.startswith(b"\x1f\x8b"):
        return cast(BinaryIO, gzip.GzipFile(fileobj=file))
    if head.startswith(b"BZh"):
        return cast(BinaryIO, bz2.BZ2File(file))
    if head.startswith(b"\xfd7zXZ\x00"):
        return cast(BinaryIO, lzma.LZMAFile(file))
    if head.startswith(b"\x28\xb5\x2f\xfd"):
        return cast(BinaryIO, _Zstd(file))
    return None


class _Zstd(io.RawIOBase):
    """Arrow's reader, which only goes forward, with the seeking that the others have."""

    def __init__(self, file: BinaryIO) -> None:
        self._compressed = file
        self._rewind()

    def seek(self, offset: int, whence: int = 0) -> int:
        if offset < self._at:
            self._rewind()
        while self._at < offset and self.read(min(offset - self._at, 1 << 20)):
            continue
        return self._at

    def read(self, size: int = -1) -> bytes:
        data = bytes(self._stream.read(size))
        self._at += len(data)
        return data

    def _rewind(self) -> None:
        import pyarrow as pa

        file = os.fdopen(os.dup(self._compressed.fileno()), "rb")  # Arrow closes what it has read
        file.seek(0)
        self._stream = pa.CompressedInputStream(pa.PythonFile(file, mode="r"), "zstd")
        self._at = 0
