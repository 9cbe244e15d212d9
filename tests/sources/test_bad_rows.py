"""Bad rows go to quarantine with a reason and as they came; the good ones land."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from typing import Any

import pytest

from tests.sources.shops import Shop, item, order

AT = "2026-11-20 10:00:00"


BAD_ORDERS: list[tuple[dict[str, Any], str]] = [
    (order("", AT), "null_key"),
    ({**order("", AT), "order_id": None}, "null_key"),
    (order("x1", AT, total_amount="ten"), "not_a_number"),
    (order("x2", AT, total_amount="1e30"), "not_a_number"),
    (order("x3", AT, total_amount=None), "missing_value"),
    (order("x4", AT, shipping_amount="free"), "not_a_number"),
    (order("x5", "yesterday"), "bad_date"),
    (order("x5b", "2026-11-20 10:00:00 EST"), "bad_date"),
    (order("x6", "1999-12-31 23:59:59"), "bad_date"),
    (order("x7", "0000-00-00 00:00:00"), "bad_date"),
    (order("x8", "2026-02-30 00:00:00"), "bad_date"),
    (order("x9", "2026-11-24 12:00:01"), "bad_date"),
    (order("x10", AT, paid_at="2031-01-01 00:00:00"), "bad_date"),
    ({**order("x11", AT), "created_at": None}, "missing_value"),
    (order("x12", AT, status="shipping?"), "unknown_status"),
    (order("x13", AT, status=None), "missing_value"),
]


def test_bad_orders_are_refused_as_they_came_and_the_good_one_lands(sqlite_shop: Shop) -> None:
    sqlite_shop.insert("orders", order("good", AT), *(row for row, _ in BAD_ORDERS))
    report = sqlite_shop.load()["orders"]
    assert (report.read, report.new, report.quarantined) == (len(BAD_ORDERS) + 1, 1, len(BAD_ORDERS))
    assert report.reasons == Counter(reason for _, reason in BAD_ORDERS)
    assert sqlite_shop.current("orders", "order_id") == [("good",)]
    refused = [(reason, _said(json.loads(raw))) for reason, raw in sqlite_shop.quarantine("orders")]
    assert sorted(refused) == sorted((reason, _said(row)) for row, reason in BAD_ORDERS)


def _said(row: dict[str, Any]) -> str:
    """What a row says, but for its total, which SQLite writes in ways of its own."""
    return str(sorted((k, v) for k, v in row.items() if v is not None and k != "total_amount"))


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"quantity": -1}, "negative_quantity"),
        ({"quantity": "many"}, "not_a_number"),
        ({"quantity": "1.5"}, "not_an_integer"),
        ({"unit_price": "n/a"}, "not_a_number"),
        ({"product_id": None}, "missing_value"),
        ({"order_id": None}, "null_key"),
    ],
)
def test_a_bad_line_is_refused(sqlite_shop: Shop, more: dict[str, Any], reason: str) -> None:
    sqlite_shop.insert("order_item", {**item("A1", "1", AT), **more}, item("A1", "2", AT))
    report = sqlite_shop.load(["order_item"])["order_item"]
    assert (report.new, report.reasons) == (1, {reason: 1})


@pytest.mark.parametrize("quantity", ["0", "3", "3.0000", " 3 ", "3e0"])
def test_whole_quantities_are_taken_however_written(sqlite_shop: Shop, quantity: str) -> None:
    sqlite_shop.insert("order_item", item("A1", "1", AT, quantity=quantity))
    sqlite_shop.load(["order_item"])
    assert sqlite_shop.current("order_item", "quantity") == [(int(float(quantity)),)]


def test_up_to_a_day_in_the_future_is_taken(sqlite_shop: Shop) -> None:
    """Clocks differ."""
    sqlite_shop.insert("orders", order("A1", "2026-11-24 11:59:59"))
    assert sqlite_shop.load()["orders"].new == 1


def test_of_two_rows_with_one_key_the_last_changed_is_taken(sqlite_shop: Shop) -> None:
    sqlite_shop.insert(
        "orders",
        order("A1", AT, status="created"),
        order("A1", AT, status="paid", updated_at="2026-11-20 12:00:00"),
        order("A2", AT),
    )
    report = sqlite_shop.load()["orders"]
    assert (report.new, report.reasons) == (2, {"duplicate_key": 1})
    assert sqlite_shop.current("orders", "order_id, status") == [("A1", "paid"), ("A2", "created")]
    assert '"created"' in sqlite_shop.quarantine("orders")[0][1]
    assert sqlite_shop.load()["orders"].changed == 0


def test_a_row_that_turned_bad_keeps_its_last_good_version(sqlite_shop: Shop) -> None:
    """It is still in the shop: that it cannot be read does not delete it."""
    sqlite_shop.insert("customer", {"customer_id": "1", "registered_at": AT})
    sqlite_shop.load()
    sqlite_shop.sql("update customer set registered_at = 'never'")
    report = sqlite_shop.load()["customer"]
    assert (report.deleted, report.reasons) == (0, {"bad_date": 1})
    assert len(sqlite_shop.current("customer")) == 1


def test_a_bad_row_read_again_is_not_kept_twice(sqlite_shop: Shop) -> None:
    sqlite_shop.insert("customer", {"customer_id": "1", "registered_at": "never"})
    first, second = sqlite_shop.load()["customer"], sqlite_shop.load()["customer"]
    assert (first.quarantined, second.quarantined) == (1, 1)
    assert len(sqlite_shop.quarantine("customer")) == 1


def test_the_quarantine_says_where_and_when(sqlite_shop: Shop) -> None:
    sqlite_shop.insert("customer", {"customer_id": "1", "registered_at": "never"}, {"customer_id": None})
    sqlite_shop.load()
    (path,) = sqlite_shop.files("quarantine")
    assert path.parent.name == "dt=2026-11-23"
    columns = "source, strftime(received_at, '%Y-%m-%d %H:%M:%S'), landed_seq, origin"
    rows = sqlite_shop.quarantine("customer", columns)
    assert [row[:3] for row in rows] == [("db:customer", "2026-11-23 04:00:00", 1)] * 2
    assert len({row[3] for row in rows}) == 2
    assert sqlite_shop.touched("quarantine") == {date(2026, 11, 23)}


def test_read_is_new_and_changed_and_known_and_quarantined(sqlite_shop: Shop) -> None:
    sqlite_shop.insert("customer", *({"customer_id": str(n), "name": "a"} for n in range(6)))
    sqlite_shop.load()
    sqlite_shop.insert("customer", {"customer_id": "new"}, {"customer_id": None})
    sqlite_shop.sql("update customer set name = 'b' where customer_id in ('1', '2')")
    report = sqlite_shop.load()["customer"]
    assert (report.read, report.new, report.changed, report.quarantined) == (8, 1, 2, 1)
