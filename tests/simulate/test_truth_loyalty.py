from __future__ import annotations

import pytest

from mallard.simulate.devices import WEB, Device
from mallard.simulate.truth.loyalty import segment
from tests.simulate.tiny import PHONE, WEB1, WEB2, Tiny, pick


def test_retention_counts_only_complete_days() -> None:
    life = Tiny()
    for device, days in ((WEB1, (1, 2, 4)), (WEB2, (1,)), (PHONE, (2, 3))):
        for day in days:
            life.event("A", f"2026-06-0{day} 10:00", device)
    rows = life.table("app_retention", "2026-06-04")  # the fourth is still running
    columns = ("cohort_dt", "period_number", "cohort_size", "retained", "rate")
    assert sorted(pick(rows, *columns, period="day")) == [
        ("2026-06-01", 0, 2, 2, "1.000000"),
        ("2026-06-01", 1, 2, 1, "0.500000"),
        ("2026-06-01", 2, 2, 0, "0.000000"),
        ("2026-06-02", 0, 1, 1, "1.000000"),
        ("2026-06-02", 1, 1, 1, "1.000000"),
    ]
    assert pick(rows, "period", period="week") == []


def test_retention_by_week_and_month() -> None:
    life = Tiny()
    for device, when in (
        (WEB1, "05-31"),
        (WEB1, "06-08"),
        (WEB1, "07-01"),
        (WEB2, "06-30"),
        (PHONE, "07-06"),
    ):
        life.event("A", f"2026-{when} 10:00", device)
    rows = life.table("app_retention", "2026-07-13")
    columns = ("cohort_dt", "period_number", "cohort_size", "retained")
    assert pick(rows, *columns, period="month") == [
        ("2026-05-01", 0, 1, 1),
        ("2026-05-01", 1, 1, 1),
        ("2026-06-01", 0, 1, 1),
    ]
    # 31 May is a Sunday: its week began on 25 May; the last complete week is that of 29 June
    assert pick(rows, *columns, period="week", cohort_dt="2026-05-25") == [
        ("2026-05-25", number, 1, int(number in (0, 2, 5))) for number in range(6)
    ]


def test_repeat_buyers_within_a_window_by_category() -> None:
    life = Tiny()
    life.row("category", category_id="c", level1_name="Tea")
    life.row("product", product_id="p", name="P", category_id="c", updated_at="2026-01-01 00:00")
    life.order("1", "2026-06-01 10:00", "1", "7", items=(("p", 1, "1"), ("q", 1, "1"), ("p2", 1, "1")))
    life.order("2", "2026-06-07 10:00", "1", "7", items=(("q", 1, "1"),))
    life.order("3", "2026-06-08 10:00", "1", "8", items=(("p", 1, "1"),))
    life.order("4", "2026-06-08 10:00", "1", None, items=(("p", 1, "1"),))
    rows = life.table("app_repurchase", "2026-06-08")
    columns = ("category", "buyers", "repeat_buyers", "rate")
    assert sorted(pick(rows, *columns, dt="2026-06-07", window_days=7)) == [
        ("Tea", 1, 0, "0.000000"),
        ("all", 1, 1, "1.000000"),
        ("unknown", 1, 1, "1.000000"),
    ]
    assert sorted(pick(rows, *columns, dt="2026-06-08", window_days=7)) == [
        ("Tea", 1, 0, "0.000000"),
        ("all", 2, 0, "0.000000"),
        ("unknown", 1, 0, "0.000000"),
    ]
    assert pick(rows, *columns, dt="2026-06-08", window_days=30, category="all") == [
        ("all", 2, 1, "0.500000")
    ]


@pytest.mark.parametrize(
    ("recency", "orders", "name"),
    [
        (0, 1, "new"), (30, 1, "new"), (31, 1, "promising"), (60, 1, "promising"), (61, 1, "hibernating"),
        (120, 1, "hibernating"), (121, 1, "lost"), (0, 2, "loyal"), (60, 3, "loyal"), (30, 4, "champions"),
        (31, 4, "loyal"), (61, 2, "at_risk"), (120, 9, "at_risk"), (121, 9, "lost"),
    ],
)  # fmt: skip
def test_segments(recency: int, orders: int, name: str) -> None:
    assert segment(recency, orders) == name


def test_segments_of_a_day_look_at_the_orders_so_far() -> None:
    life = Tiny()
    life.order("1", "2026-06-01 10:00", "5", "7")
    life.order("2", "2026-06-02 10:00", "7", "7")
    life.order("3", "2026-06-02 10:00", "7", None)
    rows = life.table("app_customer_segments", "2026-06-02")
    assert pick(rows, "customers", "sales", dt="2026-06-01", segment="new") == [(1, "5.0000")]
    assert pick(rows, "customers", "sales", dt="2026-06-02", segment="loyal") == [(1, "12.0000")]
    assert pick(rows, "customers", "sales", dt="2026-06-02", segment="new") == [(0, "0.0000")]
    assert len(rows) == 14


def test_products_bought_together_then_products_viewed_together() -> None:
    life = Tiny()
    for number, products in enumerate(("ab", "ab", "abc", "ac", "d")):
        life.order(str(number), "2026-06-01 10:00", "1", items=tuple((p, 1, "1") for p in products))
    life.order("old", "2026-03-03 10:00", "1", items=(("a", 1, "1"), ("d", 1, "1")))
    for number in range(2):
        device = Device(f"v{number}", None, WEB[0], 0)
        for product in ("a", "d", "b"):
            life.event("Product Viewed", "2026-06-01 10:00", device, product_id=product)
    rows = life.table("app_product_recommendations", "2026-06-01")
    columns = ("rank", "other_product_id", "basis", "pairs", "support", "confidence", "lift")
    # a stands in 4 of 5 orders, b in 3, c in 2, d in 1; the order of 3 March is older than 90 days
    assert pick(rows, *columns, product_id="a") == [
        (1, "b", "bought", 3, "0.600000", "0.750000", "1.250000"),
        (2, "c", "bought", 2, "0.400000", "0.500000", "1.250000"),
        (3, "d", "viewed", 2, "1.000000", "1.000000", "1.000000"),
    ]
    assert pick(rows, *columns, product_id="c") == [
        (1, "a", "bought", 2, "0.400000", "1.000000", "1.250000"),
    ]
    assert pick(rows, "other_product_id", "basis", product_id="d") == [("a", "viewed"), ("b", "viewed")]


def test_wide_customers() -> None:
    life = Tiny()
    life.row("customer", customer_id="7", name="Ana", registered_at="2026-05-01 08:00", is_blocked=False)
    life.row("customer", customer_id="8", name="Bo", registered_at="2026-05-01 08:00")
    life.row("customer_profile", customer_id="7", has_car=True, weight_kg=60.5)
    for identity, default in (("20", False), ("3", False), ("10", False)):
        life.row("address", address_id=identity, customer_id="7", address=f"A{identity}", is_default=default)
    life.row("address", address_id="30", customer_id="8", address="first", is_default=False)
    life.row("address", address_id="40", customer_id="8", address="default", is_default=True)
    life.event("A", "2026-06-01 10:00", user="7")
    life.event("A", "2026-06-03 10:00", user="7")
    life.order("1", "2026-06-01 10:00", "10", "7", paid="2026-06-01 11:00")
    life.order("2", "2026-06-02 10:00", "5.01", "7", cancelled_at="2026-06-02 11:00")
    life.row("refund", refund_id="r", order_id="1", amount="2", refunded_at="2026-06-02 00:00")
    rows = life.table("dws_customer", "2026-06-03")
    columns = (
        "address", "has_car", "first_active_dt", "last_active_dt", "active_days", "orders", "order_amount",
        "paid_orders", "paid_amount", "cancelled_orders", "refund_amount", "average_order_value",
        "recency_days", "segment",
    )  # fmt: skip
    assert pick(rows, *columns) == [
        (
            "A10",
            True,
            "2026-06-01",
            "2026-06-03",
            2,
            2,
            "15.0100",
            1,
            "10.0000",
            1,
            "2.0000",
            "7.5050",
            1,
            "loyal",
        ),
        ("default", None, None, None, 0, 0, "0.0000", 0, "0.0000", 0, "0.0000", None, None, None),
    ]
    assert str(rows[0]["last_order_at"]) == "2026-06-02 10:00:00+00:00"
