"""Preset mall: the tables of a MySQL shop become the contract's, and stay so day after day."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from mallard.simulate.database import write_database
from mallard.simulate.mall import STATUS_CODES
from mallard.simulate.shop import Shop as MadeUp
from tests.servers import DatabaseServer
from tests.sources.shops import Shop

pytestmark = pytest.mark.mariadb

TABLES = (
    "customer", "customer_profile", "address", "category", "product", "orders", "order_item", "payment",
    "shipment",
)  # fmt: skip

MALL = (Path(__file__).parent / "mall.sql").read_text(encoding="utf-8").strip().removesuffix(";")


@pytest.fixture
def mall(mariadb: DatabaseServer, tmp_path: Path, request: pytest.FixtureRequest) -> Shop:
    (tmp_path / "data").mkdir()
    codes = {str(code): status for status, code in STATUS_CODES.items()}
    name = request.node.name.split("[")[0][:50]
    return Shop(mariadb.create(name), tmp_path, {"source": {"preset": "mall", "order_status": codes}})


def test_a_hand_made_mall_in_the_contracts_words(mall: Shop) -> None:
    mall.sql(*MALL.split(";\n"))
    reports = mall.load(TABLES)
    assert sum(r.quarantined for r in reports.values()) == 0
    assert mall.current("customer", "customer_id, name, gender, birth_date, phone, is_blocked") == [
        ("7", "李雷", "M", date(1988, 8, 8), "13712341234", False)
    ]
    assert mall.current("customer_profile", "has_children, phone_change_count, weight_kg") == [
        (True, 3, 71.5)
    ]
    assert mall.current("address", "customer_id, address, is_default") == [("7", "湖北省武汉市", True)]
    assert mall.current("product", "product_id, sku, category_id, price") == [
        ("11", "G-11", "103", Decimal("199.9000"))
    ]
    assert mall.current("category", "category_id, level1_name, level2_name, level3_id, level3_name") == [
        ("103", "家居", "厨房", "103", "锅")
    ]
    cancelled = int(datetime(2026, 11, 21, 4, tzinfo=UTC).timestamp())
    columns = "order_id, customer_id, status, total_amount, paid_at is null, epoch(cancelled_at)"
    assert mall.current("orders", columns) == [
        ("1001", "7", "created", Decimal("399.8000"), True, None),
        ("1002", None, "cancelled", Decimal("199.9000"), True, cancelled),
    ]
    assert mall.current("order_item", "order_id, order_item_id, product_id, quantity, unit_price") == [
        ("1001", "11", "11", 2, Decimal("199.9000")),
        ("1002", "11", "11", 1, Decimal("199.9000")),
    ]


def test_an_order_paid_after_its_day_takes_its_moment_from_the_payment(mall: Shop) -> None:
    mall.sql(*MALL.split(";\n"))
    mall.load(TABLES)
    seq = mall.last_touch()
    mall.sql(
        "insert into payment_flow values ('P1', 1001, 'T-1', 399.80, 1, '2026-11-22 00:10:00'),"
        " ('P2', 1002, null, 199.90, 1, null)",
        "update user_order set order_status = 1, pay_id = 'P1', update_time = '2026-11-22 00:10:00'"
        " where order_id = 1001",
    )
    reports = mall.load(TABLES)
    assert (reports["orders"].changed, reports["payment"].new) == (1, 1)
    paid = int(datetime(2026, 11, 21, 16, 10, tzinfo=UTC).timestamp())
    assert mall.current("orders", "status, epoch(paid_at)")[0] == ("paid", paid)
    assert mall.current("payment", "payment_id, order_id, transaction_no, amount, method") == [
        ("P1", "1001", "T-1", Decimal("399.8000"), "1")
    ]
    assert mall.touched("orders", seq) == {date(2026, 11, 20), date(2026, 11, 22), date(2026, 11, 23)}


def test_a_column_that_the_shop_added_is_kept(mall: Shop) -> None:
    mall.sql(*MALL.split(";\n"), "alter table user_order add column `from app` varchar(9) default 'ios'")
    mall.load(TABLES)
    assert [json.loads(row[0]) for row in mall.current("orders", "extra")] == [{"from app": "ios"}] * 2


def test_a_code_that_nobody_explained_is_refused_and_named(mall: Shop) -> None:
    mall.options["source"] = {"preset": "mall"}
    mall.sql(*MALL.split(";\n"))
    assert mall.load(TABLES)["orders"].reasons == {"unknown_status": 1}
    assert mall.current("orders", "order_id, status") == [("1001", "created")]


def test_day_after_day_the_lake_holds_what_the_mall_holds(
    mall: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A simulated shop lives on between imports; every row and every amount is as the database has it."""
    shop = MadeUp(seed=5, first_day=date(2026, 11, 1), days=21, timezone="Asia/Shanghai", size=0.05)
    for day in (date(2026, 11, 15), date(2026, 11, 16), date(2026, 11, 21)):
        write_database(shop, day, mall.url, "mall")
        monkeypatch.setenv("MALLARD_NOW", f"{day}T17:00:00+00:00")
        reports = mall.load(TABLES)
        assert sum(r.quarantined for r in reports.values()) == 0
    orders = mall.rows(
        "select cast(o.order_id as char), o.order_money, p.pay_time from user_order o"
        " left join payment_flow p on p.pay_id = o.pay_id order by cast(o.order_id as char)"
    )
    shown = mall.current("orders", "order_id, total_amount, timezone('Asia/Shanghai', paid_at)")
    assert shown == orders
    assert len(orders) > 50
    lines = mall.rows("select count(*), sum(goods_amount * curr_price) from order_item")
    assert mall._query("ods/order_item", "select count(*), sum(quantity * unit_price) from lake") == lines
