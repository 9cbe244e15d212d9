"""When an event happened: the client's clock, mended by when it was sent and when it came in.

With ``sent_at`` known and its skew beyond a minute, the event happened ``received_at - (sent_at -
original_time)``, else at ``original_time``. What is later than received_at + 1 hour or older than 400 days
is not believed: received_at stands in. ``time_source`` says which: client, corrected or received.
"""

from __future__ import annotations

EARLIEST = "timestamp '1900-01-01'"
LATEST = "timestamp '2200-01-01'"
"""Bounds of the client times kept; beyond them engines and languages disagree."""


def instant(text: str) -> str:
    """SQL for the UTC timestamp that a text tells: ISO 8601, or seconds or milliseconds since the epoch."""
    number = f"try_cast({text} as double)"
    micros = f"try_cast(round(if({number} > 1e11, {number} * 1e3, {number} * 1e6)) as bigint)"
    return f"coalesce(try_cast({text} as timestamptz)::timestamp, try(make_timestamp({micros})))"


def believable(time: str) -> str:
    """SQL for a client time, NULL outside the bounds."""
    return f"case when {time} > {EARLIEST} and {time} < {LATEST} then {time} end"


def timed(relation: str) -> str:
    """SQL that adds event_time and time_source to a relation with received_at, sent_at and original_time."""
    return f"""
    select
        * exclude (told, skewed, believed),
        if(believed, told, received_at) as event_time,
        case when not believed then 'received' when skewed then 'corrected' else 'client' end as time_source,
    from (
        select
            *,
            told is not null and told <= received_at + interval 1 hour
                and told >= received_at - interval 400 day as believed,
        from (
            select *, if(skewed, original_time + (received_at - sent_at), original_time) as told,
            from (
                select
                    *,
                    coalesce(abs(epoch_us(received_at) - epoch_us(sent_at)) > 60000000, false) as skewed,
                from {relation}
            )
        )
    )
    """
