"""True figures on coming back: retention, repeat purchase, segments of customers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal

from mallard.simulate.order_books import Row
from mallard.simulate.truth.dimensions import Dimensions, beside_all, named
from mallard.simulate.truth.numbers import money, ratio
from mallard.simulate.truth.periods import period_start
from mallard.simulate.truth.world import ONE, World

NUMBERS = {"day": (*range(8), 14, 30), "week": tuple(range(13)), "month": tuple(range(13))}
SEGMENTS = ("champions", "loyal", "new", "promising", "at_risk", "hibernating", "lost")
ALL = "all"


def retention(world: World) -> Iterator[Row]:
    """app_retention."""
    if not world.spine:
        return
    end = min(world.spine[-1], world.as_of_day - ONE)
    for period, numbers in NUMBERS.items():
        cohorts: dict[date, set[str]] = {}
        active: dict[date, set[str]] = {}
        for person, days in world.active_days.items():
            cohorts.setdefault(period_start(period, days[0]), set()).add(person)
            for day in days:
                active.setdefault(period_start(period, day), set()).add(person)
        for cohort_dt, members in cohorts.items():
            for number in numbers:
                start = _later(period, cohort_dt, number)
                if _later(period, start, 1) - ONE > end:
                    continue
                retained = len(members & active.get(start, set()))
                yield {
                    "period": period,
                    "cohort_dt": cohort_dt,
                    "period_number": number,
                    "cohort_size": len(members),
                    "retained": retained,
                    "rate": ratio(retained, len(members)),
                }


def _later(period: str, start: date, number: int) -> date:
    """The first day of the period so many periods later."""
    if period != "month":
        return start + number * timedelta(days=7 if period == "week" else 1)
    months = start.year * 12 + start.month - 1 + number
    return date(months // 12, months % 12 + 1, 1)


def repurchase(world: World) -> Iterator[Row]:
    """app_repurchase."""
    dimensions = Dimensions(world)

    def categories(order: Row, day: date) -> set[str]:
        items = world.items.get(order["order_id"], [])
        rows = (dimensions.category_of(item["product_id"], day) or {} for item in items)
        return {beside_all(named(row.get("level1_name"))) for row in rows} | {ALL}

    for day in world.spine:
        for window in (7, 30, 90):
            counts = _orders_by_buyer(world, day - timedelta(days=window - 1), day, categories)
            for category, buyers in counts.items():
                repeat = sum(orders >= 2 for orders in buyers.values())
                yield {
                    "dt": day,
                    "window_days": window,
                    "category": category,
                    "buyers": len(buyers),
                    "repeat_buyers": repeat,
                    "rate": ratio(repeat, len(buyers)),
                }


def _orders_by_buyer(
    world: World, first: date, last: date, categories: Callable[[Row, date], set[str]]
) -> dict[str, dict[str, int]]:
    counts: dict[str, dict[str, int]] = {ALL: {}}
    for order in world.orders_between(first, last):
        buyer = order["customer_id"]
        if buyer is None:
            continue
        for category in sorted(categories(order, world.days.day(order["created_at"]))):
            found = counts.setdefault(category, {})
            found[buyer] = found.get(buyer, 0) + 1
    return counts


def segment(recency: int, orders: int) -> str:
    """The segment of a customer by days since the last order and number of orders."""
    if recency > 120:
        return "lost"
    if recency > 60:
        return "hibernating" if orders == 1 else "at_risk"
    if orders == 1:
        return "promising" if recency > 30 else "new"
    return "champions" if orders >= 4 and recency <= 30 else "loyal"


def customer_segments(world: World) -> Iterator[Row]:
    """app_customer_segments."""
    for day in world.spine:
        orders: dict[str, list[Row]] = {}
        for created, rows in world.orders_created.items():
            for row in rows:
                if created <= day and row["customer_id"] is not None:
                    orders.setdefault(row["customer_id"], []).append(row)
        members: dict[str, list[str]] = {name: [] for name in SEGMENTS}
        for customer, placed in orders.items():
            last = max(world.days.day(row["created_at"]) for row in placed)
            members[segment((day - last).days, len(placed))].append(customer)
        for name in SEGMENTS:
            amounts = (row["total_amount"] for customer in members[name] for row in orders[customer])
            yield {
                "dt": day,
                "segment": name,
                "customers": len(members[name]),
                "sales": money(sum(amounts, Decimal(0))),
            }
