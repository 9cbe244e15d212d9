"""A made-up shop: everything about it follows from the seed.

The population and the catalogue are static; :mod:`mallard.simulate.plan` and :mod:`mallard.simulate.day` make
any day from them alone, so days can be made in any order, in parallel, and again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from random import Random

from mallard import days as calendar
from mallard.simulate.catalogue import Catalogue, make_catalogue
from mallard.simulate.people import Person, lend, make_person

SECOND = 1_000_000
HOUR = 3_600 * SECOND
DAY = 24 * HOUR
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_SETTLED = 9_000
_ARRIVALS = 90.0
_GROWTH = 0.003
_WEEK = (0.92, 0.9, 0.94, 0.97, 1.02, 1.16, 1.22)


def micros(instant: datetime) -> int:
    """Microseconds since the epoch of an aware datetime, exact."""
    return (instant - _EPOCH) // timedelta(microseconds=1)


def instant(at: int) -> datetime:
    """The aware UTC datetime of microseconds since the epoch."""
    return _EPOCH + timedelta(microseconds=at)


@dataclass(frozen=True)
class Shop:
    """A shop of a size (1.0: about eleven thousand events a day) that opens its books on first_day.

    days: how many days are meant to be simulated; the same shop with more days has the same first ones.
    purges: whether one order in about sixty is deleted from the database, with all that belongs to it, five
    days after it was placed.
    """

    seed: int
    first_day: date
    days: int = 90
    timezone: str = "UTC"
    size: float = 1.0
    currency: str = "USD"
    purges: bool = False

    @property
    def last_day(self) -> date:
        return self.first_day + timedelta(days=self.days - 1)

    @property
    def all_days(self) -> list[date]:
        return list(calendar.day_range(self.first_day, self.last_day))

    def number(self, day: date) -> int:
        """A day counted from the first one."""
        return (day - self.first_day).days

    def start(self, day: date) -> int:
        """The first instant of a business day, µs UTC."""
        return micros(calendar.day_start(day, self.timezone))

    def rng(self, *subject: object) -> Random:
        """The random numbers of a subject; the same ones each time."""
        return Random("/".join(str(part) for part in (self.seed, *subject)))

    def rhythm(self, day: date) -> float:
        """How busy a day of the week is."""
        return _WEEK[day.weekday()]

    @cached_property
    def catalogue(self) -> Catalogue:
        return make_catalogue(self.rng("catalogue"), self.start(self.first_day))

    @cached_property
    def people(self) -> list[Person]:
        """Everyone who ever visits, by day of arrival."""
        made: list[Person] = []
        rng = self.rng("settled")
        for _ in range(round(_SETTLED * self.size)):
            made.append(make_person(rng, len(made), -1 - int(rng.random() ** 1.5 * 240)))
        for day in range(self.days):
            rng = self.rng("arrivals", day)
            expected = _ARRIVALS * self.size * (1 + _GROWTH) ** day
            for _ in range(int(expected + rng.random())):
                person = make_person(rng, len(made), day)
                if made and rng.random() < 0.03:
                    person = lend(person, made[int(rng.random() * len(made))])
                made.append(person)
        return made

    def __getstate__(self) -> dict[str, object]:
        """Only what defines the shop travels to another process."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}
