"""How long spool segments stay once everything in them has landed."""

from __future__ import annotations

from collections.abc import Mapping

from mallard import days
from mallard.errors import SpoolError
from mallard.settings import Settings
from mallard.spool import segments


def remove_landed(settings: Settings, positions: Mapping[str, int]) -> int:
    """Delete sealed segments landed to their last byte that are older than lake.keep_days; how many."""
    before = days.now().timestamp() - settings.lake.keep_days * 86_400
    removed = 0
    for segment in segments(settings.spool_path):
        try:
            status = segment.path.stat()
            landed = segment.sealed and positions.get(segment.name, 0) >= status.st_size
            if landed and status.st_mtime <= before:
                segment.path.unlink()
                removed += 1
        except FileNotFoundError:
            continue
        except OSError as broken:
            raise SpoolError(
                f"The landed segment {segment.path} cannot be removed: {broken}.", "Check its permissions."
            ) from broken
    return removed
