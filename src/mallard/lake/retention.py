"""How long spool segments stay once everything in them has landed, and clearing those that name a person.

The newest segment of each writer always stays, if only as an empty file: the next one is numbered behind it,
so that no number is ever used for two segments, whatever the clock says.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from mallard import days
from mallard.errors import SpoolError
from mallard.settings import Settings
from mallard.spool import Segment, segments
from mallard.spool.writer import sync_folder


def remove_landed(settings: Settings, positions: Mapping[str, int]) -> int:
    """Delete sealed segments landed to their last byte that are older than lake.keep_days; how many."""
    before = days.now().timestamp() - settings.lake.keep_days * 86_400
    removed = 0
    for segment, is_newest in _segments(settings):
        with _removing(segment):
            if not is_newest and is_landed(segment, positions) and segment.path.stat().st_mtime <= before:
                segment.path.unlink()
                sync_folder(segment.path.parent)  # one that came back would land again
                removed += 1
    return removed


def clear_holding(settings: Settings, positions: Mapping[str, int], text: str) -> tuple[int, int]:
    """Clear the landed segments that hold a text, however young; how many, and how many had to stay."""
    cleared = left = 0
    for segment, is_newest in _segments(settings):
        with _removing(segment):
            if text.encode() not in segment.content():
                continue
            if not is_landed(segment, positions):
                left += 1
                continue
            _empty(segment.path) if is_newest else segment.path.unlink()
            sync_folder(segment.path.parent)
            cleared += 1
    return cleared, left


def _empty(path: Path) -> None:
    with path.open("wb") as file:
        os.fsync(file.fileno())


def is_landed(segment: Segment, positions: Mapping[str, int]) -> bool:
    """Whether a segment is complete and everything in it stands in the lake."""
    return segment.sealed and positions.get(segment.name, 0) >= segment.path.stat().st_size


def _segments(settings: Settings) -> Iterator[tuple[Segment, bool]]:
    """Every segment, and whether it is the newest of its writer."""
    found = segments(settings.spool_path)
    newest = {(one.node, one.worker): one.number for one in found}
    for segment in found:
        yield segment, newest[segment.node, segment.worker] == segment.number


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
