"""Preset shopware: a small hand-made shop, drafts and all, whose figures were counted by hand."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from mallard.contract import TABLES
from mallard.sources.check import check
from tests.sources.platforms import CONTRACT, ITEMS, ORDERS, MakePlatform, at, money, moved
from tests.sources.shops import Shop

pytestmark = pytest.mark.mariadb


@pytest.fixture
def shop(platform: MakePlatform) -> Shop:
    return platform("shopware")


@pytest.fixture
def loaded(shop: Shop) -> Shop:
    shop.load(TABLES)
    return shop


def _short(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Rows with their ids as the numbers of which the shop's script made them."""
    return [
        tuple(int(v) if isinstance(v, str) and len(v) == 32 and v.isdigit() else v for v in row)
        for row in rows
    ]


def test_every_live_row_comes_once_and_none_is_refused(shop: Shop) -> None:
    assert check(shop.settings).ok
    reports = shop.load(TABLES)
    assert {name: (r.new, r.reasons) for name, r in reports.items()} == {
        "customer": (2, {}), "address": (2, {}), "category": (4, {}), "product": (2, {}), "orders": (6, {}),
        "order_item": (8, {}), "payment": (4, {}), "shipment": (1, {}), "refund": (2, {}),
        "coupon_use": (2, {}),
    }  # fmt: skip
    assert shop.current("orders", "order_id")[0] == ("00000000000000000000000000000001",)
    # 22:30 UTC on the 19th is the 20th in Shanghai
    assert shop.touched("orders") >= {date(2026, 11, 20), date(2026, 11, 10)}


def test_people_are_those_with_an_account(loaded: Shop) -> None:
    assert _short(loaded.current("customer", "customer_id, name, gender, birth_date, phone, is_blocked")) == [
        (5, "Ada Lovelace", "F", date(1990, 12, 10), "030123456", False),
        (8, "Bob B", None, None, None, True),
    ]
    assert _short(
        loaded.current("address", "address_id, customer_id, address, province, country, is_default")
    ) == [
        (1, 5, "Am Weg 1, Berlin, 10115", None, "DE", False),
        (2, 5, "Platz 2, Munich", "Bavaria", "DE", True),
    ]


def test_the_catalogue_in_the_systems_language(loaded: Shop) -> None:
    assert _short(loaded.current("category", CONTRACT)) == [
        (20, 20, "Kitchen", None, None, None, None),
        (21, 20, "Kitchen", 21, "Pans", None, None),
        (22, 20, "Kitchen", 21, "Pans", 22, "Woks"),
        (23, 20, "Kitchen", 21, "Pans", 22, "Woks"),
    ]
    columns = "product_id, sku, name, category_id, brand, price, description"
    assert _short(loaded.current("product", columns)) == [
        (40, "WOK-1", "Wok", 22, "Hammer & Co", money("49.9"), "Iron"),
        (41, "APRON", "APRON", None, None, None, None),
    ]


def test_orders_in_the_systems_currency(loaded: Shop) -> None:
    none = money("0")
    assert _short(loaded.current("orders", ORDERS)) == [
        # 148.75 USD at 1.25, prices with tax; its first payment failed
        (1, 5, "shipped", money("119"), money("10"), money("5"), money("19"), "EUR", "Storefront", "Bavaria",
         at(2026, 11, 19, 22, 30), at(2026, 11, 20, 8), None),
        (2, None, "created", money("49.9"), none, none, none, "EUR", "Storefront", None,
         at(2026, 11, 20, 10), None, None),
        # prices without tax
        (3, 5, "completed", money("119"), money("5"), money("10"), money("19"), "EUR", "Storefront",
         "Sachsen", at(2026, 11, 19, 2), at(2026, 11, 19, 2, 1), None),
        (4, 5, "refunded", money("60"), none, none, none, "EUR", "Storefront", None,
         at(2026, 11, 10, 10), at(2026, 11, 10, 10, 1), None),
        (5, 8, "cancelled", money("15"), none, none, none, "EUR", "Storefront", None,
         at(2026, 11, 11, 10), None, at(2026, 11, 12, 10)),
        # its customer is gone, and its payment has no history
        (6, None, "paid", money("20"), none, none, none, "EUR", "Storefront", None,
         at(2026, 11, 12, 10), at(2026, 11, 12, 10), None),
    ]  # fmt: skip
    assert _short(loaded.current("order_item", ITEMS)) == [
        (1, 1, 40, 2, money("49.9"), None),  # a variant, with taxes of two rates
        (1, 2, 41, 1, money("5.2"), None),
        (2, 4, 40, 1, money("49.9"), None),
        (3, 5, 40, 1, money("95"), None),
        (4, 8, 99, 1, money("60"), None),  # a product that was deleted
        (5, 9, 41, 3, money("5"), None),
        (6, 11, 41, 2, money("9"), None),  # in a set, but not what is part of a product
        (6, 12, 40, 1, money("2"), None),
    ]


def test_payments_shipments_refunds_and_coupons(loaded: Shop) -> None:
    assert _short(loaded.current("payment", "payment_id, order_id, amount, method, epoch(paid_at)")) == [
        (12, 1, money("119"), "Card", at(2026, 11, 20, 8)),
        (31, 3, money("119"), "Card", at(2026, 11, 19, 2, 1)),
        (41, 4, money("60"), "Card", at(2026, 11, 10, 10, 1)),
        (61, 6, money("20"), "Invoice", at(2026, 11, 12, 10)),
    ]
    columns = "order_id, address_id, customer_id, shipping_amount, epoch(shipped_at)"
    assert _short(loaded.current("shipment", columns)) == [(1, 7, 5, money("5"), at(2026, 11, 21, 1))]
    assert _short(loaded.current("refund", "refund_id, order_id, amount, reason, epoch(refunded_at)")) == [
        (1, 3, money("5"), "scratched", at(2026, 11, 20, 3)),
        (41, 4, money("60"), None, at(2026, 11, 18, 10)),
    ]
    assert _short(loaded.current("coupon_use", "coupon_id, order_id, amount")) == [
        ("AUTUMN", 1, money("10")),
        ("Without a code", 3, money("5")),
    ]


def test_what_changes_comes_by_changes(loaded: Shop) -> None:
    """A payment's or delivery's change leaves no trace in the order's own row."""
    loaded.sql(
        "update order_transaction set state_id = b(202), updated_at = '2026-11-22 01:00:00' where id = b(21)",
        "insert into state_machine_history select b(20), 'order_transaction', b(21), version_id, b(202),"
        " '2026-11-22 01:00:00' from order_transaction where id = b(21)",
        "update order_transaction set state_id = b(203), updated_at = '2026-11-22 02:00:00' where id = b(61)",
        "update `order` set updated_at = '2026-11-22 03:00:00', amount_total = 141.015 where id = b(1)"
        " and amount_total < 900",
        "delete from order_line_item where id = b(2)",
        "delete from order_line_item where order_version_id = b(77)",
    )
    assert moved(loaded.load(TABLES)) == {
        "orders": (0, 3, 0), "order_item": (0, 0, 1), "payment": (1, 0, 0), "refund": (1, 0, 0),
    }  # fmt: skip
    assert _short(loaded.current("orders", "order_id, status, total_amount, epoch(paid_at)"))[1::4] == [
        (2, "paid", money("49.9"), at(2026, 11, 22, 1)),
        (6, "refunded", money("20"), at(2026, 11, 12, 10)),
    ]
    assert _short(loaded.current("refund", "refund_id, amount, epoch(refunded_at)"))[-1] == (
        61, money("20"), at(2026, 11, 22, 2),
    )  # fmt: skip
    assert moved(loaded.load(TABLES)) == {}
    assert moved(loaded.load(TABLES, full=True)) == {}
