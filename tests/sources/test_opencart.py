"""Preset opencart: a small hand-made shop in Shanghai whose figures were counted by hand."""

from __future__ import annotations

import pytest

from mallard.contract import TABLES
from mallard.sources.check import check
from tests.sources.platforms import CONTRACT, ITEMS, ORDERS, MakePlatform, at, money, moved
from tests.sources.shops import Shop

pytestmark = pytest.mark.mariadb

VERSION_4 = (
    "alter table oc_order drop column payment_code, add column transaction_id varchar(100) default ''",
    'update oc_order set payment_method = \'{"name":"Cash","code":"cod.cod"}\' where order_id = 8',
    'update oc_order set payment_method = \'{"name":"Card","code":"stripe.stripe"}\','
    " transaction_id = concat('ch_', order_id) where order_id in (1, 4)",
    "alter table oc_order_product add column master_id int not null default 0",
    "update oc_order_product set product_id = 44, master_id = 40 where order_product_id = 1",
    "alter table oc_address add column `default` tinyint(1) not null default 0",
    "update oc_address set `default` = 1 where address_id = 2",
    "alter table oc_customer drop column address_id",
    "alter table oc_zone drop column name",
    "alter table oc_country drop column name",
    "update oc_setting set `key` = 'config_language_catalog' where `key` = 'config_language'",
)
"""What the newer version keeps otherwise."""


@pytest.fixture
def shop(platform: MakePlatform) -> Shop:
    made = platform("opencart")
    made.options["source"]["order_status"] = {"17": "paid"}
    return made


@pytest.fixture
def loaded(shop: Shop) -> Shop:
    shop.load(TABLES)
    return shop


def test_every_row_comes_once_and_a_status_of_ones_own_is_asked_for(shop: Shop) -> None:
    shop.options["source"].pop("order_status")
    assert "'17' (1 orders)" in next(t.problem for t in check(shop.settings).tables if t.table == "orders")
    reports = shop.load(TABLES)
    assert {name: (r.new, r.reasons) for name, r in reports.items()} == {
        "customer": (2, {}), "address": (2, {}), "category": (4, {}), "product": (3, {}),
        "orders": (6, {"unknown_status": 1}), "order_item": (8, {}), "payment": (3, {}), "shipment": (1, {}),
        "refund": (1, {}), "coupon_use": (2, {}),
    }  # fmt: skip
    shop.options["source"]["order_status"] = {"17": "paid"}
    assert check(shop.settings).ok
    assert moved(shop.load(TABLES)) == {"orders": (1, 0, 0), "payment": (1, 0, 0)}


def test_people_and_the_catalogue_in_the_shops_language(loaded: Shop) -> None:
    registered = at(2026, 10, 1, 7)
    assert loaded.current("customer", "customer_id, name, phone, is_blocked, epoch(registered_at)") == [
        ("5", "Ada Lovelace", "030123456", False, registered),
        ("8", "O'Neil & Sons", None, True, registered),
    ]  # fmt: skip
    assert loaded.current("address", "address_id, customer_id, address, province, country, is_default") == [
        ("1", "5", "Am Weg 1, Berlin, 10115", None, "DE", False),
        ("2", "5", 'Platz "2", Hof, Munich, 80331', "Bayern", "DE", True),
    ]
    assert loaded.current("category", CONTRACT) == [
        ("20", "20", "Kitchen & more", None, None, None, None),
        ("24", "20", "Kitchen & more", "24", "Pans", None, None),
        ("25", "20", "Kitchen & more", "24", "Pans", "25", "Woks"),
        ("26", "20", "Kitchen & more", "24", "Pans", "25", "Woks"),
    ]
    assert loaded.current("product", "product_id, sku, name, category_id, brand, price, description") == [
        ("40", "WOK-1", 'Wok <14">', "25", "Hammer & Co", money("49.9"), "<p>Iron&nbsp;</p>"),
        ("41", "APRON", "Schürze", None, None, money("5.2"), None),
        ("43", "NO-NAME", "NO-NAME", None, None, money("7.5"), None),
    ]


def test_confirmed_orders_in_the_default_currency(loaded: Shop) -> None:
    none = money("0")
    assert loaded.current("orders", ORDERS) == [
        # shown to its customer as 148.75 USD
        ("1", "5", "shipped", money("119"), money("10"), money("5"), money("19"), "GBP", "0", "Bayern",
         at(2026, 11, 19, 22, 30), at(2026, 11, 20, 8), None),
        ("2", None, "created", money("49.9"), none, none, none, "GBP", "0", "Nordrhein-Westfalen",
         at(2026, 11, 20, 10), None, None),
        ("4", "5", "refunded", money("60"), none, none, none, "GBP", "0", "Bayern",
         at(2026, 11, 10, 10), at(2026, 11, 10, 10, 1), None),
        # reward points are a discount, a gift voucher is money
        ("5", "8", "cancelled", money("15"), money("1"), none, none, "GBP", "0", None,
         at(2026, 11, 11, 10), None, at(2026, 11, 12, 10)),
        ("6", "8", "refunded", money("8"), none, none, none, "GBP", "0", None,
         at(2026, 11, 11, 10), None, None),
        ("7", "5", "paid", money("30"), none, none, none, "GBP", "1", None,
         at(2026, 11, 12, 10), at(2026, 11, 12, 10, 1), None),
        ("8", "8", "completed", money("20"), money("2"), none, none, "GBP", "0", None,
         at(2026, 11, 19, 2), at(2026, 11, 20, 2), None),
    ]  # fmt: skip
    assert loaded.current("order_item", ITEMS)[:4] == [
        ("1", "1", "40", 2, money("49.9"), None),
        ("1", "2", "41", 1, money("5.2"), None),
        ("2", "3", "40", 1, money("49.9"), None),
        ("4", "5", "40", 1, money("60"), None),
    ]


def test_payments_shipments_refunds_and_coupons(loaded: Shop) -> None:
    assert loaded.current("payment", "payment_id, order_id, amount, method, epoch(paid_at)") == [
        ("1", "1", money("119"), "stripe", at(2026, 11, 20, 8)),
        ("4", "4", money("60"), "stripe", at(2026, 11, 10, 10, 1)),
        ("7", "7", money("30"), "cheque", at(2026, 11, 12, 10, 1)),
        ("8", "8", money("20"), "cod", at(2026, 11, 20, 2)),
    ]  # fmt: skip
    assert loaded.current("shipment", "order_id, customer_id, shipping_amount, epoch(shipped_at)") == [
        ("1", "5", money("5"), at(2026, 11, 21, 1))
    ]
    # order 6 was never paid
    assert loaded.current("refund", "refund_id, order_id, amount, epoch(refunded_at)") == [
        ("4", "4", money("60"), at(2026, 11, 18, 10))
    ]
    assert loaded.current("coupon_use", "coupon_id, order_id, amount") == [
        ("AUTUMN", "1", money("10")),
        ("A&B (2)", "8", money("2")),
    ]


def test_what_changes_comes_by_changes(loaded: Shop) -> None:
    loaded.sql(
        # one that is confirmed, one that is edited, one that is refunded
        "update oc_order set order_status_id = 2, date_modified = '2026-11-22 09:00:00' where order_id = 3",
        "insert into oc_order_history values (null, 3, 2, '2026-11-22 09:00:00')",
        "delete from oc_order_product where order_id = 2",
        "insert into oc_order_product values (10, 2, 41, 1, 5.2, 5.2, 0)",
        "update oc_order set total = 5.2, date_modified = '2026-11-22 09:30:00' where order_id = 2",
        "update oc_order set order_status_id = 13, date_modified = '2026-11-22 10:00:00' where order_id = 8",
        "insert into oc_order_history values (null, 8, 13, '2026-11-22 10:00:00')",
    )
    assert moved(loaded.load(TABLES)) == {
        "orders": (1, 2, 0), "order_item": (2, 0, 1), "payment": (1, 0, 0), "refund": (1, 0, 0),
        "coupon_use": (1, 0, 0),
    }  # fmt: skip
    assert loaded.current("refund", "refund_id, amount, epoch(refunded_at)")[1] == (
        "8", money("20"), at(2026, 11, 22, 2),
    )  # fmt: skip
    assert moved(loaded.load(TABLES)) == {}
    loaded.sql("delete from oc_order where order_id = 8")
    assert moved(loaded.load(TABLES, full=True)) == {
        "orders": (0, 0, 1), "order_item": (0, 0, 1), "payment": (0, 0, 1), "refund": (0, 0, 1),
        "coupon_use": (0, 0, 1),
    }  # fmt: skip


def test_version_4_and_another_prefix(loaded: Shop) -> None:
    """Methods are JSON, payments have a number, a variant names its master, zones are named elsewhere."""
    loaded.sql(*VERSION_4)
    names = [row[0] for row in loaded.rows("show tables")]
    loaded.sql(*(f"rename table {name} to shop7_{name.removeprefix('oc_')}" for name in names))
    loaded.options["source"]["prefix"] = "shop7_"
    assert moved(loaded.load(TABLES, full=True)) == {"address": (0, 1, 0), "payment": (0, 3, 0)}
    assert loaded.current("address", "province, is_default") == [(None, False), ("BY", True)]
    assert loaded.current("payment", "transaction_no, method") == [
        ("ch_1", "stripe"), ("ch_4", "stripe"), (None, "Cheque"), (None, "cod"),
    ]  # fmt: skip
