"""Which business days a build has to work out again.

Loaders say on which days they wrote (``state.touch``); how far that reaches depends on the data: an event
that comes late can join two sessions, tell who an anonymous visitor of later days was, or take an order from
one session to another. All of it is found before anything is rebuilt, from the tables as the last build left
them and the lake as it is now. It may name a day too many, never one too few.
"""

from __future__ import annotations

from mallard.settings import Settings
from mallard.state import State, Touched
from mallard.warehouse import changed_events, changed_orders, changed_products
from mallard.warehouse.day_sets import DaySets, among, shifted
from mallard.warehouse.engine import Engine
from mallard.warehouse.marks import Marks

BUILT_SEQ = "warehouse.seq"
"""The cursor in the state that repeats how far the log was built, for those who only want to know."""


def find(engine: Engine, marks: Marks, found: DaySets) -> DaySets:
    """Work out how far the days heard of reach; adds them to the sets, which it returns."""
    changed_orders.stage(engine, marks, found)
    changed_events.stage(engine, found)
    if found.everything:
        return found
    changed_events.visits(engine, found)
    changed_orders.orders(engine, found)
    changed_products.products(engine, marks, found)
    _sessions_of_orders(engine, found)
    return found


def _sessions_of_orders(engine: Engine, found: DaySets) -> None:
    """Orders that may change their session, and the funnels that see them."""
    days = found["orders"] | shifted(changed_events.spans(engine, found["visits"]), 0, 1)
    days |= engine.days(
        f"""
        select dt from dwd_order where order_id in (
            select completed_order_id from dwd_event_index
            where completed_order_id is not null and {among("dt", found["visits"])}
            union select completed_order_id from fresh_event where completed_order_id is not null
        )"""
    )
    completions = engine.days(
        f"""
        select dt, coalesce(session_dt, dt) from dwd_event_person where event_id in (
            select event_id from dwd_event_index where completed_order_id in (
                select order_id from fresh_order
                union select completed_order_id from fresh_event where completed_order_id is not null
                union select order_id from dwd_order where {among("dt", days)}
            )
        )"""
    )
    found.add("order_sessions", days)
    found.add("conversions", found["sessions"])
    found.add("conversions", shifted(found["visits"] | days | completions, -1, 0))
    found.add("conversions", changed_events.starts(engine, shifted(days, -1, 0)))


def waiting(settings: Settings, state: State) -> list[Touched]:
    """What loaders have touched since the last build that ended well."""
    seq = state.get(BUILT_SEQ, 0) if settings.warehouse_path.exists() or _is_spark(settings) else 0
    return state.touched(after=int(seq))


def _is_spark(settings: Settings) -> bool:
    return settings.warehouse.engine == "spark"
