"""All tables show one moment, or the report says that they may not."""

from __future__ import annotations

import threading
from typing import Any

import pytest
import sqlalchemy as sa

from mallard.sources import moment
from tests.sources.shops import Shop, item, order

AT = "2026-11-20 10:00:00"


@pytest.fixture
def busy(monkeypatch: pytest.MonkeyPatch) -> list[threading.Thread]:
    """Between the opening of the first table and the second, somebody adds an order with its line."""
    writers: list[threading.Thread] = []
    opened = moment._open

    def open_and_write(database: Any, sql: str, session: Any, name: str) -> Any:
        reader = opened(database, sql, session, name)
        if name == "orders":
            writers[0].start()
            writers[0].join(0.7)
        return reader

    monkeypatch.setattr(moment, "_open", open_and_write)
    return writers


def _writer(shop: Shop) -> threading.Thread:
    def write() -> None:
        shop.insert("order_item", item("A2", "1", AT))
        shop.insert("orders", order("A2", AT))

    return threading.Thread(target=write)


def _prepare(shop: Shop, busy: list[threading.Thread]) -> None:
    shop.insert("orders", order("A1", AT))
    shop.insert("order_item", item("A1", "1", AT))
    busy.append(_writer(shop))


def test_a_write_in_the_middle_is_in_all_tables_or_in_none(shop: Shop, busy: list[threading.Thread]) -> None:
    _prepare(shop, busy)
    reports = shop.load()
    busy[0].join()
    assert {r.doubt for r in reports.values()} == {""}
    assert shop.current("orders", "order_id") == shop.current("order_item", "order_id") == [("A1",)]
    reports = {}
    busy[0] = threading.Thread(target=lambda: None)
    shop.load()
    assert shop.current("orders", "order_id") == shop.current("order_item", "order_id") == [("A1",), ("A2",)]


@pytest.mark.mariadb
def test_without_the_lock_the_report_says_so(mariadb_shop: Shop, busy: list[threading.Thread]) -> None:
    mariadb_shop.options["source"] = {"lock": False}
    _prepare(mariadb_shop, busy)
    reports = mariadb_shop.load()
    busy[0].join()
    assert reports["orders"].doubt == "source.lock is off"
    assert len(mariadb_shop.current("order_item")) == 2  # the tables do differ: the doubt is no mere form
    assert len(mariadb_shop.current("orders")) == 1


@pytest.mark.mariadb
def test_tables_that_know_no_transactions_are_named(mariadb_shop: Shop) -> None:
    mariadb_shop.sql("alter table order_item engine = MyISAM", "create table unread (id int) engine = MyISAM")
    mariadb_shop.insert("orders", order("A1", AT))
    doubt = mariadb_shop.load()["orders"].doubt
    assert "(order_item) were read one after another" in doubt
    mariadb_shop.sql("alter table order_item engine = InnoDB")
    assert mariadb_shop.load()["orders"].doubt == ""


@pytest.mark.mariadb
def test_a_user_without_the_right_to_lock_still_reads(mariadb_shop: Shop) -> None:
    url = sa.make_url(mariadb_shop.url)
    mariadb_shop.sql(
        "create or replace user reader@127.0.0.1 identified by 'canary-secret'",
        f"grant select on {url.database}.* to reader@127.0.0.1",
    )
    mariadb_shop.insert("orders", order("A1", AT))
    mariadb_shop.url = url.set(username="reader").render_as_string(hide_password=False)
    reports = mariadb_shop.load()
    assert "RELOAD" in reports["orders"].doubt
    assert reports["orders"].new == 1


@pytest.mark.mariadb
def test_a_long_statement_is_not_waited_for_by_the_whole_shop(mariadb_shop: Shop) -> None:
    """A lock that waits would hold up every writer behind it; it gives up soon, and the report says so."""
    mariadb_shop.insert("orders", order("A1", AT))
    busy = mariadb_shop.engine.connect()
    thread = threading.Thread(
        target=busy.exec_driver_sql, args=("update orders set total_amount = 1 + sleep(8)",)
    )
    thread.start()
    try:
        doubt = mariadb_shop.load()["orders"].doubt
    finally:
        thread.join()
        busy.close()
    assert "busy" in doubt


@pytest.mark.mariadb
def test_the_lock_is_given_back(mariadb_shop: Shop) -> None:
    mariadb_shop.load()
    mariadb_shop.insert("orders", order("A1", AT))
    assert mariadb_shop.rows("select count(*) from orders") == [(1,)]
