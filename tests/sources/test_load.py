"""The import over time, in every kind of database: what comes, changes, goes, and what that touches."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa

from mallard.contract import TABLES
from mallard.errors import LockedError, SourceError, UsageError
from mallard.sources import moment
from tests import servers
from tests.servers import DatabaseServer
from tests.sources.shops import USUAL, Shop, contract_tables, item, order

OLD = "2026-10-05 12:00:00"
LATE: dict[str, dict[str, str]] = {
    "payment": {"payment_id": "P1", "order_id": "gone", "amount": "1.00", "paid_at": OLD},
    "shipment": {"order_id": "gone", "created_at": OLD},
    "refund": {"refund_id": "R1", "order_id": "gone", "amount": "1.00", "refunded_at": OLD},
}
"""A row of each table, long ago, of an order that the shop no longer has."""


def test_first_import_lands_every_row_with_the_contracts_types(shop: Shop) -> None:
    shop.insert(
        "customer", {"customer_id": "1", "name": "朱🦆", "birth_date": "1990-02-28", "is_blocked": False}
    )
    shop.insert("orders", order("A1", "2026-11-20 08:30:00.123456", total_amount="1234567.8901"))
    shop.insert("order_item", item("A1", "1", "2026-11-20 08:30:00", quantity=3))
    reports = shop.load()
    assert (reports["customer"].read, reports["customer"].new, reports["orders"].new) == (1, 1, 1)
    assert shop.current("customer", "name, birth_date, is_blocked") == [("朱🦆", date(1990, 2, 28), False)]
    assert shop.current(
        "orders", "order_id, total_amount, epoch_us(created_at), change, load_seq, extra"
    ) == [
        # 08:30 in Shanghai is 00:30 UTC
        ("A1", Decimal("1234567.8901"), _micros(2026, 11, 20, 0, 30, 0, 123456), "upsert", 1, None)
    ]
    assert shop.current("order_item", "quantity, unit_price") == [(3, Decimal("5.0000"))]


def test_files_lie_under_the_business_day_of_loading(sqlite_shop: Shop) -> None:
    sqlite_shop.insert("orders", order("A1", "2026-11-20 08:30:00"))
    sqlite_shop.load()
    (path,) = sqlite_shop.files("ods/orders")
    assert path.parent.name == "loaded=2026-11-23"


def test_reading_the_same_again_writes_nothing(shop: Shop) -> None:
    shop.insert("customer", {"customer_id": "1"}, {"customer_id": "2"})
    shop.insert("orders", order("A1", "2026-11-22 08:30:00"))
    shop.load()
    before, seq = shop.files(""), shop.last_touch()
    for full in (False, True):
        reports = shop.load(full=full)
        assert all(r.new + r.changed + r.deleted + r.quarantined == 0 for r in reports.values())
    assert shop.files("") == before
    assert shop.last_touch() == seq


def test_an_order_paid_later_is_a_new_version_and_touches_only_its_days(shop: Shop) -> None:
    """A change today of last month's order: the days of its creation and payment move, and no others."""
    shop.insert("orders", order("A1", "2026-10-05 12:00:00"), order("A2", "2026-10-07 12:00:00"))
    shop.load()
    seq = shop.last_touch()
    shop.sql(
        "update orders set status = 'paid', paid_at = '2026-11-22 23:30:00',"
        " updated_at = '2026-11-22 23:30:00' where order_id = 'A1'"
    )
    report = shop.load()["orders"]
    assert (report.mode, report.new, report.changed) == ("changes", 0, 1)
    assert shop.versions("orders", "order_id, status, change") == [
        ("A1", "created", "upsert"),
        ("A2", "created", "upsert"),
        ("A1", "paid", "upsert"),
    ]
    loaded = date(2026, 11, 23)
    assert shop.touched("orders", seq) == {date(2026, 10, 5), date(2026, 11, 22), loaded}


@pytest.mark.parametrize(("status", "column"), [("cancelled", "cancelled_at"), ("refunded", None)])
def test_an_order_cancelled_or_refunded_later_is_seen(shop: Shop, status: str, column: str | None) -> None:
    shop.insert("orders", order("A1", OLD, status="paid"), order("A2", "2026-11-22 12:00:00"))
    shop.load()
    also = f", {column} = '2026-11-22 18:00:00'" if column else ""
    shop.sql(
        f"update orders set status = '{status}', updated_at = '2026-11-22 18:00:00'{also}"
        " where order_id = 'A1'"
    )
    report = shop.load()["orders"]
    assert (report.mode, report.changed) == ("changes", 1)
    assert shop.current("orders", "order_id, status, epoch_us(cancelled_at)") == [
        ("A1", status, _micros(2026, 11, 22, 10) if column else None), ("A2", "created", None),
    ]  # fmt: skip


def test_a_moved_instant_touches_the_old_day_and_the_new(sqlite_shop: Shop) -> None:
    sqlite_shop.insert("orders", order("A1", "2026-10-05 12:00:00", paid_at="2026-10-06 12:00:00"))
    sqlite_shop.load()
    seq = sqlite_shop.last_touch()
    sqlite_shop.sql("update orders set paid_at = '2026-10-09 12:00:00', updated_at = '2026-11-22 09:00:00'")
    sqlite_shop.load()
    assert {date(2026, 10, 6), date(2026, 10, 9)} < sqlite_shop.touched("orders", seq)


def test_a_business_day_is_the_shops_day(shop: Shop) -> None:
    """00:30 in Shanghai is still the day before in UTC."""
    shop.insert("orders", order("A1", "2026-11-20 00:30:00"))
    shop.load()
    assert shop.touched("orders") == {date(2026, 11, 20), date(2026, 11, 23)}


def test_a_changed_line_touches_the_days_of_its_order(sqlite_shop: Shop) -> None:
    sqlite_shop.insert("orders", order("A1", "2026-10-05 12:00:00", paid_at="2026-10-06 12:00:00"))
    sqlite_shop.insert("order_item", item("A1", "1", "2026-10-05 12:00:00"))
    sqlite_shop.load()
    seq = sqlite_shop.last_touch()
    sqlite_shop.sql(
        "update order_item set quantity = 2",
        "update orders set updated_at = '2026-11-22 09:00:00'",
    )
    assert sqlite_shop.load()["order_item"].changed == 1
    assert {date(2026, 10, 5), date(2026, 10, 6)} < sqlite_shop.touched("order_item", seq)


def test_a_line_added_to_an_old_order_is_seen_through_its_order(shop: Shop) -> None:
    """Neither the line's own time nor anything else of it has to be new."""
    shop.insert("orders", order("A1", "2026-10-05 12:00:00"), order("A2", "2026-11-22 12:00:00"))
    shop.insert("order_item", item("A1", "1", "2026-10-05 12:00:00"), item("A2", "1", "2026-11-22 12:00:00"))
    shop.load()
    shop.insert("order_item", item("A1", "2", "2026-10-05 12:00:00"))
    shop.sql("update orders set updated_at = '2026-11-22 19:00:00' where order_id = 'A1'")
    shop.load()
    assert shop.current("order_item", "order_id, order_item_id") == [("A1", "1"), ("A1", "2"), ("A2", "1")]


def test_a_line_taken_out_of_a_changed_order_is_seen_at_once(shop: Shop) -> None:
    """The lines of a changed order are all read; of an order that did not change nothing is known."""
    for name, at in {
        "A1": "2026-11-20 12:00:00",
        "A2": "2026-11-10 12:00:00",
        "A3": "2026-11-20 12:00:00",
    }.items():
        shop.insert("orders", order(name, at))
        shop.insert("order_item", *(item(name, f"{name}-{line}", at) for line in "12"))
    shop.load()
    shop.sql(
        "delete from order_item where order_item_id in ('A1-2', 'A2-2', 'A3-1', 'A3-2')",
        "update orders set updated_at = '2026-11-22 09:00:00' where order_id in ('A1', 'A3')",
    )
    seq = shop.last_touch()
    assert shop.load()["order_item"].deleted == 3
    assert shop.current("order_item", "order_item_id") == [("A1-1",), ("A2-1",), ("A2-2",)]
    assert date(2026, 11, 20) in shop.touched("order_item", seq)
    assert shop.load()["order_item"].deleted == 0


@pytest.mark.mariadb
def test_a_payment_that_moves_to_another_order_is_not_gone(mariadb_shop: Shop) -> None:
    tables = ("customer", "product", "orders", "payment")
    contract_tables(mariadb_shop, "payment")
    mariadb_shop.insert("orders", order("A1", "2026-11-20 12:00:00"), order("A2", "2026-11-20 12:00:00"))
    paid = {"amount": "5.00", "paid_at": "2026-11-20 12:00:00"}
    mariadb_shop.insert("payment", {"payment_id": "P1", "order_id": "A1", **paid})
    mariadb_shop.load(tables)
    mariadb_shop.sql(
        "update payment set order_id = 'A2'",
        "update orders set updated_at = '2026-11-22 09:00:00' where order_id = 'A2'",
    )
    mariadb_shop.insert(
        "payment", {"payment_id": "P2", "order_id": "A2", **paid, "paid_at": "2026-11-22 18:00:00"}
    )
    assert mariadb_shop.load(tables)["payment"].changed == 1
    mariadb_shop.sql("update orders set updated_at = '2026-11-22 19:00:00' where order_id = 'A1'")
    assert mariadb_shop.load(tables)["payment"].deleted == 0
    assert mariadb_shop.current("payment", "payment_id, order_id") == [("P1", "A2"), ("P2", "A2")]


def test_lines_of_orders_that_came_unchanged_are_not_gone(sqlite_shop: Shop) -> None:
    """All orders come, but only changed ones lead to their lines."""
    sqlite_shop.options["source"] = {"tables": {"orders": {"sweep": 1}}}
    for name, at in {"A1": "2026-11-10 12:00:00", "A2": "2026-11-20 12:00:00"}.items():
        sqlite_shop.insert("orders", order(name, at))
        sqlite_shop.insert("order_item", item(name, f"{name}-1", at))
    sqlite_shop.load()
    report = sqlite_shop.load()
    assert (report["orders"].read, report["order_item"].read, report["order_item"].deleted) == (2, 1, 0)


def test_deletes_in_a_full_table_are_seen_by_comparison(shop: Shop) -> None:
    shop.insert("customer", {"customer_id": "1", "name": "Ada"}, {"customer_id": "2"})
    shop.load()
    shop.sql("delete from customer where customer_id = '1'")
    assert shop.load()["customer"].deleted == 1
    assert shop.current("customer", "customer_id") == [("2",)]
    assert shop.versions("customer", "customer_id, name, change")[-1] == ("1", None, "delete")
    shop.insert("customer", {"customer_id": "1", "name": "Ada"})
    assert shop.load()["customer"].new == 1
    assert shop.current("customer", "customer_id") == [("1",), ("2",)]


def test_deletes_in_a_change_table_are_seen_by_the_sweep(shop: Shop) -> None:
    shop.options["source"] = {"tables": {"orders": {"sweep": 3}}}
    shop.insert("orders", order("A1", "2026-10-05 12:00:00"), order("A2", "2026-11-22 12:00:00"))
    shop.load()
    shop.sql("delete from orders where order_id = 'A1'")
    seq = shop.last_touch()
    deleted = [shop.load()["orders"].deleted for _ in range(5)]
    assert deleted == [0, 0, 1, 0, 0]
    assert shop.current("orders", "order_id") == [("A2",)]
    assert date(2026, 10, 5) in shop.touched("orders", seq)


@pytest.mark.mariadb
def test_a_sweep_finds_the_rows_that_no_cursor_led_to(mariadb_shop: Shop) -> None:
    """Rows that come in under old times, of orders that are not there or were not stamped."""
    shop = mariadb_shop
    contract_tables(shop, *LATE)
    tables = ("orders", "order_item", *LATE)
    shop.options["source"] = {"tables": {table: {"sweep": 2} for table in tables}}
    recent = "2026-11-22 12:00:00"
    shop.insert("orders", order("A1", OLD), order("A2", recent))
    shop.insert("order_item", item("A1", "1", OLD), item("A2", "1", recent))
    for table, row in LATE.items():
        shop.insert(table, {**row, TABLES[table].key[0]: "new", TABLES[table].cursor or "": recent})
    shop.load(tables)
    for table, row in LATE.items():
        shop.insert(table, row)
    shop.insert("orders", order("A0", OLD))
    shop.insert("order_item", item("A1", "2", OLD))
    shop.sql("update order_item set quantity = 7 where order_id = 'A1' and order_item_id = '1'")
    seq = shop.last_touch()
    first, swept = shop.load(tables), shop.load(tables)
    assert {(r.mode, r.new + r.changed) for r in first.values()} == {("changes", 0)}
    assert {name: (r.new, r.changed, r.deleted) for name, r in swept.items()} == {
        "orders": (1, 0, 0), "order_item": (1, 1, 0), "payment": (1, 0, 0), "shipment": (1, 0, 0),
        "refund": (1, 0, 0),
    }  # fmt: skip
    assert shop.current("order_item", "order_id, order_item_id, quantity") == [
        ("A1", "1", 7), ("A1", "2", 1), ("A2", "1", 1),
    ]  # fmt: skip
    for table in tables:
        assert date(2026, 10, 5) in shop.touched(table, seq), table
        assert shop.rows(f"select count(*) from {table}") == [(len(shop.current(table)),)], table


@pytest.mark.mariadb
def test_without_a_sweep_only_cursors_lead_to_rows(mariadb_shop: Shop) -> None:
    mariadb_shop.options["source"] = {"tables": {"orders": {"sweep": 0}}}
    mariadb_shop.insert("orders", order("A2", "2026-11-22 12:00:00"))
    mariadb_shop.load()
    mariadb_shop.insert("orders", order("A0", OLD))
    assert {mariadb_shop.load(["orders"])["orders"].mode for _ in range(10)} == {"changes"}


def test_a_full_import_of_a_change_table_sees_deletes_at_once(sqlite_shop: Shop) -> None:
    sqlite_shop.insert("orders", order("A1", "2026-10-05 12:00:00"), order("A2", "2026-11-22 12:00:00"))
    sqlite_shop.load()
    sqlite_shop.sql("delete from orders where order_id = 'A1'")
    report = sqlite_shop.load(full=True)["orders"]
    assert (report.mode, report.deleted) == ("full", 1)


def test_a_row_committed_late_with_an_older_time_is_not_lost(shop: Shop) -> None:
    """Its transaction began before others that were imported, and ended after."""
    shop.insert("orders", order("A1", "2026-11-23 11:00:00"))
    shop.load()
    shop.insert("orders", order("A0", "2026-11-23 09:30:00"))
    assert shop.load()["orders"].new == 1


@pytest.fixture(scope="module")
def in_shanghai(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DatabaseServer]:
    """A server whose machine is eight hours ahead of UTC."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "Asia/Shanghai")
        with servers.mariadb(tmp_path_factory.mktemp("in_shanghai")) as server:
            yield server


@pytest.mark.mariadb
@pytest.mark.parametrize("server", ["mariadb", "in_shanghai"])
def test_an_open_transaction_holds_the_cursor_back(
    request: pytest.FixtureRequest, server: str, tmp_path: Path
) -> None:
    """Even without an overlap: what it stamped is older than what was imported while it was open."""
    (tmp_path / "data").mkdir()
    shop = Shop(request.getfixturevalue(server).create(f"open_at_{server}"), tmp_path, {})
    contract_tables(shop, *USUAL)
    shop.options["source"] = {"tables": {"orders": {"overlap": 0}}}
    shop.sql("alter table orders add primary key (order_id)")  # else the transaction would lock every row
    slow = sa.create_engine(shop.url, poolclass=sa.NullPool).connect()
    stamp = "'2026-11-23 11:59:58'"  # two seconds before the import
    slow.exec_driver_sql(
        "insert into orders (order_id, created_at, status, total_amount, updated_at)"
        f" values ('A0', {stamp}, 'created', 1, {stamp})"
    )
    started = "select timestampdiff(second, min(trx_started), now()) from information_schema.innodb_trx"
    while int(shop.rows(started)[0][0]) < 3:
        time.sleep(0.1)
    shop.insert("orders", order("A1", "2026-11-23 12:00:00"))
    assert shop.load(["orders"])["orders"].new == 1
    slow.commit()
    slow.close()
    report = shop.load(["orders"])["orders"]
    assert (report.mode, report.new) == ("changes", 1)


def test_a_row_without_a_cursor_is_always_read(shop: Shop) -> None:
    shop.insert("orders", order("A1", "2026-11-23 11:00:00"))
    shop.load()
    shop.insert("orders", order("A2", "2026-01-01 00:00:00", updated_at=None))
    assert shop.load()["orders"].new == 1


@pytest.mark.mariadb
def test_the_overlap_says_how_late_a_row_may_come(mariadb_shop: Shop) -> None:
    mariadb_shop.insert("orders", order("A1", "2026-11-23 11:00:00"))
    mariadb_shop.load()
    mariadb_shop.insert("orders", order("A0", "2026-11-23 08:30:00"))
    assert mariadb_shop.load()["orders"].new == 0
    mariadb_shop.options["source"] = {"tables": {"orders": {"overlap": 3 * 3600}}}
    assert mariadb_shop.load()["orders"].new == 1


def test_a_cursor_in_the_future_does_not_hide_what_comes_after(sqlite_shop: Shop) -> None:
    sqlite_shop.insert("orders", order("A1", "2026-11-23 11:00:00", updated_at="2099-01-01 00:00:00"))
    sqlite_shop.load()
    sqlite_shop.insert("orders", order("A2", "2026-11-23 11:30:00"))
    assert sqlite_shop.load()["orders"].new == 1


def test_only_what_changed_is_read_of_a_change_table(sqlite_shop: Shop) -> None:
    sqlite_shop.insert("orders", *(order(f"A{day}", f"2026-10-{day:02} 12:00:00") for day in range(1, 20)))
    assert sqlite_shop.load()["orders"].read == 19
    assert sqlite_shop.load()["orders"].read < 19


def test_a_changed_meaning_of_codes_reads_everything_again(sqlite_shop: Shop) -> None:
    sqlite_shop.insert(
        "orders", order("A1", "2026-10-05 12:00:00", status="7"), order("A2", "2026-11-22 12:00:00")
    )
    assert sqlite_shop.load()["orders"].reasons == {"unknown_status": 1}
    sqlite_shop.options["source"] = {"order_status": {"7": "completed"}}
    assert sqlite_shop.load()["orders"].new == 1
    assert sqlite_shop.current("orders", "order_id, status") == [("A1", "completed"), ("A2", "created")]


def test_a_cancelled_order_without_a_time_takes_that_of_its_last_change(sqlite_shop: Shop) -> None:
    sqlite_shop.insert(
        "orders", order("A1", "2026-10-05 12:00:00", status="cancelled", updated_at="2026-10-06 08:00:00")
    )
    sqlite_shop.load()
    assert sqlite_shop.current("orders", "epoch_us(cancelled_at)") == [(_micros(2026, 10, 6),)]
    assert date(2026, 10, 6) in sqlite_shop.touched("orders")


def test_a_changed_dimension_touches_the_days_from_its_change_to_its_loading(sqlite_shop: Shop) -> None:
    sqlite_shop.insert("product", {"product_id": "1", "name": "Pan", "updated_at": "2026-01-01 00:00:00"})
    sqlite_shop.load()
    seq = sqlite_shop.last_touch()
    sqlite_shop.sql("update product set name = 'Pot', updated_at = '2026-11-21 10:00:00'")
    sqlite_shop.load()
    assert sqlite_shop.touched("product", seq) == {date(2026, 11, 21), date(2026, 11, 22), date(2026, 11, 23)}


@pytest.mark.mariadb
def test_large_tables_wait_for_one_another(mariadb_shop: Shop) -> None:
    """All are opened at one moment and read in turn: each is more than what lies in the buffers between."""
    for table, more in (("customer", "name"), ("product", "name"), ("orders", "province")):
        needed = ", created_at, status, total_amount" if table == "orders" else ""
        values = ", '2026-11-20 10:00:00', 'paid', 1" if table == "orders" else ""
        mariadb_shop.sql(
            f"insert into {table} ({TABLES[table].key[0]}, {more}{needed})"
            f" select seq, repeat('x', 90){values} from seq_1_to_60000"
        )
    assert {report.read for report in mariadb_shop.load(USUAL[:3]).values()} == {60_000}
    assert {len(mariadb_shop.current(table, "1")) for table in ("customer", "product", "orders")} == {60_000}


def test_named_tables_alone_are_read(sqlite_shop: Shop) -> None:
    assert list(sqlite_shop.load(["orders", "customer"])) == ["customer", "orders"]
    with pytest.raises(UsageError, match="'ordrs' is not a table") as wrong:
        sqlite_shop.load(["ordrs"])
    assert "orders" in wrong.value.fix


def test_two_imports_at_once_are_refused(sqlite_shop: Shop) -> None:
    with sqlite_shop.state() as state, state.lease("import"):
        with pytest.raises(LockedError, match="'import' is under way"):
            sqlite_shop.load()


def test_an_optional_table_that_the_shop_lacks_is_left_out(sqlite_shop: Shop) -> None:
    sqlite_shop.sql("drop table coupon_use", "drop table refund")
    assert set(sqlite_shop.load(TABLES)).isdisjoint({"coupon_use", "refund"})


def test_a_lost_state_does_not_make_numbers_come_twice(sqlite_shop: Shop) -> None:
    sqlite_shop.insert("customer", {"customer_id": "1", "name": "a"})
    sqlite_shop.load()
    for path in (sqlite_shop.project / "data").glob("state.db*"):
        path.unlink()
    sqlite_shop.sql("update customer set name = 'b'")
    sqlite_shop.load()
    assert sqlite_shop.versions("customer", "name, load_seq") == [("a", 1), ("b", 2)]


def test_a_coupon_without_an_id_is_still_one_row_of_its_order(sqlite_shop: Shop) -> None:
    sqlite_shop.insert(
        "coupon_use",
        {"order_id": "A1", "amount": "1.00"},
        {"coupon_id": "X", "order_id": "A1", "amount": "2.00"},
    )
    sqlite_shop.load(["coupon_use"])
    assert sqlite_shop.load(["coupon_use"])["coupon_use"].changed == 0
    assert len(sqlite_shop.versions("coupon_use")) == 2


def test_a_line_without_an_id_is_numbered_by_what_the_key_names(sqlite_shop: Shop) -> None:
    sqlite_shop.sql(
        "drop table order_item", "create table line (order_id text, line_no int, sku text, n int, price text)"
    )
    query = "select order_id, line_no, sku as product_id, n as quantity, price as unit_price from line"
    sqlite_shop.options["source"] = {
        "tables": {"order_item": {"query": query, "key": ["order_id", "line_no"], "mode": "full"}}
    }
    sqlite_shop.insert(
        "line", *({"order_id": "A1", "line_no": n, "sku": "s", "n": 1, "price": "2"} for n in (1, 2))
    )
    sqlite_shop.load()
    assert sqlite_shop.current("order_item", "order_id, order_item_id") == [("A1", "1"), ("A1", "2")]


def test_keys_of_several_columns_stay_apart_whatever_is_in_them(sqlite_shop: Shop) -> None:
    sqlite_shop.sql("drop table payment", "create table pay (a text, b text, amount text)")
    query = "select a, b, 'A1' as order_id, amount, '2026-11-20 12:00:00' as paid_at from pay"
    sqlite_shop.options["source"] = {
        "tables": {"payment": {"query": query, "key": ["a", "b"], "mode": "full"}}
    }
    pairs = [("1-2", "3"), ("1", "2-3"), ("1", "2"), ("1\\", "2"), ("1\\-2", ""), (None, "2"), ("2", None)]
    sqlite_shop.insert("pay", *({"a": a, "b": b, "amount": "2"} for a, b in [*pairs, (None, None)]))
    report = sqlite_shop.load(["payment"])["payment"]
    assert (report.new, report.reasons) == (len(pairs), {"null_key": 1})
    assert ("1-2",) in sqlite_shop.current("payment", "payment_id")


def test_a_key_that_names_only_what_a_line_belongs_to_is_refused(sqlite_shop: Shop) -> None:
    lines = {"query": "select order_id, product_id, quantity, unit_price from order_item", "mode": "full"}
    sqlite_shop.options["source"] = {"tables": {"order_item": {**lines, "key": ["ORDER_ID"]}}}
    with pytest.raises(SourceError, match="the query gives no column 'order_item_id'"):
        sqlite_shop.load()
    lines["query"] = "select product_id, quantity, unit_price from order_item"
    sqlite_shop.options["source"] = {"tables": {"order_item": {**lines, "key": ["product_id", "quantity"]}}}
    with pytest.raises(SourceError, match="the query gives no column 'order_id'"):
        sqlite_shop.load()


def test_nothing_of_the_run_stays_outside_the_lake(
    sqlite_shop: Shop, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    sqlite_shop.insert("customer", {"customer_id": "1"})
    sqlite_shop.load()
    assert list(home.iterdir()) == []
    assert not (sqlite_shop.project / "data/staging").exists()


@pytest.mark.parametrize("end", [";", " -- all of them", " ; "])
def test_a_query_may_end_as_people_write_it(shop: Shop, end: str) -> None:
    shop.options["source"] = {"tables": {"orders": {"query": f"select * from orders{end}"}}}
    shop.insert("orders", order("A1", "2026-11-20 12:00:00"))
    assert [shop.load(["orders"])["orders"].new for _ in range(2)] == [1, 0]


@pytest.mark.parametrize(
    ("server", "orders", "items"),
    [
        pytest.param("mariadb", "char(9) collate utf8mb4_unicode_ci", "char(9) collate utf8mb4_general_ci",
                     marks=pytest.mark.mariadb),
        pytest.param("mariadb", "bigint", "varchar(20)", marks=pytest.mark.mariadb),
        pytest.param("mariadb", "binary(2)", "varbinary(9)", marks=pytest.mark.mariadb),
        pytest.param("postgres", "bigint", "varchar(20)", marks=pytest.mark.postgres),
        ("sqlite", "integer", "text"),
    ],
)  # fmt: skip
def test_lines_follow_orders_whose_ids_are_of_another_type(
    request: pytest.FixtureRequest, server: str, orders: str, items: str
) -> None:
    shop: Shop = request.getfixturevalue(f"{server}_shop")
    shop.sql("drop table orders", "drop table order_item")
    stamp = "timestamp" if server == "postgres" else "datetime"
    columns = f"created_at {stamp}, updated_at {stamp}, status varchar(9), total_amount decimal(9, 2)"
    more = f"product_id varchar(9), quantity int, unit_price decimal(9, 2), created_at {stamp}"
    shop.sql(
        f"create table orders (order_id {orders}, {columns})",
        f"create table order_item (order_id {items}, order_item_id int, {more})",
    )
    for order_id, day in ((10, OLD), (11, "2026-11-22 12:00:00")):
        shop.insert("orders", order(str(order_id), day))
        shop.insert("order_item", item(str(order_id), "1", day))
    assert shop.load(["orders", "order_item"])["order_item"].new == 2
    shop.sql(
        "update order_item set quantity = 5 where order_id = '10'",
        "update orders set updated_at = '2026-11-22 13:00:00' where order_id = '10'",
    )
    report = shop.load(["orders", "order_item"])["order_item"]
    assert (report.mode, report.changed) == ("changes", 1)


def test_a_product_changed_at_the_beginning_of_time_touches_no_million_days(sqlite_shop: Shop) -> None:
    """0001-01-01 is how some shops say that they do not know."""
    sqlite_shop.insert("product", {"product_id": "1", "name": "Pan", "updated_at": "0001-01-01 00:00:00"})
    sqlite_shop.load()
    seq = sqlite_shop.last_touch()
    sqlite_shop.sql("update product set name = 'Pot'")
    assert sqlite_shop.load()["product"].changed == 1
    assert sqlite_shop.touched("product", seq) == {date(2026, 11, 23)}


def test_texts_of_a_megabyte_are_handed_on_a_few_at_a_time(
    sqlite_shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else 20,000 of them would lie in memory at once; in the file, a row group stays small too."""
    long = "é" * 500_000
    rows = ({"product_id": str(n), "name": "Pan", "description": f"{n}{long}"} for n in range(40))
    sqlite_shop.insert("product", *rows)
    opened: list[int] = []
    original = moment._open

    def watched(database: Any, query: Any, session: Any, name: str) -> Any:
        opened.append(query.batch_rows)
        return original(database, query, session, name)

    monkeypatch.setattr(moment, "_open", watched)
    assert sqlite_shop.load(["product"])["product"].new == 40
    (path,) = sqlite_shop.files("ods/product")
    groups = pq.ParquetFile(path).metadata
    assert max(groups.row_group(place).num_rows for place in range(groups.num_row_groups)) <= 30
    sqlite_shop.sql("update product set description = description || '!' where product_id < '3'")
    assert sqlite_shop.load(["product"])["product"].changed == 23
    assert sqlite_shop.current("product", "description")[-1] == (f"9{long}",)
    assert max(opened) <= 20


def test_a_query_may_hold_percent_signs_and_colons(shop: Shop) -> None:
    query = "select *, 'a:b %s %% {x}' as note from orders where order_id like 'A%'"
    shop.options["source"] = {"tables": {"orders": {"query": query}}}
    shop.insert("orders", order("A1", "2026-11-20 12:00:00"), order("B1", "2026-11-20 12:00:00"))
    assert shop.load()["orders"].new == 1
    assert shop.load()["orders"].changed == 0
    assert shop.current("orders", "order_id, extra") == [("A1", '{"note":"a:b %s %% {x}"}')]


def test_a_column_that_is_empty_in_the_first_rows_keeps_its_values(sqlite_shop: Shop) -> None:
    """SQLite tells no types: they are never guessed from the first row."""
    sqlite_shop.insert("customer", {"customer_id": "1"}, {"customer_id": "2", "name": "Bo", "phone": "137"})
    sqlite_shop.load()
    assert sqlite_shop.current("customer", "customer_id, name, phone") == [
        ("1", None, None),
        ("2", "Bo", "137"),
    ]


def test_tables_with_the_words_of_sql_in_their_values_do_no_harm(sqlite_shop: Shop) -> None:
    sqlite_shop.insert("customer", {"customer_id": "o'neil; drop table orders --", "name": '"x"\\'})
    sqlite_shop.load()
    assert sqlite_shop.current("customer", "customer_id, name") == [("o'neil; drop table orders --", '"x"\\')]


def _micros(*parts: int) -> int:
    return int(datetime(*parts, tzinfo=UTC).timestamp()) * 1_000_000 + (parts[6] if len(parts) > 6 else 0)  # type: ignore[misc, arg-type]
