"""How long spool segments stay once everything in them has landed, and removing those that name a person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from mallard import days
from mallard.errors import SpoolError
from mallard.settings import Settings
from mallard.spool import Segment, segments


def remove_landed(settings: Settings, positions: Mapping[str, int]) -> int:
    """Delete sealed segments landed to their last byte that are older than lake.keep_days; how many."""
    before = days.now().timestamp() - settings.lake.keep_days * 86_400
    removed = 0
    for segment in segments(settings.spool_path):
        with _removing(segment):
            if is_landed(segment, positions) and segment.path.stat().st_mtime <= before:
                segment.path.unlink()
                removed += 1
    return removed


def remove_holding(settings: Settings, positions: Mapping[str, int], text: str) -> tuple[int, int]:
    """Delete the landed segments that hold a text, however young; how many, and how many had to stay."""
    removed = left = 0
    for segment in segments(settings.spool_path):
        with _removing(segment):
            if text.encode() not in segment.content():
                continue
            if is_landed(segment, positions):
                segment.path.unlink()
                removed += 1
            else:
                left += 1
    return removed, left


def is_landed(segment: Segment, positions: Mapping[str, int]) -> bool:
    """Whether a segment is complete and everything in it stands in the lake."""
    return segment.sealed and positions.get(segment.name, 0) >= segment.path.stat().st_size


@contextmanager
def _removing(segment: Segment) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        return
    except OSError as broken:
        raise SpoolError(
            f"The landed segment {segment.path} cannot be removed: {broken}.", "Check its permissions."
        ) from broken
