"""What of the spool is not landed yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mallard.settings import Settings
from mallard.spool import LANDED, DamageError, Segment, first, segments
from mallard.state import State


@dataclass(frozen=True)
class Backlog:
    """Bytes that wait for the landing and when the oldest of them were received (epoch microseconds)."""

    size: int
    oldest: int | None

    def age(self, now: datetime) -> float:
        """Seconds since the oldest was received; 0 where nothing waits."""
        return 0.0 if self.oldest is None else max(0.0, now.timestamp() - self.oldest / 1e6)


def backlog(settings: Settings) -> Backlog:
    """Look at the spool and at how far the landing has come."""
    landed: dict[str, int] = {}
    if settings.state_path.exists():
        with State(settings.state_path) as state:
            landed = state.get(LANDED, {})
    size = 0
    oldest: list[int] = []
    for segment in segments(settings.spool_path):
        position = landed.get(segment.name, 0)
        waiting = max(0, segment.size() - position)
        size += waiting
        if waiting:
            oldest += _received_at(segment, position)
    return Backlog(size, min(oldest, default=None))


def _received_at(segment: Segment, position: int) -> list[int]:
    """When the first record behind a position came; nothing where it cannot be told."""
    try:
        record = first(segment, position)
    except DamageError:
        return []
    return [] if record is None else [record.received_at]
