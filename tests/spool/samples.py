"""Records for the tests, and everything a spool holds."""

from __future__ import annotations

from pathlib import Path

from mallard.spool import DamageError, Record, Segment, read, segments


def record(number: int, size: int = 40) -> Record:
    """A record that says its number and is filled up to a size."""
    body = b'{"n":%d,"fill":"%s"}' % (number, b"x" * size)
    return Record("segment", "track", "web", 1_700_000_000_000_000 + number, body, "192.0.2.0", "agent")


def everything(folder: Path) -> list[Record]:
    """All records that can be read, damage left out."""
    return [found for segment in segments(folder) for found in sound(segment)]


def sound(segment: Segment) -> list[Record]:
    """The records of a segment, read on behind each damage."""
    found: list[Record] = []
    start = 0
    while True:
        try:
            for _, _, one in read(segment, start):
                found.append(one)
        except DamageError as damage:
            start = damage.resume
            continue
        return found
