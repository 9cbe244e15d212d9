"""True wide user information."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from mallard.simulate.order_books import Row
from mallard.simulate.shop import instant
from mallard.simulate.truth.loyalty import segment
from mallard.simulate.truth.numbers import money, ratio
from mallard.simulate.truth.world import World

ZERO = Decimal(0)
PROFILE = (
    "is_pregnant", "has_children", "has_car", "phone_brand", "phone_count", "phone_change_count",
    "weight_kg", "height_cm",
)  # fmt: skip
ADDRESS = ("address", "province", "country", "recipient")


def customers(world: World) -> Iterator[Row]:
    """dws_customer."""
    if not world.spine:
        return
    last = world.spine[-1]
    profiles = {row["customer_id"]: row for row in world.books["customer_profile"]}
    addresses: dict[str, list[Row]] = {}
    for row in world.books["address"]:
        addresses.setdefault(row["customer_id"], []).append(row)
    orders: dict[str, list[Row]] = {}
    for row in world.books["orders"]:
        if row["customer_id"] is not None and world.days.day(row["created_at"]) <= last:
            orders.setdefault(row["customer_id"], []).append(row)
    refunds: dict[str, Decimal] = {}
    for row in world.books["refund"]:
        refunds[row["order_id"]] = refunds.get(row["order_id"], ZERO) + row["amount"]
    for row in world.books["customer"]:
        identity = row["customer_id"]
        active = [day for day in world.active_days.get(identity, []) if day <= last]
        profile, address = profiles.get(identity, {}), _address(addresses.get(identity, []))
        yield {
            "customer_id": identity,
            **{name: row[name] for name in ("name", "gender", "birth_date", "email", "phone")},
            "registered_at": _moment(row["registered_at"]),
            "is_blocked": row["is_blocked"],
            **{name: profile.get(name) for name in PROFILE},
            **{name: address.get(name) for name in ADDRESS},
            "first_active_dt": active[0] if active else None,
            "last_active_dt": active[-1] if active else None,
            "active_days": len(active),
            **_bought(world, orders.get(identity, []), refunds),
        }


def _address(rows: list[Row]) -> Row:
    best = sorted(rows, key=lambda row: (not row["is_default"], row["address_id"].encode()))
    return best[0] if best else {}


def _moment(at: int | None) -> Any:
    return None if at is None else instant(at)


def _bought(world: World, orders: list[Row], refunds: dict[str, Decimal]) -> Row:
    paid = [row for row in orders if row["order_id"] in world.paid_at]
    amount = sum((row["total_amount"] for row in orders), ZERO)
    created = [row["created_at"] for row in orders]
    recency = (world.spine[-1] - world.days.day(max(created))).days if created else None
    return {
        "first_order_at": _moment(min(created, default=None)),
        "last_order_at": _moment(max(created, default=None)),
        "orders": len(orders),
        "order_amount": money(amount),
        "paid_orders": len(paid),
        "paid_amount": money(sum((row["total_amount"] for row in paid), ZERO)),
        "cancelled_orders": sum(row["cancelled_at"] is not None for row in orders),
        "refund_amount": money(sum((refunds.get(row["order_id"], ZERO) for row in orders), ZERO)),
        "average_order_value": ratio(amount, len(orders), 4),
        "recency_days": recency,
        "segment": None if recency is None else segment(recency, len(orders)),
    }
