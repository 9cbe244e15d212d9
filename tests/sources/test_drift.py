"""A schema that changes: what is new is kept, what is missing or of another kind is named."""

from __future__ import annotations

import pytest

from mallard.errors import SourceError, UsageError
from tests.sources.shops import Shop, order

AT = "2026-11-20 10:00:00"


def test_a_new_column_is_kept_as_extra(shop: Shop) -> None:
    shop.insert("orders", order("A1", AT))
    shop.load()
    shop.sql("alter table orders add column gift_note varchar(50)")
    shop.insert("orders", order("A2", AT, gift_note='für "dich" 🎁'))
    report = shop.load(full=True)["orders"]
    assert (report.new, report.changed) == (1, 0)
    assert shop.current("orders", "order_id, json_extract_string(extra, '$.gift_note')") == [
        ("A1", None),
        ("A2", 'für "dich" 🎁'),
    ]


def test_a_change_of_a_kept_column_is_a_new_version(sqlite_shop: Shop) -> None:
    sqlite_shop.sql("alter table orders add column gift_note varchar(50)")
    sqlite_shop.insert("orders", order("A1", AT))
    sqlite_shop.load()
    sqlite_shop.sql("update orders set gift_note = 'x', updated_at = '2026-11-20 11:00:00'")
    assert sqlite_shop.load()["orders"].changed == 1
    assert sqlite_shop.versions("orders", "extra") == [(None,), ('{"gift_note":"x"}',)]


def test_a_missing_column_of_the_contract_is_named(shop: Shop) -> None:
    shop.sql("alter table orders drop column total_amount")
    with pytest.raises(
        SourceError, match=r"'orders': the query gives no column 'total_amount' \(money\)"
    ) as e:
        shop.load()
    assert "order_id" in e.value.what
    assert "[source.tables.orders]" in e.value.fix


def test_a_missing_optional_column_is_null(sqlite_shop: Shop) -> None:
    sqlite_shop.sql("alter table orders drop column province")
    sqlite_shop.insert("orders", order("A1", AT))
    sqlite_shop.load()
    assert sqlite_shop.current("orders", "order_id, province") == [("A1", None)]


def test_an_optional_column_that_has_gone_is_named(sqlite_shop: Shop) -> None:
    """Its values would silently turn to NULL."""
    sqlite_shop.insert("orders", order("A1", AT, province="Hubei"))
    sqlite_shop.load()
    sqlite_shop.sql("alter table orders drop column province")
    with pytest.raises(SourceError, match=r"'orders': the column 'province' .* is gone"):
        sqlite_shop.load()
    sqlite_shop.load(full=True)
    assert sqlite_shop.current("orders", "province") == [(None,)]


@pytest.mark.mariadb
def test_a_column_that_became_another_kind_is_named_with_both(mariadb_shop: Shop) -> None:
    mariadb_shop.insert("orders", order("A1", AT))
    mariadb_shop.load()
    mariadb_shop.sql("alter table orders modify total_amount varchar(30)")
    with pytest.raises(
        SourceError, match=r"'orders': the column 'total_amount' was of the kind number and now comes as var"
    ) as wrong:
        mariadb_shop.load()
    assert "(text); the contract has money" in wrong.value.what
    assert "full import" in wrong.value.fix
    assert mariadb_shop.load(full=True)["orders"].quarantined == 0
    mariadb_shop.load()


@pytest.mark.mariadb
def test_a_wider_column_of_the_same_kind_is_no_drift(mariadb_shop: Shop) -> None:
    mariadb_shop.insert("orders", order("A1", AT))
    mariadb_shop.load()
    mariadb_shop.sql("alter table orders modify total_amount decimal(30, 8), modify order_id text")
    assert mariadb_shop.load()["orders"].changed == 0


@pytest.mark.mariadb
def test_a_kind_that_cannot_become_the_contracts_is_named_with_both(mariadb_shop: Shop) -> None:
    mariadb_shop.sql("alter table orders modify created_at bigint")
    with pytest.raises(SourceError, match=r"'created_at' comes as longlong, the contract has instant"):
        mariadb_shop.load()


def test_a_missing_table_is_named(shop: Shop) -> None:
    shop.sql("drop table orders")
    with pytest.raises(SourceError, match=r"Table 'orders': the shop's database has no such table"):
        shop.load()


def test_a_table_that_was_there_before_is_missed_even_where_it_is_optional(sqlite_shop: Shop) -> None:
    sqlite_shop.load(["refund"])
    sqlite_shop.sql("drop table refund")
    with pytest.raises(SourceError, match="'refund'"):
        sqlite_shop.load(["refund"])


def test_a_query_that_the_database_refuses_is_named(shop: Shop) -> None:
    tables = {"orders": {"query": "selekt 1"}}
    shop.options["source"] = {"tables": tables}
    with pytest.raises(SourceError, match="Table 'orders': its query failed"):
        shop.load()
    tables["orders"]["query"] = "select nothing_like_it from orders"
    with pytest.raises(SourceError, match=r"Table 'orders': the shop's database lacks a column"):
        shop.load()


def test_a_cursor_that_is_not_there_is_named(sqlite_shop: Shop) -> None:
    sqlite_shop.options["source"] = {"tables": {"orders": {"cursor": "changed_on"}}}
    with pytest.raises(SourceError, match="cursor names the column 'changed_on'"):
        sqlite_shop.load()


def test_an_unknown_table_in_the_call_is_named(sqlite_shop: Shop) -> None:
    with pytest.raises(UsageError, match="'order' is not a table of the contract") as wrong:
        sqlite_shop.load(["order"])
    assert "orders" in wrong.value.fix
