from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from mallard.contract import ORDER_STATUSES, TABLES
from mallard.errors import UnreachableError
from mallard.simulate.books import books, books_of
from mallard.simulate.database import WriteReport, write_database
from mallard.simulate.mall import STATUS_CODES
from mallard.simulate.order_books import order_rows
from mallard.simulate.plan import plan_day
from mallard.simulate.shop import DAY, Shop, micros
from tests.servers import DatabaseServer

SHOP = Shop(5, date(2026, 3, 20), 20, "Europe/Berlin", size=0.05)
MIDDLE = date(2026, 4, 1)


def content(url: str, *names: str) -> dict[str, list[tuple[Any, ...]]]:
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        found = {
            name: sorted(map(tuple, connection.execute(sa.text(f"select * from {name}"))), key=repr)
            for name in names
        }
    engine.dispose()
    return found


def live(url: str, schema: Any) -> None:
    """The middle, the end, the end again: real changes, then none."""
    first = write_database(SHOP, MIDDLE, url, schema)
    assert first.inserted > 500
    assert (first.updated, first.deleted) == (0, 0)
    second = write_database(SHOP, SHOP.last_day, url, schema)
    assert second.updated > 10
    assert write_database(SHOP, SHOP.last_day, url, schema) == WriteReport(0, 0, 0)


@pytest.mark.parametrize("schema", ["mallard", "mall"])
def test_a_database_grown_day_by_day_equals_one_written_at_once(tmp_path: Path, schema: Any) -> None:
    grown, at_once = f"sqlite:///{tmp_path}/grown.db", f"sqlite:///{tmp_path}/once.db"
    live(grown, schema)
    write_database(SHOP, SHOP.last_day, at_once, schema)
    names = (
        TABLES if schema == "mallard" else ("user", "user_order", "order_item", "payment_flow", "user_addr")
    )
    assert content(grown, *names) == content(at_once, *names)


@pytest.mark.mariadb
@pytest.mark.parametrize("schema", ["mallard", "mall"])
def test_mariadb_holds_the_same(mariadb: DatabaseServer, tmp_path: Path, schema: Any) -> None:
    url = mariadb.create(f"simulate_{schema}")
    live(url.replace("mysql+pymysql:", "mysql:"), schema)
    write_database(SHOP, SHOP.last_day, f"sqlite:///{tmp_path}/shop.db", schema)
    query = (
        "select order_id, order_money, order_date from user_order"
        if schema == "mall"
        else "select order_id, total_amount, created_at from orders"
    )
    rows = {}
    for place in (url, f"sqlite:///{tmp_path}/shop.db"):
        engine = sa.create_engine(place)
        with engine.connect() as connection:
            rows[engine.dialect.name] = {
                str(identity): (Decimal(str(amount)), str(moment)[:19])
                for identity, amount, moment in connection.execute(sa.text(query))
            }
        engine.dispose()
    assert rows["mysql"] == rows["sqlite"]
    assert len(rows["mysql"]) > 20


@pytest.mark.postgres
def test_postgres_grows_day_by_day(postgres: DatabaseServer) -> None:
    live(postgres.create("simulate"), "mallard")


def test_the_state_of_a_day_is_what_had_happened_by_its_end() -> None:
    end = SHOP.start(MIDDLE + timedelta(days=1))
    state, later = books(SHOP, MIDDLE), books(SHOP, SHOP.last_day)
    for name, columns in (
        ("orders", ("created_at", "paid_at", "cancelled_at", "updated_at")),
        ("payment", ("paid_at",)),
        ("shipment", ("created_at", "shipped_at", "delivered_at")),
        ("refund", ("refunded_at",)),
        ("customer", ("registered_at", "updated_at")),
    ):
        for column in columns:
            moments = [row[column] for row in state[name] if row[column] is not None]
            assert all(moment < end for moment in moments), (name, column)
    statuses = {row["order_id"]: row["status"] for row in state["orders"]}
    moved = {
        row["order_id"]
        for row in later["orders"]
        if statuses.get(row["order_id"]) not in (None, row["status"])
    }
    assert moved
    assert {row["status"] for row in later["orders"]} <= set(ORDER_STATUSES)


def test_every_status_occurs_and_has_a_code_in_mall() -> None:
    shop = Shop(5, date(2026, 3, 20), 20, size=0.3)
    orders = [order for day in shop.all_days for order in plan_day(shop, day).orders]
    ends = (shop.start(shop.last_day), shop.start(shop.last_day) + 60 * DAY)
    found = {row["status"] for end in ends for row in order_rows(orders, end, "EUR")["orders"]}
    assert found == set(ORDER_STATUSES) == set(STATUS_CODES)


def test_a_changed_order_has_a_later_updated_at() -> None:
    before = {row["order_id"]: row for row in books(SHOP, MIDDLE)["orders"]}
    for row in books(SHOP, SHOP.last_day)["orders"]:
        old = before.get(row["order_id"])
        if old is not None and old != row:
            assert row["updated_at"] > old["updated_at"]


def test_rows_fit_the_contract_and_point_at_each_other() -> None:
    state = books(SHOP, SHOP.last_day)
    for name, table in TABLES.items():
        assert all(tuple(row) == table.column_names for row in state[name]), name
        keys = [tuple(row[part] for part in table.key) for row in state[name]]
        assert len(set(keys)) == len(keys) > 0, name
        assert all(
            row[column.name] is not None for row in state[name] for column in table.columns if column.required
        )
    customers = {row["customer_id"] for row in state["customer"]} | {None}
    orders = {row["order_id"]: row for row in state["orders"]}
    assert {row["customer_id"] for row in state["orders"]} <= customers
    for name in ("order_item", "payment", "shipment", "refund", "coupon_use"):
        assert {row["order_id"] for row in state[name]} <= orders.keys(), name


def test_an_address_can_be_deleted() -> None:
    people = [
        person for person in SHOP.people if person.user_id and person.number % 29 == 0 and person.number % 2
    ]
    assert people
    early = books_of(SHOP, [], SHOP.start(SHOP.first_day) - 300 * DAY)["address"]
    late = {
        row["address_id"] for row in books_of(SHOP, [], SHOP.start(SHOP.first_day) + 400 * DAY)["address"]
    }
    assert len(early) < len(late)
    assert all(f"{person.number * 10 + 1}" not in late for person in people)


def test_a_shop_that_purges_deletes_orders_with_all_that_belongs_to_them(tmp_path: Path) -> None:
    shop = Shop(5, date(2026, 3, 20), 20, "Europe/Berlin", size=0.3, purges=True)
    url = f"sqlite:///{tmp_path}/shop.db"
    write_database(shop, MIDDLE, url)
    before = books(shop, MIDDLE)
    assert write_database(shop, shop.last_day, url).deleted > 1
    assert write_database(shop, shop.last_day, url) == WriteReport(0, 0, 0)
    after = books(shop, shop.last_day)
    gone = {row["order_id"] for row in before["orders"]} - {row["order_id"] for row in after["orders"]}
    assert gone
    for name in ("order_item", "payment", "shipment", "refund", "coupon_use"):
        assert not gone & {row["order_id"] for row in after[name]}
    kept = {row["order_id"] for row in books(replace(shop, purges=False), shop.last_day)["orders"]}
    assert kept - {row["order_id"] for row in after["orders"]} >= gone


def test_mall_times_are_the_shops_and_mallard_times_are_utc(tmp_path: Path) -> None:
    moments = {}
    for schema, query in (
        ("mallard", "select created_at from orders"),
        ("mall", "select order_date from user_order"),
    ):
        url = f"sqlite:///{tmp_path}/{schema}.db"
        write_database(SHOP, MIDDLE, url, schema)  # type: ignore[arg-type]
        engine = sa.create_engine(url)
        zone = ZoneInfo("UTC" if schema == "mallard" else SHOP.timezone)
        with engine.connect() as connection:
            texts = connection.execute(sa.text(query)).scalars()
            moments[schema] = sorted(
                micros(datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)) for text in texts
            )
        engine.dispose()
    assert moments["mallard"] == moments["mall"]


def test_an_unreachable_database_is_one_clear_error_without_the_password() -> None:
    with pytest.raises(UnreachableError) as failure:
        write_database(SHOP, SHOP.first_day, "mysql+pymysql://root:canary-secret@127.0.0.1:9/x")
    assert "127.0.0.1:9" in failure.value.what
    assert "canary-secret" not in str(failure.value)
