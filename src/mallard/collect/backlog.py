"""What of the spool is not landed yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from mallard.settings import Settings


@dataclass(frozen=True)
class Backlog:
    """Bytes that wait for the landing and when the oldest of them were received (epoch microseconds)."""

    folder: Path
    size: int
    oldest: int | None

    def age(self, now: datetime) -> float:
        """Seconds since the oldest was received; 0 where nothing waits."""
        if self.oldest is None:
            return 0.0
        return max(0.0, now.timestamp() - self.oldest / 1e6)


def backlog(settings: Settings) -> Backlog:
    """Look at the spool and at how far the landing has come."""
    return Backlog(settings.spool_path, 0, None)
