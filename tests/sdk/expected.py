"""What the shopping journey must become: written by hand from the Segment specifications, not computed."""

from __future__ import annotations

import json
from collections import Counter
from decimal import Decimal
from typing import Any

from tests.sdk.programs import STEPS

COMMERCE = (
    "view_id", "product_id", "list_id", "category", "brand", "position", "quantity", "price", "order_id",
    "cart_id", "value", "currency", "query", "loading_time_ms", "stay_time_ms", "error_class",
    "error_message",
)  # fmt: skip
"""Columns that hold what an event says about the shop; those not named below must be NULL."""

EVENTS: dict[str, dict[str, Any]] = {
    "Application Opened": {"loading_time_ms": 812},
    "Page Viewed": {"event_type": "page"},
    "Product List Viewed": {"list_id": "hot deals", "category": "Shoes", "loading_time_ms": 95},
    "Product Clicked": {
        "product_id": "p-2", "position": 2, "category": "Shoes", "brand": "Canard", "price": Decimal("18.99"),
    },
    "Product Viewed": {
        "product_id": "p-2", "category": "Shoes", "brand": "Canard", "price": Decimal("18.99"),
        "currency": "EUR", "view_id": "v-7", "stay_time_ms": 5400,
    },
    "Product Added": {
        "cart_id": "c-5", "product_id": "p-2", "quantity": 2, "price": Decimal("18.99"), "currency": "EUR",
    },
    "Identify": {"event_type": "identify", "user": True},
    "Checkout Started": {
        "order_id": "o-9", "cart_id": "c-5", "value": Decimal("37.98"), "currency": "EUR", "user": True,
    },
    "Order Completed": {
        "order_id": "o-9", "cart_id": "c-5", "value": Decimal("42.48"), "currency": "EUR", "user": True,
    },
    "Alias": {"event_type": "alias", "user": True, "previous": True},
    "Group": {"event_type": "group", "user": True},
    "Application Crashed": {
        "error_class": "TypeError", "error_message": "x is not a function", "user": True,
    },
}  # fmt: skip

KEPT = {
    "Application Opened": {"from_background": False},
    "Page Viewed": {"layout": "two columns"},
    "Product List Viewed": {
        "products": [{"product_id": "p-1", "position": 1}, {"product_id": "p-2", "position": 2}]
    },
    "Product Viewed": {"note": 'naïve ☃ 😀 "quoted"\nline'},
    "Identify": {"plan": "gold"},
    "Checkout Started": {"step": 1},
    "Order Completed": {"shipping": 4.5, "coupon": "DUCK10"},
    "Group": {"club": "Mallards"},
}
"""What is no column and must still be found in ``properties``."""

PHONE = {
    "platform": "android", "device_id": "d-0042", "device_brand": "Google", "device_model": "Pixel 6",
    "os_name": "Android", "os_version": "13", "app_version": "4.2.0", "app_build": "420", "network": "wifi",
    "screen_width": 1080, "screen_height": 2400, "locale": "de-DE", "timezone": "Europe/Berlin",
    "utm_campaign": "spring", "utm_source": "news", "utm_medium": "email", "utm_term": "shoes",
    "utm_content": "top",
}  # fmt: skip
"""Columns that come from the journey's context."""


def check_journey(
    rows: list[dict[str, Any]], rounds: int, everywhere: dict[str, Any], late_login: bool = False
) -> None:
    """Each event of each round exactly once, with the right columns.

    late_login: the SDK puts the user on an event when it sends it, so that what waited for a second try
    has the user who logged in meanwhile.
    """
    seen = Counter((_turn(row), row["event_name"]) for row in rows)
    assert seen == Counter({(turn, name): 1 for turn in range(rounds) for name in EVENTS})
    assert len(EVENTS) == len(STEPS)
    for row in rows:
        _check_row(row, everywhere | ({"user_id": row["user_id"]} if late_login else {}))


def _turn(row: dict[str, Any]) -> int:
    """The round an event belongs to; server SDKs send an alias without an anonymous id."""
    return int((row["anonymous_id"] or row["previous_id"]).removeprefix("anon-"))


def _check_row(row: dict[str, Any], everywhere: dict[str, Any]) -> None:
    name, turn = row["event_name"], _turn(row)
    wanted = {"event_type": "track", **dict.fromkeys(COMMERCE), "is_bot": False, "time_source": "client"}
    wanted |= EVENTS[name]
    wanted["user_id"] = f"user-{turn}" if wanted.pop("user", False) else None
    wanted["previous_id"] = f"anon-{turn}" if wanted.pop("previous", False) else None
    wanted |= everywhere
    wrong = {column: (row[column], value) for column, value in wanted.items() if row[column] != value}
    assert not wrong, f"{name}: {wrong}"
    _check_kept(row)
    assert abs((row["received_at"] - row["event_time"]).total_seconds()) < 120
    assert row["dt"] == row["event_time"].date()  # the shop's zone is UTC


def _check_kept(row: dict[str, Any]) -> None:
    properties, context = json.loads(row["properties"] or "{}"), json.loads(row["context"])
    if row["event_type"] == "identify":  # RudderStack's SDKs have the traits in the context
        properties |= context.get("traits", {})
    for key, value in KEPT.get(row["event_name"], {}).items():
        assert properties[key] == value, (row["event_name"], key)
    if row["event_type"] == "group":
        assert context["unmapped"]["groupId"] == "g-3"
    if row["event_type"] == "page":  # its name is the title where the page has no other
        assert "Home" in (row["page_title"], properties.get("name"))
