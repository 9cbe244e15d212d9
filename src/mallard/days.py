"""The shop's business day, and the only place that reads the clock.

Instants are timezone-aware UTC datetimes with microseconds; a business day is a ``datetime.date`` in
the shop's time zone. ``MALLARD_NOW`` (ISO 8601) fixes the clock for replays and tests.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo


def now() -> datetime:
    """The present instant, UTC."""
    fixed = os.environ.get("MALLARD_NOW")
    if fixed:
        return datetime.fromisoformat(fixed).astimezone(UTC)
    return datetime.now(UTC)


def business_date(instant: datetime, timezone: str) -> date:
    """The shop's calendar day that holds an aware instant."""
    return instant.astimezone(ZoneInfo(timezone)).date()


def today(timezone: str) -> date:
    """The shop's running business day."""
    return business_date(now(), timezone)


def day_start(day: date, timezone: str) -> datetime:
    """The first instant of a business day, UTC. Days of 23 and 25 hours come out right."""
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(timezone)).astimezone(UTC)


def day_range(first: date, last: date) -> Iterator[date]:
    """Every day from first to last, both included."""
    for offset in range((last - first).days + 1):
        yield first + timedelta(days=offset)
