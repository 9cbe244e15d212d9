"""``mallard source check``: every table looked at, nothing imported, what is wrong named."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from mallard.sources.check import CheckReport, TableCheck, check
from tests.sources.shops import Shop, item, order


def _of(report: CheckReport, table: str) -> TableCheck:
    return next(found for found in report.tables if found.table == table)


def test_a_sound_shop(shop: Shop) -> None:
    shop.insert("orders", order("A1", "2026-10-05 12:00:00"), order("A2", "2026-11-20 12:00:00"))
    shop.insert("order_item", item("A1", "1", "2026-10-05 12:00:00"))
    shop.sql("alter table orders add column note varchar(9)")
    report = check(shop.settings)
    orders = _of(report, "orders")
    assert (orders.rows, orders.mode, orders.problem, orders.reasons) == (2, "changes", "", {})
    assert (orders.oldest or "")[:19] == "2026-10-05 12:00:00"
    assert (orders.newest or "")[:19] == "2026-11-20 12:00:00"
    assert orders.sample["order_id"] == "A1"
    assert orders.sample["total_amount"] == "10.0000"
    assert (orders.sample["created_at"] or "").startswith("2026-10-05 04:00:00")
    assert orders.kept == ("note",)
    assert _of(report, "order_item").rows == 1
    assert "canary" not in report.database
    assert shop.files("") == []


def test_what_is_wrong_is_said_for_each_table(sqlite_shop: Shop) -> None:
    sqlite_shop.sql(
        "drop table product", "drop table refund", "alter table customer drop column customer_id",
        "alter table order_item drop column created_at",
    )  # fmt: skip
    sqlite_shop.insert("orders", order("A1", "2026-10-05 12:00:00", status="7"), order("A2", "never"))
    report = check(sqlite_shop.settings)
    assert not report.ok
    assert "no such table" in _of(report, "product").problem
    assert "[source.tables.product]" in _of(report, "product").fix
    assert _of(report, "refund").absent
    assert "no column 'customer_id'" in _of(report, "customer").problem
    assert "cursor names the column 'created_at'" in _of(report, "order_item").problem
    assert "'7' (1 orders)" in _of(report, "orders").problem
    assert "[source.order_status]" in _of(report, "orders").fix
    assert _of(report, "orders").reasons == {"bad_date": 1, "unknown_status": 1}


@pytest.mark.mariadb
def test_a_code_that_differs_by_case_alone_is_unknown_too(mariadb_shop: Shop) -> None:
    """The server takes them for equal; the import does not."""
    mariadb_shop.insert("orders", *(order(f"A{n}", "2026-11-20 12:00:00", status="paid") for n in range(3)))
    mariadb_shop.insert("orders", order("B1", "2026-11-20 12:00:00", status="PAID"))
    assert "'PAID' (1 orders)" in _of(check(mariadb_shop.settings), "orders").problem


def test_a_code_without_meaning_is_what_the_query_says_instead(shop: Shop) -> None:
    """As where a shop's states can be named at will, but carry a flag."""
    says = "case when status = '9' then 'shipped' when status = '8' then 'odd' end"
    query = f"select o.*, {says} as _status from orders o"
    shop.options["source"] = {"tables": {"orders": {"query": query}}, "order_status": {"7": "paid"}}
    for code in ("7", "8", "9", "10"):
        shop.insert("orders", order(f"A{code}", "2026-11-20 12:00:00", status=code))
    problem = _of(check(shop.settings), "orders").problem
    assert ("'8' (1 orders)" in problem, "'10' (1 orders)" in problem) == (True, True)
    assert ("'7'" in problem, "'9'" in problem) == (False, False)
    assert shop.load()["orders"].reasons == {"unknown_status": 2}
    assert shop.current("orders", "order_id, status, extra") == [
        ("A7", "paid", None),
        ("A9", "shipped", None),
    ]
    shop.options["source"]["order_status"] = {"7": "paid", "8": "created", "9": "completed", "10": "paid"}
    assert _of(check(shop.settings), "orders").problem == ""
    shop.load()
    assert shop.current("orders", "status") == [("paid",), ("paid",), ("created",), ("completed",)]


def test_an_empty_shop_and_missing_columns(sqlite_shop: Shop) -> None:
    sqlite_shop.sql("alter table orders drop column province")
    report = check(sqlite_shop.settings)
    assert report.ok
    assert _of(report, "orders").rows == 0
    assert _of(report, "orders").sample == {}
    assert _of(report, "orders").missing == ("province",)


def test_the_sample_is_masked(sqlite_shop: Shop) -> None:
    sqlite_shop.options["source"] = {"tables": {"customer": {"mask": {"phone": "phone"}}}}
    sqlite_shop.insert("customer", {"customer_id": "1", "phone": "13755556666"})
    assert _of(check(sqlite_shop.settings), "customer").sample["phone"] == "137****6666"


def test_the_documented_queries_can_be_read(sqlite_shop: Shop) -> None:
    """As they stand there: the lines have no column for the preset's cursor, so they are read whole."""
    documented = (Path(__file__).parents[2] / "docs/sources.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```toml\n(\[source.tables.orders\]\n.*?)```", documented, re.DOTALL)
    sqlite_shop.options.update(tomllib.loads(block))
    sqlite_shop.sql(
        "create table sale (id, placed, state, total, changed)",
        "create table sale_line (order_id, line_no, sku, qty, price)",
        "insert into sale values (1, '2026-11-20 12:00:00', 'paid', 10, '2026-11-20 12:00:00')",
        "insert into sale_line values (1, 1, 'p1', 2, 5), (1, 2, 'p2', 1, 0)",
    )
    report = check(sqlite_shop.settings)
    assert report.ok
    assert (_of(report, "orders").mode, _of(report, "order_item").mode) == ("changes", "full")
    assert sqlite_shop.load()["order_item"].new == 2
    sqlite_shop.sql("delete from sale_line where line_no = 2")
    again = sqlite_shop.load()
    assert (again["orders"].mode, again["order_item"].mode) == ("changes", "full")
    assert again["order_item"].deleted == 1
