"""Business days: time zones with daylight saving, half-hour offsets, and days of 23 and 25 hours."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from mallard import days


@pytest.mark.parametrize(
    ("instant", "zone", "day"),
    [
        ("2026-01-01T15:59:59.999999+00:00", "Asia/Shanghai", "2026-01-01"),
        ("2026-01-01T16:00:00+00:00", "Asia/Shanghai", "2026-01-02"),
        ("2026-01-01T18:29:59+00:00", "Asia/Kolkata", "2026-01-01"),
        ("2026-01-01T18:30:00+00:00", "Asia/Kolkata", "2026-01-02"),
        ("2026-03-08T04:59:59+00:00", "America/New_York", "2026-03-07"),
        ("2026-03-09T03:59:59+00:00", "America/New_York", "2026-03-08"),
        ("2026-03-09T04:00:00+00:00", "America/New_York", "2026-03-09"),
    ],
)
def test_business_date(instant: str, zone: str, day: str) -> None:
    assert days.business_date(datetime.fromisoformat(instant), zone) == date.fromisoformat(day)


@pytest.mark.parametrize(
    ("day", "hours"),
    [("2026-03-29", 23), ("2026-10-25", 25), ("2026-06-01", 24)],
)
def test_days_of_other_lengths(day: str, hours: int) -> None:
    this = date.fromisoformat(day)
    length = days.day_start(this + timedelta(days=1), "Europe/Berlin") - days.day_start(this, "Europe/Berlin")
    assert length == timedelta(hours=hours)


def test_the_clock_can_be_fixed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MALLARD_NOW", "2026-01-01T01:00:00+02:00")
    assert days.now() == datetime(2025, 12, 31, 23, tzinfo=UTC)
    assert days.today("Asia/Shanghai") == date(2026, 1, 1)


def test_day_range_includes_both_ends() -> None:
    assert list(days.day_range(date(2026, 2, 27), date(2026, 3, 1))) == [
        date(2026, 2, 27),
        date(2026, 2, 28),
        date(2026, 3, 1),
    ]
