"""Preset prestashop: a small hand-made shop in Shanghai whose figures were counted by hand."""

from __future__ import annotations

from datetime import date

import pytest

from mallard.contract import TABLES
from mallard.sources.check import check
from tests.sources.platforms import CONTRACT, ITEMS, ORDERS, MakePlatform, at, money, moved
from tests.sources.shops import Shop

pytestmark = pytest.mark.mariadb


@pytest.fixture
def shop(platform: MakePlatform) -> Shop:
    return platform("prestashop")


@pytest.fixture
def loaded(shop: Shop) -> Shop:
    shop.load(TABLES)
    return shop


def test_every_row_comes_once_and_none_is_refused(shop: Shop) -> None:
    reports = shop.load(TABLES)
    assert {name: (r.new, r.reasons) for name, r in reports.items()} == {
        "customer": (2, {}), "address": (2, {}), "category": (5, {}), "product": (3, {}), "orders": (9, {}),
        "order_item": (10, {}), "payment": (7, {}), "shipment": (2, {}), "refund": (6, {}),
        "coupon_use": (3, {}),
    }  # fmt: skip
    assert shop.touched("orders") >= {date(2026, 11, day) for day in (10, 11, 12, 19, 20)}


def test_people_are_those_with_an_account(loaded: Shop) -> None:
    """Neither a guest nor a deleted customer; neither a deleted address nor a manufacturer's."""
    registered = at(2026, 10, 1, 7)
    assert loaded.current(
        "customer", "customer_id, name, gender, birth_date, phone, is_blocked, epoch(registered_at)"
    ) == [
        ("5", "Ada Lovelace", "F", date(1990, 12, 10), "0699", False, registered),
        ("8", "Bob B", None, None, None, True, registered),
    ]
    assert loaded.current("address", "address_id, customer_id, address, province, country, phone") == [
        ("1", "5", "Platz 2, Munich, 80331", "Bayern", "DE", None),
        ("5", "5", "Rue 1, Bis, Paris, 75001", None, "FR", "0699"),
    ]


def test_the_catalogue_in_the_default_language(loaded: Shop) -> None:
    assert loaded.current("category", CONTRACT) == [
        ("11", "11", "Garden", None, None, None, None),  # under the home of the second shop
        ("3", "3", "Kitchen", None, None, None, None),
        ("4", "3", "Kitchen", "4", "Pans", None, None),
        ("5", "3", "Kitchen", "4", "Pans", "5", "Woks"),
        ("6", "3", "Kitchen", "4", "Pans", "5", "Woks"),
    ]
    assert loaded.current("product", "product_id, sku, name, category_id, brand, price, description") == [
        ("40", "WOK-1", "Wok", "5", "Hammer & Co", money("49.9"), "Iron"),
        ("41", None, "Apron", "4", None, money("5.2"), None),  # at home in Home: its deepest one is taken
        ("43", "ONLY-DE", "Zange", None, None, money("7.5"), None),
    ]


def test_another_default_language(loaded: Shop) -> None:
    """Texts that are not in it stay as they were."""
    loaded.sql("update ps_configuration set value = '2' where name = 'PS_LANG_DEFAULT' and id_shop is null")
    assert moved(loaded.load(TABLES)) == {"category": (0, 5, 0), "product": (0, 2, 0)}
    assert loaded.current("category", "level1_name, level2_name, level3_name")[-1] == (
        "Küche", "Pfannen", "Woks",
    )  # fmt: skip
    assert loaded.current("product", "name, description") == [
        ("Der Wok", "Eisen"), ("Schürze", None), ("Zange", None),
    ]  # fmt: skip


def test_orders_in_the_default_currency(loaded: Shop) -> None:
    none = money("0")
    assert loaded.current("orders", ORDERS) == [
        # 148.75 USD at 1.25
        ("1", "5", "shipped", money("119"), money("10"), money("5"), money("19"), "EUR", "1", "Bayern",
         at(2026, 11, 19, 22, 30), at(2026, 11, 20, 8), None),
        ("2", None, "created", money("49.9"), none, none, none, "EUR", "1", None,
         at(2026, 11, 20, 10), None, None),
        ("3", "5", "completed", money("30.01"), none, money("4.2"), money("4.79"), "EUR", "1", "Bayern",
         at(2026, 11, 19, 2), at(2026, 11, 19, 2), None),
        ("4", "5", "paid", money("20"), none, none, none, "EUR", "1", "Bayern",
         at(2026, 11, 19, 2), at(2026, 11, 19, 2), None),
        ("5", "8", "cancelled", money("15"), none, none, none, "EUR", "1", None,
         at(2026, 11, 11, 10), None, at(2026, 11, 12, 10)),
        ("6", "5", "refunded", money("60"), none, none, none, "EUR", "1", "Bayern",
         at(2026, 11, 10, 10), at(2026, 11, 10, 10, 1), None),
        # a state of the shop's own without flags, with the mail of a refund
        ("7", "5", "refunded", money("40"), none, none, none, "EUR", "2", "Bayern",
         at(2026, 11, 10, 10), at(2026, 11, 10, 10, 1), None),
        ("8", "7", "created", money("11"), none, none, none, "EUR", "2", None,
         at(2026, 11, 10, 10), None, None),
        ("9", "8", "paid", money("120"), none, none, money("20"), "EUR", "1", None,
         at(2026, 11, 12, 10), at(2026, 11, 12, 10, 1), None),
    ]  # fmt: skip
    assert loaded.current("order_item", ITEMS)[:4] == [
        ("1", "1", "40", 2, money("49.9"), None),
        ("1", "2", "41", 1, money("5.2"), None),
        ("2", "3", "40", 1, money("49.9"), None),
        ("3", "4", "41", 4, money("5.255"), None),
    ]


def test_payments_of_a_reference_are_shared_out(loaded: Shop) -> None:
    """50.00 for orders of 30.01 and 20.00; a payment in another currency than its order's at its own rate."""
    assert loaded.current(
        "payment", "payment_id, order_id, transaction_no, amount, method, epoch(paid_at)"
    ) == [
        ("1", "1", "ch_1", money("80"), "Card", at(2026, 11, 20, 8)),
        ("2", "1", None, money("39"), "Voucher", at(2026, 11, 20, 8, 5)),
        ("3", "3", "ch_3", money("30.004"), "Card", at(2026, 11, 19, 2)),
        ("3-4", "4", "ch_3", money("19.996"), "Card", at(2026, 11, 19, 2)),
        ("4", "6", None, money("60"), "Card", at(2026, 11, 10, 10, 1)),
        ("5", "7", None, money("40"), None, at(2026, 11, 10, 10, 1)),
        ("6", "9", None, money("120"), "Card", at(2026, 11, 12, 10, 1)),
    ]  # fmt: skip


def test_shipments_refunds_and_coupons(loaded: Shop) -> None:
    assert loaded.current(
        "shipment",
        "order_id, address_id, customer_id, shipping_amount, epoch(shipped_at), epoch(delivered_at)",
    ) == [
        ("1", "1", "5", money("5"), at(2026, 11, 21, 1), None),
        ("3", "1", "5", money("4.2"), at(2026, 11, 20, 2), at(2026, 11, 22, 2)),
    ]
    assert loaded.current("refund", "refund_id, order_id, amount, epoch(refunded_at)") == [
        ("1", "7", money("12"), at(2026, 11, 18, 10)),  # lines and shipping, with tax
        ("2", "9", money("7"), at(2026, 11, 15, 10)),  # an amount that was chosen
        ("3", "9", money("19"), at(2026, 11, 16, 10)),  # 24 less a voucher of 5, prices entered with tax
        ("4", "9", money("4"), at(2026, 11, 17, 10)),  # as older versions wrote them
        ("5", "9", money("9"), at(2026, 11, 17, 10)),  # 12 less a voucher of 3, prices entered without
        ("order-6", "6", money("60"), at(2026, 11, 18, 10)),  # refunded, and there is no slip
    ]
    assert loaded.current("coupon_use", "coupon_id, order_id, amount") == [
        ("AUTUMN", "1", money("8")),  # on two invoices
        ("Free shipping", "1", money("2")),
        ("Gone", "3", money("0")),
    ]


def test_what_changes_comes_by_changes(loaded: Shop) -> None:
    loaded.sql(
        "update ps_orders set current_state = 2, date_upd = '2026-11-22 09:00:00' where id_order = 2",
        "insert into ps_order_history values (null, 2, 2, '2026-11-22 09:00:00')",
        "insert into ps_order_payment values (8, 'GGG', 1, 49.9, 'Check', 1, null, '2026-11-22 09:00:00')",
        # a line taken out, and a slip for what was refunded without one
        "delete from ps_order_detail where id_order_detail = 2",
        "update ps_orders set date_upd = '2026-11-22 10:00:00' where id_order in (1, 6)",
        "insert into ps_order_slip values"
        " (6, 1, 6, 75, 75, 0, 0, 75, 0, 0, '2026-11-22 10:00:00', '2026-11-22 10:00:00')",
    )
    assert moved(loaded.load(TABLES)) == {
        "orders": (0, 3, 0), "order_item": (0, 0, 1), "payment": (1, 0, 0), "refund": (1, 0, 1),
    }  # fmt: skip
    assert loaded.current("orders", "status, epoch(paid_at)")[1] == ("paid", at(2026, 11, 22, 1))
    assert loaded.current("refund", "refund_id, amount")[-1] == ("6", money("60"))
    assert moved(loaded.load(TABLES)) == {}


def test_a_guest_who_opens_an_account_is_found_by_the_sweep(loaded: Shop) -> None:
    loaded.sql("update ps_customer set is_guest = 0 where id_customer = 6")
    assert moved(loaded.load(TABLES)) == {"customer": (1, 0, 0), "address": (1, 0, 0)}
    assert moved(loaded.load(TABLES, full=True)) == {"orders": (0, 1, 0)}
    assert loaded.current("orders", "customer_id")[1] == ("6",)


def test_a_state_of_the_shops_own_can_be_explained(loaded: Shop) -> None:
    assert check(loaded.settings).ok
    loaded.options["source"]["order_status"] = {"22": "shipped"}
    assert moved(loaded.load(TABLES)) == {"orders": (0, 1, 0)}
    assert loaded.current("orders", "order_id, status")[7] == ("8", "shipped")
    assert check(loaded.settings).ok


def test_versions_before_1_7_7_and_another_prefix(loaded: Shop) -> None:
    """Rules that were taken off an order were deleted then."""
    loaded.sql(
        "delete from ps_order_cart_rule where deleted = 1",
        "alter table ps_order_cart_rule drop column deleted",
    )
    names = [row[0] for row in loaded.rows("show tables")]
    loaded.sql(*(f"rename table {name} to shop7_{name.removeprefix('ps_')}" for name in names))
    loaded.options["source"]["prefix"] = "shop7_"
    assert moved(loaded.load(TABLES, full=True)) == {}
