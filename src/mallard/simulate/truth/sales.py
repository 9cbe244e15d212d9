"""True figures on money: the shop's day and its running periods."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from mallard.simulate.order_books import Row
from mallard.simulate.truth.numbers import change, money, ratio
from mallard.simulate.truth.periods import Stretch, stretch_before, stretch_last_year, to_date, year_before
from mallard.simulate.truth.world import ONE, World

ZERO = Decimal(0)
COMPARED = (
    "gmv", "paid_gmv", "net_sales", "orders", "paid_orders", "units", "buyers", "average_order_value",
)  # fmt: skip
PERIODS = ("week", "month", "quarter", "year", "7d", "30d")


class Ledger:
    """Orders, payments, cancellations and refunds by the business day on which they happened."""

    def __init__(self, world: World) -> None:
        self.world = world
        orders = {row["order_id"]: row for row in world.books["orders"]}
        self.paid: dict[date, list[Row]] = {}
        self.cancelled: dict[date, int] = {}
        self.refunds: dict[date, list[Decimal]] = {}
        for order_id, at in world.paid_at.items():
            self.paid.setdefault(world.days.day(at), []).append(orders[order_id])
        for row in orders.values():
            if row["cancelled_at"] is not None:
                day = world.days.day(row["cancelled_at"])
                self.cancelled[day] = self.cancelled.get(day, 0) + 1
        for row in world.books["refund"]:
            self.refunds.setdefault(world.days.day(row["refunded_at"]), []).append(row["amount"])
        self.first_order: dict[str, date] = {}
        for row in sorted(orders.values(), key=lambda row: row["created_at"]):
            if row["customer_id"] is not None:
                self.first_order.setdefault(row["customer_id"], world.days.day(row["created_at"]))

    def day(self, day: date) -> dict[str, Any]:
        """The figures of one day, without comparisons."""
        created = self.world.orders_created.get(day, [])
        paid, refunds = self.paid.get(day, []), self.refunds.get(day, [])
        gmv = sum((row["total_amount"] for row in created), ZERO)
        paid_gmv = sum((row["total_amount"] for row in paid), ZERO)
        buyers = {row["customer_id"] for row in created} - {None}
        items = (item for row in created for item in self.world.items.get(row["order_id"], []))
        return {
            "gmv": money(gmv),
            "paid_gmv": money(paid_gmv),
            "net_sales": money(paid_gmv - sum(refunds, ZERO)),
            "orders": len(created),
            "paid_orders": len(paid),
            "cancelled_orders": self.cancelled.get(day, 0),
            "units": sum(item["quantity"] for item in items),
            "buyers": len(buyers),
            "new_buyers": sum(self.first_order[buyer] == day for buyer in buyers),
            "average_order_value": ratio(gmv, len(created), 4),
            "refunds": len(refunds),
            "refund_amount": money(sum(refunds, ZERO)),
        }


def sales(world: World) -> Iterator[Row]:
    """app_sales."""
    ledger = Ledger(world)
    figures = {day: ledger.day(day) for day in world.spine}
    for day in world.spine:
        row = {"dt": day, **figures[day]}
        for name in COMPARED:
            for word, before in (
                ("day_over_day", day - ONE),
                ("week_over_week", day - timedelta(days=7)),
                ("year_over_year", year_before(day)),
            ):
                row[f"{name}_{word}"] = _compared(row[name], figures.get(before, {}).get(name))
        yield row


def _compared(value: Any, before: Any) -> Decimal | None:
    return None if value is None else change(value, before)


def sales_period(world: World) -> Iterator[Row]:
    """app_sales_period."""
    ledger = Ledger(world)
    figures = {day: ledger.day(day) for day in world.spine}

    def total(name: str, stretch: Stretch) -> Any:
        return sum((row[name] for day, row in figures.items() if stretch[0] <= day <= stretch[1]), ZERO)

    def gmv(stretch: Stretch) -> Any:
        return money(total("gmv", stretch)) if stretch[0] >= world.spine[0] else None

    for day in world.spine:
        for period in PERIODS:
            stretch = to_date(period, day)
            before, last_year = gmv(stretch_before(period, day)), gmv(stretch_last_year(period, day))
            buyers = {row["customer_id"] for row in world.orders_between(*stretch)} - {None}
            now = money(total("gmv", stretch))
            yield {
                "dt": day,
                "period": period,
                "gmv": now,
                "paid_gmv": money(total("paid_gmv", stretch)),
                "net_sales": money(total("net_sales", stretch)),
                "orders": int(total("orders", stretch)),
                "buyers": len(buyers),
                "previous_gmv": before,
                "change_rate": change(now, before),
                "last_year_gmv": last_year,
                "yoy_rate": change(now, last_year),
            }
