"""Sets of business days, by what changed about them, and how they are written into SQL."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

SETS: dict[str, str] = {
    "events": "days whose events are read from the lake again",
    "visits": "days on which an event may belong to another session or person",
    "sessions": "first days of the sessions that may differ",
    "orders": "days with a moment (created, paid, cancelled, refunded) of an order that changed",
    "order_sessions": "days of creation of the orders that may belong to another session",
    "conversions": "days whose funnels may differ",
    "products": "days with sales of products that may be named differently",
    "arrivals": "days on which something arrived",
}


EARLIEST = date(2000, 1, 1)
"""No day before it is a day of the warehouse: such moments are mistakes of the shop's."""

_PLAUSIBLE = (date(1900, 1, 1), date(2200, 1, 1))


@dataclass
class DaySets:
    """The sets, by name. tables: shop tables with versions that no build has seen.

    everything: why all must be rebuilt, where it must. clock: the warehouse's last day or the shop's running
    day is another one than at the last build.
    """

    days: dict[str, set[date]] = field(default_factory=lambda: {name: set() for name in SETS})
    tables: set[str] = field(default_factory=set)
    everything: str = ""
    clock: bool = False

    def add(self, name: str, days: Iterable[date | None]) -> None:
        """Put days into a set; NULLs are left out."""
        self.days[name].update(day for day in days if day is not None)

    def __getitem__(self, name: str) -> set[date]:
        return self.days[name]

    @property
    def facts(self) -> set[date]:
        """Every day of which something that happened on it may differ."""
        return self["events"] | self["visits"] | self["orders"]

    @property
    def absurd(self) -> bool:
        """Whether a day lies so far off that days cannot be counted from it."""
        return any(not _PLAUSIBLE[0] <= day <= _PLAUSIBLE[1] for day in self.facts)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to do."""
        return not (self.everything or self.clock or self.tables or any(self.days.values()))


def shifted(days: Iterable[date], first: int, last: int) -> set[date]:
    """The days from so many ahead of each (behind it, if negative) to so many ahead of it."""
    ends = (date.min.toordinal(), date.max.toordinal())
    return {
        date.fromordinal(min(max(day.toordinal() + offset, ends[0]), ends[1]))
        for day in days
        for offset in range(first, last + 1)
    }


def ranges(days: Iterable[date]) -> list[tuple[date, date]]:
    """The same days as ranges, first and last included, in order."""
    found: list[tuple[date, date]] = []
    for day in sorted(set(days)):
        if found and (day - found[-1][1]).days == 1:
            found[-1] = (found[-1][0], day)
        else:
            found.append((day, day))
    return found


def among(column: str, days: Iterable[date]) -> str:
    """A predicate that holds for these days."""
    spans = [f"{column} between date '{first}' and date '{last}'" for first, last in ranges(days)]
    return f"({' or '.join(spans)})" if spans else "false"
