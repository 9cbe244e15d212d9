"""The bytes of a segment: a file header, then frames.

A frame is ``MARK · length · checksum · payload``: four bytes of mark, the payload's length and the CRC-32 of
length and payload as little-endian 32-bit numbers, then the record as MessagePack. The checksum covers the
length so that a stretch of zeros, which a file system may leave behind after power loss, is no frame.
"""

from __future__ import annotations

import struct
import zlib

import msgspec

from mallard.spool.record import Record

HEADER = b"MALLARD\x01"
MARK = b"\xf5\x00MD"  # 0xf5 occurs in no UTF-8 text, so a body cannot be taken for a frame

_HEAD = struct.Struct("<4sII")
_LENGTH = struct.Struct("<I")
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Record)


def encode(record: Record) -> bytes:
    """One frame."""
    payload = _encoder.encode(record)
    length = len(payload)
    return _HEAD.pack(MARK, length, zlib.crc32(payload, zlib.crc32(_LENGTH.pack(length)))) + payload


def decode(data: bytes | memoryview, at: int) -> tuple[int, Record] | None:
    """Where the frame at a place of ``data`` ends, and its record; None where there is no whole frame."""
    start = at + _HEAD.size
    if len(data) < start:
        return None
    mark, length, checksum = _HEAD.unpack_from(data, at)
    end = start + length
    if mark != MARK or end > len(data):
        return None
    payload = memoryview(data)[start:end]
    if zlib.crc32(payload, zlib.crc32(_LENGTH.pack(length))) != checksum:
        return None
    try:
        return end, _decoder.decode(payload)
    except msgspec.DecodeError:  # a sound checksum over something that is not a record: not ours
        return None


def find(data: bytes, start: int) -> int | None:
    """Where the first whole frame at or behind a place of ``data`` starts."""
    at = data.find(MARK, start)
    while at >= 0:
        if decode(data, at) is not None:
            return at
        at = data.find(MARK, at + 1)
    return None
