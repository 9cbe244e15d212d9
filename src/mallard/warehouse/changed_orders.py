"""How far versions of orders and what belongs to them reach that no build has seen."""

from __future__ import annotations

from mallard.contract import TABLES
from mallard.warehouse.day_sets import DaySets
from mallard.warehouse.engine import Engine
from mallard.warehouse.marks import Marks

PARTS = ("orders", "order_item", "payment", "shipment", "refund", "coupon_use")
"""The tables that make up an order."""


def note(engine: Engine, marks: Marks, found: DaySets) -> None:
    """Note the tables with versions that no build has seen, and how far they go."""
    for table in TABLES:
        newest = engine.query(
            f"select max(load_seq), max(loaded) from ods_{table} where {marks.unseen(table)}"
        )
        load_seq, loaded = newest[0]
        if load_seq is not None:
            found.tables.add(table)
            marks.advance(table, load_seq, loaded)


def stage(engine: Engine, marks: Marks, found: DaySets) -> None:
    """Lay out ``fresh_<table>``, the versions that no build has seen; their days of arrival are touched."""
    note(engine, marks, found)
    for table in TABLES:
        engine.stage(f"fresh_{table}", f"select * from ods_{table} where {marks.unseen(table)}")
    for table in found.tables:
        found.add("arrivals", engine.days(f"select {engine.business_date('loaded_at')} from fresh_{table}"))


def orders(engine: Engine, found: DaySets) -> None:
    """Days with a moment of an order that changed, as it was and as it is."""
    moved = " union ".join(
        f"select order_id from dwd_{table} where {table}_id in (select {table}_id from fresh_{table})"
        for table in ("payment", "refund")
    )
    ids = " union ".join(f"select order_id from fresh_{table}" for table in PARTS)
    engine.stage(
        "fresh_order", f"select order_id from ({ids} union {moved}) as ids where order_id is not null"
    )
    if not found.tables.intersection(PARTS):
        return
    mine = "order_id in (select order_id from fresh_order)"
    day = engine.business_date
    found.add(
        "orders",
        engine.days(
            f"""
            select dt, paid_dt, cancelled_dt from dwd_order where {mine}
            union select created_dt, paid_dt, cancelled_dt from dwd_order_state where {mine}
            union select paid_dt, paid_dt, paid_dt from dwd_payment where {mine}
            union select refunded_dt, refunded_dt, refunded_dt from dwd_refund where {mine}
            union select {day("created_at")}, {day("paid_at")}, {day("cancelled_at")} from fresh_orders
            union select {day("paid_at")}, {day("paid_at")}, {day("paid_at")} from fresh_payment
            union select {day("refunded_at")}, {day("refunded_at")}, {day("refunded_at")} from fresh_refund"""
        ),
    )
    found.add("orders", engine.days(_first_orders(engine)))


def _first_orders(engine: Engine) -> str:
    """Days that become or cease to be that of a customer's first order, though none of theirs changed."""
    mine = "order_id in (select order_id from fresh_order)"
    return f"""
        with changed as (
            select customer_id, dt from dwd_order where {mine}
            union select customer_id, {engine.business_date("created_at")} as dt from fresh_orders
        ),

        earliest as (
            select customer_id, min(dt) as dt from changed group by customer_id
        ),

        kept as (
            select customer_id, min(dt) as dt from dwd_order where not {mine} group by customer_id
        )

        select kept.dt from kept
        inner join earliest on kept.customer_id = earliest.customer_id
        where earliest.dt <= kept.dt"""
