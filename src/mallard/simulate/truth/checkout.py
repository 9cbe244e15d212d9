"""True figures on how orders are paid, sent, and where they come from."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from mallard.simulate.order_books import Row
from mallard.simulate.truth.dimensions import named
from mallard.simulate.truth.numbers import change, mean_seconds, median_seconds, money, ratio
from mallard.simulate.truth.world import World

ZERO = Decimal(0)


def order_timing(world: World) -> Iterator[Row]:
    """app_order_timing."""
    shipments = {row["order_id"]: row for row in world.books["shipment"]}
    for day in world.spine:
        orders = world.orders_created.get(day, [])
        spans: dict[str, list[int]] = {"pay": [], "ship": [], "deliver": []}
        for order in orders:
            shipment = shipments.get(order["order_id"], {})
            moments = (
                order["created_at"],
                world.paid_at.get(order["order_id"]),
                shipment.get("shipped_at"),
                shipment.get("delivered_at"),
            )
            for place, step in enumerate(spans):
                before, after = moments[place : place + 2]
                if before is not None and after is not None:
                    spans[step].append(after - before)
        unpaid = sum(order["order_id"] not in world.paid_at for order in orders)
        row: Row = {
            "dt": day,
            "orders": len(orders),
            "unpaid_orders": unpaid,
            "unpaid_rate": ratio(unpaid, len(orders)),
        }
        for step, found in spans.items():
            row[f"median_seconds_to_{step}"] = median_seconds(found)
            row[f"mean_seconds_to_{step}"] = mean_seconds(found)
        yield row


def payment_methods(world: World) -> Iterator[Row]:
    """app_payment_methods."""
    customers = {row["order_id"]: row["customer_id"] for row in world.books["orders"]}
    groups: dict[tuple[date, str], list[Row]] = {}
    for payment in world.books["payment"]:
        key = world.days.day(payment["paid_at"]), named(payment["method"])
        groups.setdefault(key, []).append(payment)
    for (day, method), payments in groups.items():
        if day not in world.spine:
            continue
        orders = {payment["order_id"] for payment in payments}
        yield {
            "dt": day,
            "method": method,
            "orders": len(orders),
            "amount": money(sum((payment["amount"] for payment in payments), ZERO)),
            "buyers": len({customers.get(order) for order in orders} - {None}),
        }


def _counts(orders: list[Row]) -> dict[str, Any]:
    return {
        "orders": len(orders),
        "amount": money(sum((order["total_amount"] for order in orders), ZERO)),
        "buyers": len({order["customer_id"] for order in orders} - {None}),
    }


def regions(world: World) -> Iterator[Row]:
    """app_regions."""
    for day in world.spine:
        groups: dict[str, list[Row]] = {}
        for order in world.orders_created.get(day, []):
            groups.setdefault(named(order["province"]), []).append(order)
        for province, orders in groups.items():
            yield {"dt": day, "province": province, **_counts(orders)}


def coupons(world: World) -> Iterator[Row]:
    """app_coupons."""
    uses: dict[str, list[Row]] = {}
    for use in world.books["coupon_use"]:
        uses.setdefault(use["order_id"], []).append(use)
    for day in world.spine:
        groups: dict[str, list[Row]] = {}
        discounts: dict[str, Decimal] = {}
        without: list[Row] = []
        for order in world.orders_created.get(day, []):
            used = uses.get(order["order_id"], [])
            for use in used:
                groups.setdefault(use["coupon_id"], []).append(order)
                discounts[use["coupon_id"]] = discounts.get(use["coupon_id"], ZERO) + use["amount"]
            if not used:
                without.append(order)
        other = ratio(_counts(without)["amount"], len(without), 4)
        for coupon, orders in groups.items():
            counts = _counts(orders)
            average = ratio(counts["amount"], len(orders), 4)
            yield {
                "dt": day,
                "coupon_id": coupon,
                **counts,
                "discount": money(discounts[coupon]),
                "average_order_value": average,
                "other_average_order_value": other,
                "lift": None if average is None else change(average, other),
            }
