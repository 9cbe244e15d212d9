"""Everything the figures are computed from, found once: events with persons, sessions, the shop's books."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from mallard import days as calendar
from mallard.simulate.order_books import Books, Row
from mallard.simulate.shop import micros
from mallard.simulate.truth.people import Session, find_people
from mallard.simulate.truth.reading import Calendar, Quality, Reading, Seen

ONE = timedelta(days=1)
EARLIEST = date(2000, 1, 1)
"""Whatever a shop says to have happened before is a mistake; no day before is in the warehouse."""


@dataclass(frozen=True)
class Import:
    """One import of the shop's database: the moment (µs UTC) and what the tables then held."""

    at: int
    books: Books


@dataclass
class World:
    """What is known at the end of as_of_day."""

    timezone: str
    as_of_day: date
    events: list[Seen]
    sessions: list[Session]
    quality: dict[tuple[date, str], Quality]
    imports: list[Import]
    days: Calendar = field(repr=False)

    @property
    def books(self) -> Books:
        return self.imports[-1].books

    @cached_property
    def paid_at(self) -> dict[str, int]:
        """The paid moment of each paid order."""
        found: dict[str, int] = {}
        for payment in self.books["payment"]:
            before = found.get(payment["order_id"])
            found[payment["order_id"]] = (
                payment["paid_at"] if before is None else min(before, payment["paid_at"])
            )
        found |= {
            row["order_id"]: row["paid_at"] for row in self.books["orders"] if row["paid_at"] is not None
        }
        known = {row["order_id"] for row in self.books["orders"]}
        return {order: at for order, at in found.items() if order in known}

    @cached_property
    def spine(self) -> list[date]:
        """Every business day from the first to the last on which something happened."""
        moments = [self.days.day(at) for at in self._shop_moments()]
        happened = [event.day for event in self.events] + moments
        happened = [day for day in happened if EARLIEST <= day <= self.as_of_day]
        return list(calendar.day_range(min(happened), max(happened))) if happened else []

    def _shop_moments(self) -> Iterator[int]:
        for row in self.books["orders"]:
            yield row["created_at"]
            if row["cancelled_at"] is not None:
                yield row["cancelled_at"]
        yield from self.paid_at.values()
        for row in self.books["refund"]:
            yield row["refunded_at"]

    def end(self, day: date) -> int:
        """The first instant behind a business day."""
        return micros(calendar.day_start(day + ONE, self.timezone))

    @cached_property
    def active_events(self) -> dict[date, list[Seen]]:
        """The active events of each day, by (time, id)."""
        return by_day(event for event in self.events if event.active)

    @cached_property
    def active(self) -> dict[date, set[str]]:
        """The persons active on each day."""
        return {day: {event.person for event in events} for day, events in self.active_events.items()}

    @cached_property
    def active_days(self) -> dict[str, list[date]]:
        """The days on which each person was active, in order."""
        found: dict[str, list[date]] = {}
        for day in sorted(self.active):
            for person in sorted(self.active[day]):
                found.setdefault(person, []).append(day)
        return found

    def last_values(self, day: date, column: str, platform: str | None = None) -> dict[str, Any]:
        """For each person active on a day the last value of a column that is there (on a platform)."""
        found: dict[str, Any] = {}
        for event in self.active_events.get(day, []):
            value = getattr(event, column)
            if value is not None and platform in (None, event.platform):
                found[event.person] = value
        return found

    @cached_property
    def orders_created(self) -> dict[date, list[Row]]:
        found: dict[date, list[Row]] = {}
        for row in self.books["orders"]:
            found.setdefault(self.days.day(row["created_at"]), []).append(row)
        return found

    @cached_property
    def items(self) -> dict[str, list[Row]]:
        """The items of each order."""
        found: dict[str, list[Row]] = {}
        for row in self.books["order_item"]:
            found.setdefault(row["order_id"], []).append(row)
        return found

    def orders_between(self, first: date, last: date) -> Iterator[Row]:
        """Orders created on the days from first to last."""
        for day in calendar.day_range(first, last):
            yield from self.orders_created.get(day, [])


def by_day(events: Iterable[Seen]) -> dict[date, list[Seen]]:
    """Events by business day, each day's by (time, id)."""
    found: dict[date, list[Seen]] = {}
    for event in sorted(events, key=lambda event: event.order):
        found.setdefault(event.day, []).append(event)
    return found


def make_world(reading: Reading, imports: Sequence[Import], days: Calendar, as_of_day: date) -> World:
    """The world that follows from events as they landed and from imports of the database."""
    events = [event for event in reading.events if not event.is_bot]
    return World(days.timezone, as_of_day, events, find_people(events), reading.quality, list(imports), days)
