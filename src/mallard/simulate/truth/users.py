"""True figures on persons: how many, new, active, gone and back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta

from mallard.simulate.order_books import Row
from mallard.simulate.truth.numbers import change, ratio
from mallard.simulate.truth.periods import Stretch, stretch_before, stretch_last_year, to_date
from mallard.simulate.truth.world import ONE, World

PERIODS = ("day", "week", "month", "quarter", "year")


def daily_users(world: World) -> Iterator[Row]:
    """app_daily_users."""
    first = Counter(days[0] for days in world.active_days.values())
    total = sum(count for day, count in first.items() if world.spine and day < world.spine[0])
    for day in world.spine:
        total += first[day]
        daily = len(world.active.get(day, ()))
        yield {
            "dt": day,
            "total_users": total,
            "daily_users": daily,
            "new_users": first[day],
            "returning_users": daily - first[day],
        }


def new_users(world: World) -> Iterator[Row]:
    """app_new_users."""
    first = Counter(days[0] for days in world.active_days.values())

    def count(stretch: Stretch) -> int:
        return sum(number for day, number in first.items() if stretch[0] <= day <= stretch[1])

    for day in world.spine:
        for period in PERIODS:
            users = count(to_date(period, day))
            before, last_year = stretch_before(period, day), stretch_last_year(period, day)
            previous = count(before) if before[0] >= world.spine[0] else None
            earlier = count(last_year) if last_year[0] >= world.spine[0] else None
            yield {
                "dt": day,
                "period": period,
                "new_users": users,
                "previous_period": previous,
                "change_rate": change(users, previous),
                "last_year": earlier,
                "yoy_rate": change(users, earlier),
            }


def active_users(world: World) -> Iterator[Row]:
    """app_active_users."""

    def dau(day: date) -> int | None:
        return len(world.active.get(day, ())) if day >= world.spine[0] else None

    for day in world.spine:
        today, yesterday, week_ago = dau(day), dau(day - ONE), dau(day - timedelta(days=7))
        month = _active_within(world, day, 30)
        yield {
            "dt": day,
            "dau": today,
            "dau_previous_day": yesterday,
            "day_over_day_rate": change(today or 0, yesterday),
            "dau_same_day_last_week": week_ago,
            "week_over_week_rate": change(today or 0, week_ago),
            "wau": _active_within(world, day, 7),
            "mau": month,
            "stickiness": ratio(today, month),
        }


def _active_within(world: World, day: date, length: int) -> int:
    days = (day - timedelta(days=back) for back in range(length))
    return len(set().union(*(world.active.get(one, set()) for one in days)))


def churned_users(world: World) -> Iterator[Row]:
    """app_churned_users: for each day the last active days of all persons are looked at anew."""
    week = timedelta(days=7)
    for day in world.spine:
        churned = inactive = reactivated = 0
        for days in world.active_days.values():
            so_far = [one for one in days if one <= day]
            if not so_far:
                continue
            last = so_far[-1]
            churned += last == day - week
            inactive += last <= day - week
            reactivated += last == day and len(so_far) > 1 and so_far[-2] < day - week
        yield {
            "dt": day,
            "churned_users": churned,
            "inactive_users": inactive,
            "reactivated_users": reactivated,
        }


def churned_user_list(world: World) -> Iterator[Row]:
    """app_churned_user_list: a lapse is an active day with no other in the seven days behind it."""
    week = timedelta(days=7)
    devices = {day: world.last_values(day, "device_id") for day in world.active}
    platforms = {day: world.last_values(day, "platform") for day in world.active}
    for person, days in world.active_days.items():
        for place, last in enumerate(days):
            returned = place + 1 < len(days) and days[place + 1] <= last + week
            if returned or last + week not in world.spine:
                continue
            known = [devices[day][person] for day in days[: place + 1] if person in devices[day]]
            yield {
                "dt": last + week,
                "person_id": person,
                "user_id": None if person.startswith("a:") else person,
                "device_id": known[-1] if known else None,
                "platform": platforms[last].get(person),
                "last_active_dt": last,
                "days_inactive": 7,
            }
