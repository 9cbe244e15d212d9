"""Presets woocommerce and magento: small hand-made shops whose figures were counted by hand."""

from __future__ import annotations

from datetime import date

import pytest

from mallard.contract import TABLES
from tests.sources.platforms import ITEMS, ORDERS, MakePlatform, at, money

pytestmark = pytest.mark.mariadb


def test_a_woocommerce_shop(platform: MakePlatform) -> None:
    shop = platform("woocommerce")
    reports = shop.load(TABLES)
    assert {name: (r.new, r.quarantined) for name, r in reports.items()} == {
        "customer": (1, 0), "category": (3, 0), "product": (3, 0), "orders": (3, 0), "order_item": (4, 0),
        "payment": (2, 0), "refund": (1, 0), "coupon_use": (1, 0),
    }  # fmt: skip
    assert shop.current("customer", "customer_id, name, email, phone, epoch(registered_at)") == [
        ("5", "Ada L.", "ada@example.com", "13755556666", at(2026, 10, 1, 7))
    ]
    assert shop.current("category", "* exclude (loaded_at, load_seq, change, extra, loaded)") == [
        ("20", "20", "Kitchen", None, None, None, None),
        ("21", "20", "Kitchen", "21", "Pans", None, None),
        ("22", "20", "Kitchen", "21", "Pans", "22", "Woks"),
    ]
    assert shop.current(
        "product", "product_id, sku, name, category_id, brand, price, created_at is null"
    ) == [
        ("40", "WOK-1", "Wok", "22", "Hammer & Co", money("49.90"), False),
        ("41", "", "Apron", None, None, None, True),
        ("42", None, "Old", None, None, None, False),  # in the bin, but old orders name it
    ]
    paid = at(2026, 11, 20, 7, 59)
    assert shop.current("orders", ORDERS) == [
        ("1", "5", "paid", money("110.8"), money("10"), money("5"), money("17.95"), "EUR", "checkout",
         "DE-BY", at(2026, 11, 19, 22, 30), paid, None),
        ("2", None, "created", money("49.9"), money("0"), money("0"), money("0"), "EUR", "admin", "DE-NW",
         at(2026, 11, 20, 10), None, None),
        ("3", "5", "refunded", money("49.9"), money("0"), money("0"), money("0"), "EUR", "checkout", None,
         at(2026, 11, 10, 10), at(2026, 11, 10, 10, 1), None),
    ]  # fmt: skip
    assert shop.current("order_item", ITEMS) == [
        ("1", "1", "40", 2, money("49.9"), money("10")),
        ("1", "2", "41", 3, money("3.3333"), money("0")),
        ("2", "5", "40", 1, money("49.9"), money("0")),
        ("3", "6", "40", 1, money("49.9"), money("0")),
    ]
    assert shop.current("payment", "order_id, transaction_no, amount, method, epoch(paid_at)")[0] == (
        "1", "ch_1", money("110.8"), "stripe", paid,
    )  # fmt: skip
    assert shop.current("payment", "order_id, method")[1] == ("3", None)
    assert shop.current("refund", "refund_id, order_id, amount, reason") == [
        ("6", "3", money("49.9"), "broken")
    ]
    assert shop.current("coupon_use", "coupon_id, order_id, amount") == [("AUTUMN", "1", money("10"))]
    # 22:30 UTC on the 19th is the 20th in Shanghai
    assert shop.touched("orders") >= {date(2026, 11, 20), date(2026, 11, 10)}


def test_woocommerce_changes_and_another_prefix(platform: MakePlatform) -> None:
    shop = platform("woocommerce")
    shop.load(TABLES)
    shop.sql(
        "update wp_wc_orders set status = 'wc-processing', date_updated_gmt = '2026-11-21 09:00:00'"
        " where id = 2",
        "update wp_wc_order_operational_data set date_paid_gmt = '2026-11-21 09:00:00' where order_id = 2",
        "update wp_woocommerce_order_itemmeta set meta_value = '4'"
        " where order_item_id = 5 and meta_key = '_qty'",
    )
    reports = shop.load(TABLES)
    assert {n: r.new + r.changed for n, r in reports.items() if r.new + r.changed} == {
        "orders": 1, "order_item": 1, "payment": 1,
    }  # fmt: skip
    names = [row[0] for row in shop.rows("show tables")]
    shop.sql(*(f"rename table {name} to shop7_{name.removeprefix('wp_')}" for name in names))
    shop.options["source"]["prefix"] = "shop7_"
    assert shop.load(TABLES, full=True)["orders"].changed == 0


def test_a_magento_shop(platform: MakePlatform) -> None:
    shop = platform("magento")
    reports = shop.load(TABLES)
    assert {name: (r.new, r.reasons) for name, r in reports.items()} == {
        "customer": (2, {}), "address": (2, {}), "category": (3, {}), "product": (3, {}), "orders": (4, {}),
        "order_item": (5, {"not_an_integer": 1}), "payment": (3, {}), "shipment": (1, {}), "refund": (1, {}),
        "coupon_use": (1, {}),
    }  # fmt: skip
    assert shop.current("customer", "customer_id, name, gender, birth_date, phone, is_blocked") == [
        ("10", "Bob", None, None, None, True),
        ("9", "Ada Lovelace", "F", date(1990, 12, 10), "030123456", False),
    ]
    assert shop.current("address", "address_id, customer_id, address, province, country, is_default") == [
        ("1", "9", "Am Weg 1, Berlin, 10115", "Berlin", "DE", False),
        ("2", "9", "Platz 2, Munich, 80331", "Bayern", "DE", True),
    ]
    assert shop.current("category", "* exclude (loaded_at, load_seq, change, extra, loaded)") == [
        ("3", "3", "Kitchen", None, None, None, None),
        ("4", "3", "Kitchen", "4", "Pans", None, None),
        ("5", "3", "Kitchen", "4", "Pans", "5", "Woks"),
    ]
    assert shop.current("product", "product_id, sku, name, category_id, brand, price, description") == [
        ("50", "WOK-1", "Wok", "5", "Hammer & Co", money("49.9"), "Iron"),
        ("51", "SHIRT", "Shirt", None, None, None, None),
        ("52", "SHIRT-M", "SHIRT-M", None, None, money("20"), None),
    ]
    assert shop.current("orders", ORDERS) == [
        ("1", "9", "paid", money("114.8"), money("10"), money("5"), money("18.3"), "EUR", "1", "Bayern",
         at(2026, 11, 19, 22, 30), at(2026, 11, 20, 7), None),
        ("2", None, "created", money("20"), money("0"), money("0"), money("0"), "EUR", "1", "NRW",
         at(2026, 11, 20, 10), None, None),
        ("3", "9", "refunded", money("49.9"), money("0"), money("0"), money("0"), "EUR", "1", "Berlin",
         at(2026, 11, 10, 10), at(2026, 11, 10, 10, 1), None),
        # 49.90 USD at 0.9; order 3 was shown to its customer as 79.84 GBP
        ("4", "9", "cancelled", money("44.91"), money("7.2"), money("3.6"), money("1.8"), "EUR", "1",
         "Berlin", at(2026, 11, 11, 10), None, at(2026, 11, 12, 10)),
    ]  # fmt: skip
    assert shop.current("order_item", ITEMS) == [
        ("1", "1", "50", 2, money("49.9"), money("10")),
        ("1", "2", "51", 1, money("20"), money("0")),
        ("2", "4", "51", 1, money("20"), money("0")),
        ("3", "5", "50", 1, money("49.9"), money("0")),
        ("4", "7", "51", 1, money("44.91"), money("7.2")),
    ]
    assert shop.current("payment", "payment_id, order_id, amount, method, epoch(paid_at)") == [
        ("1", "1", money("60"), "stripe", at(2026, 11, 20, 7)),
        ("2", "1", money("54.8"), "stripe", at(2026, 11, 20, 7, 59)),
        ("4", "3", money("49.9"), "stripe", at(2026, 11, 10, 10, 1)),
    ]
    assert shop.current("shipment", "order_id, address_id, epoch(shipped_at)") == [
        ("3", "105", at(2026, 11, 12, 10))
    ]
    assert shop.current("refund", "refund_id, order_id, amount") == [("1", "3", money("49.9"))]
    assert shop.current("coupon_use", "coupon_id, order_id, amount") == [("AUTUMN", "1", money("10"))]


def test_magento_changes(platform: MakePlatform) -> None:
    shop = platform("magento")
    shop.load(TABLES)
    shop.sql(
        "update sales_order set state = 'processing', updated_at = '2026-11-21 09:00:00' where entity_id = 2",
        "update sales_invoice set state = 2, updated_at = '2026-11-21 09:00:00' where entity_id = 3",
    )
    reports = shop.load(TABLES)
    assert {n: r.new + r.changed for n, r in reports.items() if r.new + r.changed} == {
        "orders": 1, "payment": 1,
    }  # fmt: skip
