"""A live MariaDB changed at random between and during imports: the warehouse ends up as the database is.

What is compared are the tables of the layer DWD after the last build, row for row and column by column, and
the order tables that are kept by day with those of a rebuild from nothing.
"""

from __future__ import annotations

import itertools
import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from mallard.contract import TABLES
from mallard.sources import moment
from mallard.warehouse.build import build
from tests.servers import DatabaseServer
from tests.sources.shops import Shop, contract_tables, item, order

START = datetime(2026, 11, 13, 8, 0)
ORDERS = [f"A{number}" for number in range(6)]
LINES = ["1", "2"]
ids, lines = st.sampled_from(ORDERS), st.sampled_from(LINES)
DWD = {
    "customer": "dwd_customer",
    "orders": "dwd_order_state",
    "order_item": "dwd_order_item",
    "payment": "dwd_payment",
}
"""The shop's tables that live here, and where the warehouse has their rows as they are now."""
BY_DAY = (
    "dwd_order", "dwd_order_cancel", "dws_order_item_wide", "app_sales", "app_product_sales",
    "app_order_timing",
)  # fmt: skip
"""Tables of which a refresh works out the touched days alone."""
STATUSES = st.sampled_from(["created", "paid", "shipped", "cancelled", "refunded"])
_databases = itertools.count()


class LiveShop(RuleBasedStateMachine):
    """Most rules are what a well-behaved shop does: a change of an order or its lines stamps the order.

    Some leave no trace in any cursor (deletes, ``edit_line``, ``note_payment``); a sweep finds those. A
    transaction may stay open over imports, for less time than the overlap; what it does carries the time of
    the doing, not of the commit. Between imports hours go by, so that what is old is not read again by luck.
    """

    server: DatabaseServer
    monkeypatch: pytest.MonkeyPatch

    @initialize()
    def open_shop(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        project = Path(self.folder.name)
        (project / "data").mkdir()
        tables = {table: {"sweep": 2} for table in DWD if table != "customer"}
        url = self.server.create(f"machine_{next(_databases)}")
        self.shop = Shop(url, project, {"source": {"tables": tables}})
        contract_tables(self.shop, *DWD)
        self.shop.sql(
            "alter table orders add primary key (order_id)",  # else a transaction would lock every row
            "alter table order_item add primary key (order_id, order_item_id)",
        )
        self.now, self.slow_orders, self.built = START, 0, False
        old = str(START - timedelta(days=10))
        self.shop.insert("orders", *(order(order_id, old) for order_id in ORDERS), order("N", str(START)))
        self.shop.insert("order_item", *(item(order_id, "1", old) for order_id in ORDERS))
        self.shop.insert("order_item", item("N", "1", str(START)))
        self.slow: sa.Connection | None = None
        self.during: list[tuple[str, str]] = []
        self.note_payment("N", "first", 0)
        self.load()

    def teardown(self) -> None:
        if not hasattr(self, "shop"):
            return
        if self.slow is None:
            self.begin_slow(other=ORDERS[0], early=True)
        else:
            self.commit()
        if not self.built:
            self.build()
        self.leave_no_trace()
        for _ in range(2):
            self.load()
        self.build()
        self.compare()
        refreshed = {table: self.built_rows(table, "*") for table in BY_DAY}
        self.build(full=True)
        for table, rows in refreshed.items():
            assert self.built_rows(table, "*") == rows, f"{table}: a refresh is not what a rebuild is"
        self.folder.cleanup()

    def tick(self) -> str:
        self.now += timedelta(seconds=61)
        return str(self.now)

    def write(self, sql: str, **values: Any) -> None:
        with self.shop.engine.connect() as connection:
            connection.execute(sa.text(sql), values)

    @rule(order_id=ids, cents=st.integers(0, 10**9))
    def place(self, order_id: str, cents: int) -> None:
        at = self.tick()
        row = order(order_id, at, total_amount=f"{cents // 100}.{cents % 100:02}")
        self.write("delete from orders where order_id = :o", o=order_id)
        self.shop.insert("orders", row)

    @rule(order_id=ids, status=STATUSES)
    def change(self, order_id: str, status: str) -> None:
        sql = "update orders set status = :s, paid_at = :at, updated_at = :at where order_id = :o"
        self.write(sql, s=status, at=self.tick(), o=order_id)

    @rule(order_id=ids, line=lines, quantity=st.integers(0, 9))
    def put_line(self, order_id: str, line: str, quantity: int) -> None:
        at = self.tick()
        self.write("delete from order_item where order_id = :o and order_item_id = :l", o=order_id, l=line)
        self.shop.insert("order_item", item(order_id, line, at, quantity=quantity))

    @rule(order_id=ids, quantity=st.integers(0, 9))
    def change_lines(self, order_id: str, quantity: int) -> None:
        self.write("update order_item set quantity = :q where order_id = :o", q=quantity, o=order_id)
        self.write("update orders set updated_at = :at where order_id = :o", at=self.tick(), o=order_id)

    @rule(order_id=ids, quantity=st.integers(0, 9))
    def edit_line(self, order_id: str, quantity: int) -> None:
        self.write("update order_item set quantity = :q where order_id = :o", q=quantity, o=order_id)

    @rule(order_id=ids, payment=ids, days=st.integers(0, 9))
    def note_payment(self, order_id: str, payment: str, days: int) -> None:
        """Its order may not be there, and its own time may be long past."""
        at = str(self.now - timedelta(days=days))
        self.write("delete from payment where payment_id = :p", p=payment)
        self.shop.insert(
            "payment", {"payment_id": payment, "order_id": order_id, "amount": days, "paid_at": at}
        )

    def leave_no_trace(self) -> None:
        """What only a sweep finds, so that every example has it after its last import by changes."""
        self.edit_line(ORDERS[1], 10)
        self.note_payment("gone", "late", 9)
        self.remove(ORDERS[2])

    @rule(order_id=ids)
    def remove(self, order_id: str) -> None:
        self.write("delete from orders where order_id = :o", o=order_id)
        self.write("delete from order_item where order_id = :o", o=order_id)

    @rule(
        customer=st.sampled_from("abc"),
        name=st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=9),
    )
    def register(self, customer: str, name: str) -> None:
        self.write("delete from customer where customer_id = :c", c=customer)
        self.shop.insert("customer", {"customer_id": customer, "name": name})

    @rule(customer=st.sampled_from("abc"))
    def forget(self, customer: str) -> None:
        self.write("delete from customer where customer_id = :c", c=customer)

    @precondition(lambda self: self.slow is None)
    @rule(other=ids, early=st.booleans())
    def begin_slow(self, other: str, early: bool) -> None:
        """A transaction that stamps now and commits later, perhaps only after others and an import."""
        self.open_slow()
        if early:
            self.change(other, "paid")
            self.load()
            self.commit()

    def open_slow(self) -> None:
        engine = sa.create_engine(self.shop.url, poolclass=sa.NullPool)
        self.slow = engine.connect()
        self.slow_orders += 1
        row = order(f"S{self.slow_orders}", self.tick())
        names = ", ".join(row)
        values = ", ".join(f":{name}" for name in row)
        self.slow.execute(sa.text(f"insert into orders ({names}) values ({values})"), row)

    @precondition(lambda self: self.slow is not None)
    @rule()
    def commit(self) -> None:
        assert self.slow is not None
        self.slow.commit()
        self.slow.close()
        self.slow = None

    @rule(order_id=ids, status=STATUSES)
    def change_while_importing(self, order_id: str, status: str) -> None:
        """The import has opened its tables; what happens now belongs to the next one."""
        self.during.append((order_id, status))
        self.load()

    @rule()
    def load(self) -> None:
        self.monkeypatch.setenv("MALLARD_NOW", f"{self.now + timedelta(seconds=30)}+08:00")
        mysql = moment._mysql

        def then_change(*args: Any) -> Any:
            taken = mysql(*args)
            while self.during:
                self.change(*self.during.pop())
            return taken

        with self.monkeypatch.context() as patched:
            patched.setattr(moment, "_mysql", then_change)
            reports = self.shop.load(DWD)
        assert sum(report.quarantined for report in reports.values()) == 0
        assert {report.doubt for report in reports.values()} == {""}
        if self.slow is None:
            self.now += timedelta(hours=5)

    @precondition(lambda self: not self.built)
    @rule()
    def first_build(self) -> None:
        """At most one before the end."""
        self.build()

    def build(self, full: bool = False) -> None:
        self.load()
        with self.shop.state() as state:
            build(self.shop.settings, state, full=full)
        self.built = True

    def compare(self) -> None:
        for table, built in DWD.items():
            columns = TABLES[table].columns
            shown = ", ".join(
                f"timezone('Asia/Shanghai', {c.name})" if c.type == "instant" else c.name for c in columns
            )
            assert self.built_rows(built, shown) == sorted(self.rows(table), key=repr), table

    def built_rows(self, table: str, columns: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.shop.settings.warehouse_path), read_only=True) as warehouse:
            return sorted(warehouse.execute(f"select {columns} from {table}").fetchall(), key=repr)

    def rows(self, table: str) -> list[tuple[Any, ...]]:
        """A table of the shop; an order that was cancelled at no time was when it last changed."""
        cancelled = "coalesce(cancelled_at, if(status = 'cancelled', updated_at, null))"
        names = TABLES[table].column_names
        shown = ", ".join(cancelled if name == "cancelled_at" else name for name in names)
        return self.shop.rows(f"select {shown} from {table}")


@pytest.mark.mariadb
@pytest.mark.slow
def test_the_warehouse_ends_up_as_the_database_is(
    mariadb: DatabaseServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    LiveShop.server, LiveShop.monkeypatch = mariadb, monkeypatch
    run_state_machine_as_test(
        LiveShop,
        settings=settings(
            max_examples=5,
            stateful_step_count=12,
            derandomize=True,
            phases=(Phase.generate,),
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
