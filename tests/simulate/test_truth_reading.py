from __future__ import annotations

import pytest

from mallard.simulate.truth.reading import event_time
from tests.simulate.tiny import BOT, PHONE, WEB1, Tiny, at, pick

NOON = at("2026-06-01 12:00")
MINUTE, HOUR, DAY = 60_000_000, 3_600_000_000, 86_400_000_000


@pytest.mark.parametrize(
    ("sent", "original", "expected"),
    [
        (NOON, NOON - 5, (NOON - 5, "client")),
        (NOON - MINUTE, NOON - HOUR, (NOON - HOUR, "client")),  # a minute is not yet skew
        (NOON - MINUTE - 1, NOON - HOUR, (NOON - HOUR + MINUTE + 1, "corrected")),
        (NOON + 26 * HOUR, NOON + 25 * HOUR, (NOON - HOUR, "corrected")),
        (None, NOON - 2 * HOUR, (NOON - 2 * HOUR, "client")),
        (None, NOON + HOUR, (NOON + HOUR, "client")),
        (None, NOON + HOUR + 1, (NOON, "received")),
        (NOON, NOON - 400 * DAY, (NOON - 400 * DAY, "client")),
        (NOON, NOON - 400 * DAY - 1, (NOON, "received")),
        (NOON - 3 * DAY, NOON + 3 * DAY, (NOON, "received")),  # corrected into the future
        (NOON, None, (NOON, "received")),
    ],
)
def test_whose_word_counts_for_the_time_of_an_event(
    sent: int | None, original: int | None, expected: tuple[int, str]
) -> None:
    assert event_time(NOON, sent, original) == expected


def test_the_first_copy_wins_also_where_the_second_would_fall_on_the_next_day() -> None:
    life = Tiny()
    life.event("A", "2026-06-01 23:40", id="x", sent="2026-06-01 23:41", received="2026-06-01 23:52")
    life.event("A", "2026-06-01 23:40", id="x", sent="2026-06-01 23:41", received="2026-06-02 00:30")
    world = life.world("2026-06-02")
    assert [(event.day.isoformat(), event.time_source) for event in world.events] == [
        ("2026-06-01", "corrected")
    ]
    columns = ("dt", "received", "landed", "duplicates", "late", "time_corrected")
    rows = [row for row in life.table("app_data_quality", "2026-06-02") if row["source"] == "web"]
    # the copy's own time is 00:29 on the second of June, so as a record it is not late
    assert pick(rows, *columns) == [("2026-06-01", 1, 1, 0, 0, 1), ("2026-06-02", 1, 1, 1, 0, 1)]


def test_what_came_in_is_counted_on_the_day_of_arrival() -> None:
    life = Tiny("Asia/Shanghai")
    life.event("A", "2026-06-01 10:00", PHONE)
    life.event("A", "2026-06-01 10:01", PHONE, received="2026-06-03 09:00")
    life.event("A", "2026-06-01 10:02", PHONE, malformed="unknown_type")
    life.event("A", "2026-06-01 23:59", BOT)
    life.row("customer", customer_id="1", registered_at="2026-05-01 00:00")
    life.imported("2026-06-04 01:00")
    life.row("customer", customer_id="2", registered_at="2026-06-01 00:00")
    life.imported("2026-06-04 02:00")
    rows = life.table("app_data_quality", "2026-06-04")
    columns = ("dt", "source", "received", "landed", "quarantined", "late", "bots")
    assert pick(rows, *columns) == [
        ("2026-06-01", "android", 2, 1, 1, 0, 0),
        ("2026-06-03", "android", 1, 1, 0, 1, 0),
        ("2026-06-01", "web", 1, 1, 0, 0, 1),
        ("2026-06-04", "db:customer", 2, 2, 0, 0, 0),
    ]
    assert rows[0]["freshness"].isoformat() == "2026-06-01T02:02:00+00:00"


def test_a_business_day_is_the_shops_also_on_days_of_23_and_25_hours() -> None:
    for timezone, when, day in (
        ("Europe/Berlin", "2026-03-29 23:59", "2026-03-29"),
        ("Europe/Berlin", "2026-10-25 00:00", "2026-10-25"),
        ("Asia/Kolkata", "2026-06-01 00:00", "2026-06-01"),
        ("America/St_Johns", "2026-11-01 23:59:59", "2026-11-01"),
    ):
        life = Tiny(timezone)
        life.event("A", when, WEB1)
        assert [event.day.isoformat() for event in life.world("2026-12-31").events] == [day]
