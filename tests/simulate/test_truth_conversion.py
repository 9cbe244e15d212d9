from __future__ import annotations

from typing import Any

from tests.simulate.tiny import PHONE, WEB1, WEB2, Tiny, pick

FUNNEL = ("Product Viewed", "Product Added", "Checkout Started")


def reached(life: Tiny, unit: str, dt: str = "2026-06-01", as_of: str = "2026-06-05") -> list[Any]:
    rows = life.table("app_conversion", as_of)
    return [count for (count,) in pick(rows, "reached", dt=dt, unit=unit)]


def walk(life: Tiny, *minutes: int, user: str | None = "7", day: str = "2026-06-01") -> None:
    life.event("A", f"{day} 10:00", user=user)
    for name, minute in zip(FUNNEL, minutes, strict=False):
        life.event(name, f"{day} 10:{minute:02d}", user=user)


def test_a_walk_to_the_end_with_medians() -> None:
    life = Tiny()
    walk(life, 1, 3, 6)
    life.order("1", "2026-06-01 10:10", "5", "7", paid="2026-06-01 10:15:00")
    life.event("Order Completed", "2026-06-01 10:10:03", user="7", order_id="1")
    rows = life.table("app_conversion", "2026-06-01")
    columns = ("step", "step_number", "reached", "step_rate", "overall_rate", "median_seconds_from_previous")
    for unit in ("person", "session"):
        assert pick(rows, *columns, unit=unit) == [
            ("visit", 1, 1, None, "1.000000", None),
            ("view", 2, 1, "1.000000", "1.000000", "60.000"),
            ("cart", 3, 1, "1.000000", "1.000000", "120.000"),
            ("checkout", 4, 1, "1.000000", "1.000000", "180.000"),
            ("order", 5, 1, "1.000000", "1.000000", "240.000"),
            ("pay", 6, 1, "1.000000", "1.000000", "300.000"),
        ]


def test_a_step_before_the_one_before_it_does_not_count() -> None:
    life = Tiny()
    walk(life, 5, 3, 6)
    assert reached(life, "person") == [1, 1, 0, 0, 0, 0]
    life.event("Product Added", "2026-06-01 10:05", user="7")  # at the same moment is at or after
    assert reached(life, "person") == [1, 1, 1, 1, 0, 0]


def test_persons_have_24_hours_from_their_first_event_the_end_included() -> None:
    life = Tiny()
    walk(life, 1, 2, 3)
    life.order("1", "2026-06-02 10:00", "5", "7", paid="2026-06-02 10:00:01")
    assert reached(life, "person") == [1, 1, 1, 1, 1, 0]
    assert reached(life, "session") == [1, 1, 1, 1, 0, 0]


def test_another_order_may_be_the_one_that_is_paid() -> None:
    life = Tiny()
    walk(life, 1, 2, 3)
    life.order("0", "2026-05-31 10:00", "5", "7", paid="2026-06-01 12:00")
    life.order("1", "2026-06-01 11:00", "5", "7")
    assert reached(life, "person") == [1, 1, 1, 1, 1, 1]


def test_an_order_nobody_told_belongs_to_the_session_around_it_up_to_half_an_hour_later() -> None:
    for created, expected in (("10:33", 1), ("10:33:01", 0), ("09:59:59", 0)):
        life = Tiny()
        walk(life, 1, 2, 3)
        life.order("1", f"2026-06-01 {created}", "5", "7", paid=f"2026-06-01 {created}")
        assert reached(life, "session")[4:] == [expected, expected], created


def test_paying_counts_for_a_session_up_to_half_an_hour_after_its_end() -> None:
    for paid, expected in (("10:40", 1), ("10:40:01", 0)):
        life = Tiny()
        walk(life, 1, 2, 3)
        life.order("1", "2026-06-01 10:10", "5", "7", paid=f"2026-06-01 {paid}")
        life.event("Order Completed", "2026-06-01 10:10", user="7", order_id="1")
        assert reached(life, "session")[4:] == [1, expected], paid


def test_an_order_told_on_another_machine_belongs_there() -> None:
    life = Tiny()
    walk(life, 1, 2, 3)
    life.event("A", "2026-06-01 09:58", PHONE, user="7")
    life.event("Order Completed", "2026-06-01 10:10", PHONE, user="7", order_id="1")
    life.order("1", "2026-06-01 10:09", "5", "7")
    assert reached(life, "session") == [2, 1, 1, 1, 0, 0]
    assert reached(life, "person") == [1, 1, 1, 1, 1, 0]


def test_an_order_the_books_do_not_know_counts_by_its_earliest_telling() -> None:
    life = Tiny()
    walk(life, 1, 2, 3, user=None)
    life.event("Order Completed", "2026-06-01 10:10", order_id="x")
    life.event("Order Completed", "2026-06-01 10:02:30", WEB2, order_id="y")
    life.event("Order Completed", "2026-06-01 10:12", order_id="y")
    life.event("Order Completed", "2026-06-01 10:12")  # without an order it is just an event
    assert reached(life, "session") == [2, 1, 1, 1, 1, 0]
    life.order("x", "2026-06-01 10:09", "5", None)  # known now, but nobody's: no order of a person
    assert reached(life, "person") == [2, 1, 1, 1, 0, 0]
    assert reached(life, "session") == [2, 1, 1, 1, 1, 0]


def test_a_session_over_midnight_counts_on_its_first_day_and_a_person_on_both() -> None:
    life = Tiny()
    life.event("A", "2026-06-01 23:58", WEB1, user="7")
    for name, minute in zip(FUNNEL, (1, 2, 3), strict=True):
        life.event(name, f"2026-06-02 00:0{minute}", WEB1, user="7")
    assert reached(life, "session") == [1, 1, 1, 1, 0, 0]
    assert reached(life, "session", "2026-06-02") == [0] * 6
    assert reached(life, "person") == [1, 1, 1, 1, 0, 0]
    assert reached(life, "person", "2026-06-02") == [1, 1, 1, 1, 0, 0]
    rows = life.table("app_conversion", "2026-06-05")
    assert pick(rows, "overall_rate", dt="2026-06-02", unit="session", step="visit") == [(None,)]


def test_the_median_of_two_is_their_mean() -> None:
    life = Tiny()
    for device, second in ((WEB1, "00.001"), (WEB2, "01.002")):
        life.event("A", "2026-06-01 10:00", device)
        life.event("Product Viewed", f"2026-06-01 10:00:{second}", device)
    rows = life.table("app_conversion", "2026-06-01")
    assert pick(rows, "median_seconds_from_previous", unit="person", step="view") == [("0.502",)]
