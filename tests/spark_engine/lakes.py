"""Rows of a lake made by hand, in March 2026."""

from __future__ import annotations

from decimal import Decimal

from tests.warehouse.lakes import HandLake, instant


def event(number: int, day: int, hour: int, **given: object) -> dict[str, object]:
    return {
        "event_id": f"e{number}",
        "event_name": "Product Viewed",
        "event_time": instant(f"2026-03-{day:02d} {hour:02d}:00:00"),
        "anonymous_id": "a1",
        **given,
    }


def order(number: int, day: int, amount: str) -> dict[str, object]:
    return {
        "order_id": f"o{number}",
        "customer_id": "c1",
        "created_at": instant(f"2026-03-{day:02d} 12:00:00"),
        "status": "created",
        "total_amount": Decimal(amount),
    }


def begin(lake: HandLake) -> None:
    """Five days of one visitor, who logs in on the third, and orders on the first, second and fourth."""
    lake.events(*(event(day, day, 9) for day in range(1, 6)), event(9, 3, 20, user_id="c1"))
    lake.load(instant("2026-03-05 23:00:00"), orders=[order(n, n, f"{n}0.50") for n in (1, 2, 4)])


def go_on(lake: HandLake) -> None:
    """The second order is deleted, the fourth is paid, one event comes late and one comes twice."""
    lake.load(
        instant("2026-03-06 01:00:00"),
        orders=[
            {"order_id": "o2", "change": "delete"},
            {**order(4, 4, "40.50"), "paid_at": instant("2026-03-05 08:00:00"), "status": "paid"},
        ],
    )
    lake.events(event(10, 1, 23), event(3, 3, 9))
