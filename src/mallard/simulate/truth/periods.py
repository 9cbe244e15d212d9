"""Running periods and what they are compared with."""

from __future__ import annotations

from datetime import date, timedelta

ONE = timedelta(days=1)
Stretch = tuple[date, date]


def period_start(period: str, day: date) -> date:
    """The first day of the week, month, quarter or year that holds a day; the day itself for 'day'."""
    if period == "day":
        return day
    if period == "week":
        return day - timedelta(days=day.weekday())
    if period == "month":
        return day.replace(day=1)
    if period == "quarter":
        return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
    return date(day.year, 1, 1)


def to_date(period: str, day: date) -> Stretch:
    """The period so far: from its first day, or the 7 or 30 days ending with the day."""
    if period in ("7d", "30d"):
        return day - timedelta(days=int(period[:-1]) - 1), day
    return period_start(period, day), day


def stretch_before(period: str, day: date) -> Stretch:
    """As many days of the period before, cut at its end."""
    start, _ = to_date(period, day)
    length = day - start
    if period in ("7d", "30d"):
        return start - length - ONE, start - ONE
    before = period_start(period, start - ONE)
    return before, min(before + length, start - ONE)


def stretch_last_year(period: str, day: date) -> Stretch:
    """The same a year earlier: by date, or 364 days for weeks and for 7 and 30 days."""
    start, _ = to_date(period, day)
    if period in ("week", "7d", "30d"):
        return start - timedelta(days=364), day - timedelta(days=364)
    return year_before(start), year_before(day)


def year_before(day: date) -> date:
    """The same date a year earlier; 28 February for the 29th."""
    if (day.month, day.day) == (2, 29):
        return date(day.year - 1, 2, 28)
    return day.replace(year=day.year - 1)
