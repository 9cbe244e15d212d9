"""Changes by MySQL's binary log: deletes and silent updates at once, and a clear word where it cannot be."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from mallard.sources.load import TableReport
from tests import servers
from tests.servers import DatabaseServer
from tests.sources.shops import USUAL, Shop, contract_tables, item, order

pytestmark = pytest.mark.mariadb

AT = "2026-10-05 12:00:00"
BINLOG = {name: {"mode": "binlog"} for name in ("customer", "orders", "order_item")}


@pytest.fixture(scope="module")
def logging(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DatabaseServer]:
    options = ("--log-bin=log", "--server-id=1", "--binlog-format=ROW", "--binlog-row-metadata=FULL")
    with servers.mariadb(tmp_path_factory.mktemp("logging"), *options) as server:
        yield server


@pytest.fixture
def shop(logging: DatabaseServer, tmp_path: Path, request: pytest.FixtureRequest) -> Shop:
    (tmp_path / "data").mkdir()
    name = re.sub(r"\W+", "_", request.node.name)[:50]
    shop = Shop(logging.create(name), tmp_path, {"source": {"tables": dict(BINLOG)}})
    contract_tables(shop, *USUAL)
    shop.insert("orders", order("A1", AT), order("A2", AT), order("A'3", AT))
    shop.insert("order_item", item("A1", "1", AT), item("A1", "2", AT))
    shop.insert("customer", {"customer_id": "鸭\\1", "name": "a"}, {"customer_id": "2", "name": "b"})
    return shop


def test_changes_that_leave_no_trace_in_the_rows_are_seen(shop: Shop) -> None:
    """No cursor moves: only the log knows."""
    first = shop.load()
    assert (first["orders"].mode, first["orders"].new, first["orders"].note) == ("full", 3, "")
    shop.sql(
        "update orders set status = 'paid' where order_id = 'A1'",
        "delete from orders where order_id = 'A''3'",
        "update order_item set quantity = 7 where order_item_id = '2'",
        "delete from order_item where order_item_id = '1'",
        "update customer set name = 'c' where name = 'a'",
    )
    second = shop.load()
    assert {n: (r.mode, r.read, r.changed, r.deleted) for n, r in second.items() if n in BINLOG} == {
        "customer": ("binlog", 1, 1, 0),
        "orders": ("binlog", 1, 1, 1),
        "order_item": ("binlog", 1, 1, 1),
    }
    assert shop.current("orders", "order_id, status") == [("A1", "paid"), ("A2", "created")]
    assert shop.current("order_item", "order_item_id, quantity") == [("2", 7)]
    assert shop.current("customer", "customer_id, name") == [("2", "b"), ("鸭\\1", "c")]
    assert shop.load()["orders"].read == 0


def test_a_key_that_is_changed_is_a_delete_and_an_insert(shop: Shop) -> None:
    shop.load()
    shop.sql("update orders set order_id = 'B1' where order_id = 'A1'")
    report = shop.load()["orders"]
    assert (report.new, report.deleted) == (1, 1)


def test_a_failed_run_goes_on_where_the_last_good_one_stood(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.load()
    shop.sql("delete from orders where order_id = 'A1'")
    with monkeypatch.context() as broken:
        broken.setattr("mallard.sources.load._take_over", lambda *_: _fail())
        with pytest.raises(RuntimeError, match="killed"):
            shop.load()
    assert shop.load()["orders"].deleted == 1


def _one_changed_and_one_deleted(shop: Shop) -> TableReport:
    """Of the three rows of the table sale, whose key is its id, the first is changed, the second deleted."""
    query = (
        f"select id as order_id, timestamp '{AT}' as created_at, 'paid' as status, total as total_amount,"
        f" timestamp '{AT}' as updated_at from sale"
    )
    shop.options["source"]["tables"] = {"orders": {"mode": "binlog", "query": query}}
    assert shop.load(["orders"])["orders"].new == 3
    shop.sql("update sale set total = 9 where total = 1", "delete from sale where total = 2")
    return shop.load(["orders"])["orders"]


def test_keys_of_bytes_keep_the_zeros_at_their_end(shop: Shop) -> None:
    """The log leaves them out; one key in 256 has some."""
    shop.sql(
        "create table sale (id binary(4) primary key, total int)",
        "insert into sale values (x'0a0b0c00', 1), (x'0a000000', 2), (x'00000000', 3)",
    )
    report = _one_changed_and_one_deleted(shop)
    assert (report.mode, report.changed, report.deleted) == ("binlog", 1, 1)
    assert shop.current("orders", "order_id, total_amount") == [("00000000", 3), ("0A0B0C00", 9)]


def _fail() -> None:
    raise RuntimeError("killed")


def test_what_other_tables_write_is_passed_over(shop: Shop) -> None:
    shop.load()
    shop.sql("create table noise (n int)", "insert into noise select seq from seq_1_to_5000")
    report = shop.load()["orders"]
    assert (report.mode, report.read) == ("binlog", 0)


@pytest.mark.parametrize(
    "statement", ["truncate table orders", "alter table orders add column gift_note varchar(9) default 'x'"]
)
def test_a_table_that_was_altered_is_read_whole(shop: Shop, statement: str) -> None:
    shop.load()
    shop.sql(statement)
    report = shop.load()["orders"]
    assert report.note == "it was altered or has changed nearly whole; it was read whole"
    assert len(shop.current("orders")) == len(shop.rows("select 1 from orders"))


def test_a_log_that_was_thrown_away_is_said_and_the_table_read_whole(shop: Shop) -> None:
    shop.load()
    shop.sql("delete from orders where order_id = 'A1'", "reset master")
    report = shop.load()["orders"]
    assert (report.mode, report.deleted) == ("full", 1)
    assert "thrown away" in report.note


def test_a_server_that_logs_otherwise_is_read_by_changes(mariadb_shop: Shop) -> None:
    mariadb_shop.options["source"] = {"tables": {"orders": {"mode": "binlog"}}}
    mariadb_shop.insert("orders", order("A1", "2026-11-20 10:00:00"))
    mariadb_shop.load()
    report = mariadb_shop.load()["orders"]
    assert report.mode == "changes"
    assert "log_bin=ON" in report.note
    assert "binlog_row_metadata=FULL" in report.note


def test_a_user_without_the_right_is_told_which(shop: Shop) -> None:
    url = sa.make_url(shop.url)
    shop.sql(
        "create or replace user reader@127.0.0.1 identified by 'canary-secret'",
        f"grant select on `{url.database}`.* to reader@127.0.0.1",
    )
    shop.url = url.set(username="reader").render_as_string(hide_password=False)
    assert "grant REPLICATION" in shop.load()["orders"].note


def test_a_query_that_hides_its_table_is_said(shop: Shop) -> None:
    query = (
        "select concat(order_id, '') as order_id, created_at, status, total_amount, updated_at from orders"
    )
    shop.options["source"]["tables"]["orders"] = {"mode": "binlog", "query": query}
    shop.load()
    report = shop.load()["orders"]
    assert (report.mode, report.note) == (
        "changes", "its query does not show the columns of the table that its key comes from",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "keys"),
    [
        ("int(6) unsigned zerofill", ("42", "43", "44")),
        ("datetime", ("'2026-10-05 12:00:00'", "'2026-10-05 12:00:01'", "'2026-10-05 12:00:02'")),
        ("datetime(3)", ("'2026-10-05 12:00:00'", "'2026-10-05 12:00:00.5'", "'2026-10-05 12:00:02.123'")),
        ("timestamp(6)", ("'2026-10-05 12:00:00'", "'2026-10-05 12:00:00.5'", "'2026-10-05 12:00:02.123'")),
        ("date", ("'2026-10-05'", "'2026-10-06'", "'2026-10-07'")),
        ("decimal(20, 2)", ("-1.5", "12345678901234567.89", "0")),
        ("bigint", ("-1", "9007199254740993", "9007199254740992")),
    ],
)
def test_keys_are_found_however_the_server_writes_them(shop: Shop, kind: str, keys: tuple[str, ...]) -> None:
    shop.sql(
        f"create table sale (id {kind} primary key, total int)",
        *(f"insert into sale values ({key}, {total})" for total, key in enumerate(keys, 1)),
    )
    written = dict(shop.rows("select total, cast(id as char) from sale"))
    report = _one_changed_and_one_deleted(shop)
    assert (report.mode, report.read, report.changed, report.deleted) == ("binlog", 1, 1, 1)
    assert set(shop.current("orders", "order_id, total_amount")) == {(written[1], 9), (written[3], 3)}


def test_a_key_of_a_type_that_the_log_writes_otherwise_is_said(shop: Shop) -> None:
    shop.sql("alter table orders modify order_id enum('A1', 'A2', 'A''3')")
    shop.load()
    report = shop.load()["orders"]
    assert (report.mode, report.note) == (
        "changes", "the log writes the type of its key's column 'order_id' in a way of its own",
    )  # fmt: skip


def test_a_key_without_a_value_has_its_table_read_whole(shop: Shop) -> None:
    shop.sql("insert into order_item (order_item_id, product_id) values ('9', 'p')")
    shop.load()
    shop.sql("update order_item set order_id = 'A2', quantity = 1, unit_price = 5 where order_item_id = '9'")
    report = shop.load()["order_item"]
    assert (report.mode, report.new) == ("full", 1)
