"""Events and shop rows by chance, crowded where a warehouse goes wrong.

Few persons, products and orders, moments around midnight of the shop and ten minutes apart, so that sessions
join and part, visitors become known afterwards, copies of an event fall on another day, and orders move.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from mallard.contract import TABLES

FIRST = datetime(2024, 3, 8, tzinfo=UTC)
DAYS = 12
ZONES = ("UTC", "Asia/Kolkata", "America/New_York")
"""2024-03-10 has 23 hours in New York; Kolkata stands half an hour off."""

_NAMES = (
    "Product Viewed", "Product Added", "Checkout Started", "Order Completed", "Application Opened",
    "Application Crashed", "Page Viewed", "Identify", "Alias",
)  # fmt: skip
_TYPES = {"Page Viewed": "page", "Identify": "identify", "Alias": "alias"}
_USERS = ("c1", "c2", "c3")
_KEYS = ("a", "b", "c")
_ORDERS = ("o1", "o2", "o3", "o4", "o5")
_PRODUCTS = ("p1", "p2", "p3")


class Chance:
    """A source of rows. now: when they arrive."""

    def __init__(self, timezone: str) -> None:
        self._zone = ZoneInfo(timezone)
        self._seen: list[dict[str, Any]] = []
        self.now = FIRST + timedelta(days=6)

    def events(self, rng: Random) -> list[dict[str, Any]]:
        """A landing of one to five events; some have come before, with another time perhaps."""
        return [self._event(rng) for _ in range(rng.randint(1, 5))]

    def _event(self, rng: Random) -> dict[str, Any]:
        if self._seen and rng.random() < 0.15:
            again = dict(rng.choice(self._seen))
            if rng.random() < 0.5:
                again["event_time"] = self.moment(rng)
            return again
        name = rng.choice(_NAMES)
        at = self.moment(rng)
        event: dict[str, Any] = {
            "event_id": f"e{len(self._seen):04d}",
            "event_name": name,
            "event_type": _TYPES.get(name, "track"),
            "event_time": at,
            "received_at": max(at, self.now - timedelta(hours=rng.randrange(48))),
            "anonymous_id": rng.choice((*_KEYS, *_KEYS, None)),
            "device_id": rng.choice((None, None, "D")),
            "user_id": rng.choice((*_USERS, None, None, None, None)),
            "platform": rng.choice(("web", "ios", "android")),
            "app_version": rng.choice((None, "1", "2")),
            "is_bot": rng.random() < 0.05,
        }
        if not (event["anonymous_id"] or event["device_id"] or event["user_id"]):
            event["user_id"] = rng.choice(_USERS)
        event |= self._particulars(rng, name)
        self._seen.append(event)
        return event

    def _particulars(self, rng: Random, name: str) -> dict[str, Any]:
        if name == "Alias":
            return {"previous_id": rng.choice(_KEYS)}
        if name == "Order Completed":
            return {"order_id": rng.choice((*_ORDERS, "x1", None))}
        if name.startswith("Product"):
            return {"product_id": rng.choice(_PRODUCTS)}
        if name == "Page Viewed":
            return {
                "page_path": rng.choice(("/", "/a")),
                "referrer": rng.choice((None, "https://www.google.com/search")),
                "utm_source": rng.choice((None, None, "letter")),
            }
        return {}

    def moment(self, rng: Random) -> datetime:
        """An instant of the stretch, mostly within an hour of midnight in the shop."""
        day = FIRST + timedelta(days=rng.randrange(DAYS))
        if rng.random() < 0.3:
            return day + timedelta(minutes=rng.randrange(1440))
        midnight = datetime(day.year, day.month, day.day, tzinfo=self._zone).astimezone(UTC)
        return midnight + timedelta(minutes=rng.randrange(-60, 61, 10))

    def versions(self, rng: Random) -> dict[str, list[dict[str, Any]]]:
        """An import: rows of one to four tables, changed or deleted."""
        tables = rng.sample(sorted(TABLES), rng.randint(1, 4))
        return {name: self._rows(rng, name) for name in tables}

    def _rows(self, rng: Random, table: str) -> list[dict[str, Any]]:
        rows: dict[tuple[Any, ...], dict[str, Any]] = {}
        for _ in range(rng.randint(1, 2)):
            row = self._row(rng, table)
            key = {column: row[column] for column in TABLES[table].key}
            rows[tuple(key.values())] = row if rng.random() > 0.2 else {**key, "change": "delete"}
        return list(rows.values())

    def _row(self, rng: Random, table: str) -> dict[str, Any]:
        at = self.moment(rng)
        order = {"order_id": rng.choice(_ORDERS)}
        amount = {"amount": Decimal(rng.randrange(1, 2000)) / 100}
        name = {"name": rng.choice("xyz"), "updated_at": rng.choice((None, at))}
        made: dict[str, dict[str, Any]] = {
            "orders": {
                **order,
                "customer_id": rng.choice((*_USERS, None)),
                "created_at": at,
                "status": "paid",
                "total_amount": amount["amount"],
                "paid_at": rng.choice((None, at + timedelta(minutes=rng.randrange(0, 3000, 50)))),
                "cancelled_at": rng.choice((None, None, at + timedelta(minutes=rng.randrange(0, 5000, 50)))),
                "province": rng.choice((None, "P")),
                "updated_at": self.now,
            },
            "order_item": {
                **order,
                "order_item_id": rng.choice("12"),
                "product_id": rng.choice(_PRODUCTS),
                "quantity": rng.randint(1, 3),
                "unit_price": amount["amount"],
            },
            "payment": {
                **order,
                **amount,
                "payment_id": rng.choice("123"),
                "paid_at": at,
                "method": rng.choice((None, "card")),
            },
            "shipment": {**order, "shipped_at": at, "delivered_at": rng.choice((None, self.moment(rng)))},
            "refund": {**order, **amount, "refund_id": rng.choice("12"), "refunded_at": at},
            "coupon_use": {**order, **amount, "coupon_id": rng.choice((None, "k1", "k2"))},
            "customer": {**name, "customer_id": rng.choice(_USERS), "registered_at": at},
            "customer_profile": {"customer_id": rng.choice(_USERS), "phone_count": rng.randint(1, 3)},
            "address": {"address_id": rng.choice("12"), "customer_id": rng.choice(_USERS), "province": "P"},
            "product": {
                **name, "product_id": rng.choice(_PRODUCTS), "category_id": rng.choice(("g1", "g2", None)),
            },
            "category": {
                "category_id": rng.choice(("g1", "g2")), "level1_name": rng.choice("LK"), "level3_name": "M",
            },
        }  # fmt: skip
        return made[table]
