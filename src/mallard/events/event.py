"""The canonical event: one row of ``ods_event``.

Instants are UTC with microseconds. ``dt``, the shop's business day, is the partition (it stands in the path,
not in the file). The last three columns say where a row came from: ``origin`` sorts in the order of arrival
on its node, and ``landed_seq`` is the number of the landing that wrote it, so that the first copy of an event
is the one with the least (landed_seq, origin).
"""

from __future__ import annotations

from mallard.contract import Column


def _columns(kind: str, names: str) -> list[Column]:
    return [Column(name, kind) for name in names.split()]


EVENT_COLUMNS: tuple[Column, ...] = (
    Column("event_id", "string", True),
    Column("event_name", "string", True),
    Column("event_type", "string", True),
    Column("event_time", "instant", True),
    Column("received_at", "instant", True),
    *_columns("instant", "sent_at original_time"),
    *_columns(
        "string",
        "time_source source user_id anonymous_id previous_id device_id session_id platform app_version"
        " app_build os_name os_version device_brand device_model network",
    ),
    *_columns("integer", "screen_width screen_height"),
    *_columns("string", "locale timezone ip user_agent"),
    Column("is_bot", "boolean", True),
    *_columns(
        "string",
        "page_url page_path page_title referrer utm_source utm_medium utm_campaign utm_term utm_content"
        " view_id product_id list_id category brand",
    ),
    *_columns("integer", "position quantity"),
    Column("price", "money"),
    *_columns("string", "order_id cart_id"),
    Column("value", "money"),
    *_columns("string", "currency query"),
    *_columns("integer", "loading_time_ms stay_time_ms"),
    *_columns("string", "error_class error_message properties context"),
    Column("origin", "string", True),
    Column("landed_seq", "integer", True),
)
"""Columns of the Parquet files under ``ods/event/dt=YYYY-MM-DD/``, in order."""

EVENT_TYPES = ("track", "page", "screen", "identify", "alias", "group")

QUARANTINE_COLUMNS: tuple[Column, ...] = (
    Column("source", "string", True),
    Column("reason", "string", True),
    Column("raw", "string", True),
    Column("received_at", "instant", True),
    Column("origin", "string", True),
    Column("landed_seq", "integer", True),
)
"""Columns under ``quarantine/<event or table>/dt=YYYY-MM-DD/``; dt is the business day of received_at.

``source`` is the write key's or the log's name, for a shop table ``db:<table>``; ``raw`` is the record as it
came, undecodable bytes as \\xNN escapes, masked like the good rows.
"""
