"""How far events reach that no build has seen."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from mallard.warehouse.day_sets import DaySets, among, shifted
from mallard.warehouse.engine import Engine

_INDEXED = """
    dt, event_id, event_time, anonymous_key, stream, user_id, alias_of, completed_order_id, landed_seq, origin
"""
_LANDED = """
    dt, event_id, event_time, coalesce(anonymous_id, device_id) as anonymous_key,
    coalesce(anonymous_id, device_id, user_id) as stream, user_id,
    case when event_type = 'alias' then previous_id end as alias_of,
    case when event_name = 'Order Completed' then order_id end as completed_order_id, landed_seq, origin
"""
_OTHER = "(new.landed_seq <> old.landed_seq or new.origin <> old.origin)"
_LATER = "(old.landed_seq > new.landed_seq or (old.landed_seq = new.landed_seq and old.origin > new.origin))"


def stage(engine: Engine, found: DaySets) -> None:
    """Lay out ``fresh_event``: the events of the touched days that the last build did not have so.

    They stand there as they are and, where they were known, as they were. Copies of known events are none.

    A day is added where one of them turns out to be the first copy of an event known from another day.
    """
    while True:
        days = among("dt", found["events"])
        engine.stage("landed_event", _first_copies(days))
        changed = f"{_OTHER} and ({among('old.dt', found['events'])} or {_LATER})"
        engine.stage(
            "fresh_event",
            f"""
            select new.* from landed_event as new
            left join dwd_event_index as old on new.event_id = old.event_id
            where old.event_id is null or ({changed})
            union all
            select {_INDEXED} from dwd_event_index where event_id in (
                select new.event_id from landed_event as new
                inner join dwd_event_index as old on new.event_id = old.event_id where {changed}
            )""",
        )
        gone = engine.query(
            f"""
            select count(*) from (select event_id from dwd_event_index where {days}) as old
            left join landed_event as new on new.event_id = old.event_id where new.event_id is null"""
        )
        if gone[0][0]:
            found.everything = f"{gone[0][0]} events are no longer in the lake"
            return
        displaced = engine.days(
            f"""
            select dt from dwd_event_index
            where event_id in (select event_id from fresh_event) and not {days}"""
        )
        if not displaced:
            return
        found.add("events", displaced)
        found.add(
            "arrivals",
            engine.days(f"select received_dt from dwd_event_arrival where {among('dt', displaced)}"),
        )


def _first_copies(days: str) -> str:
    return f"""
        select {_INDEXED} from (
            select {_LANDED}, row_number() over (partition by event_id order by landed_seq, origin) as copy
            from ods_event where {days}
        ) as copies where copy = 1"""


def visits(engine: Engine, found: DaySets) -> None:
    """Days whose events may change session or person, and the first days of their sessions."""
    days = found["events"] | engine.days(
        f"""
        select dt from dwd_event_person where session_id in (
            select session.session_id
            from dws_session as session
            inner join fresh_event as fresh on session.stream = fresh.stream
            where fresh.event_time >= {engine.later("session.started_at", -30)}
                and fresh.event_time <= {engine.later("session.ended_at", 30)}
        )"""
    )
    # a link tells who an anonymous key is from its moment on
    days |= engine.days(
        """
        select known.dt from dwd_event_person as known
        inner join (
            select anonymous_key, min(event_time) as linked_at from (
                select anonymous_key, event_time from fresh_event where user_id is not null
                union all
                select alias_of as anonymous_key, event_time from fresh_event
                where alias_of is not null and user_id is not null
            ) as links group by anonymous_key
        ) as link on known.anonymous_key = link.anonymous_key
        where known.user_id is null and known.event_time >= link.linked_at"""
    )
    found.add("visits", days)
    around = shifted(days, -1, 0)
    found.add("sessions", around | starts(engine, around))


def starts(engine: Engine, days: Iterable[date]) -> set[date]:
    """First days of the sessions that have an event on these days."""
    return engine.days(f"select session_dt from dwd_event_person where {among('dt', days)}")


def spans(engine: Engine, days: Iterable[date]) -> set[date]:
    """Every day of the sessions that have an event on these days, and the days themselves."""
    return set(days) | engine.days(
        f"""
        select dt from dwd_event_person where session_id in (
            select session_id from dwd_event_person
            where {among("dt", days)} and session_id is not null
        ) and not {among("dt", days)}"""
    )
