from __future__ import annotations

from mallard.simulate.devices import ANDROID, Device
from tests.simulate.tiny import BOT, IPHONE, PHONE, WEB1, WEB2, Tiny, pick


def persons(life: Tiny) -> list[str]:
    return [event.person for event in life.world("2026-12-31").events]


def test_an_anonymous_id_belongs_to_its_user_from_the_login_on_and_within_the_session_before() -> None:
    life = Tiny()
    life.event("A", "2026-06-01 08:00")  # hours before: stays anonymous
    life.event("A", "2026-06-01 10:00")  # the same session as the login
    life.event("Identify", "2026-06-01 10:20", user="7")
    life.event("A", "2026-06-02 10:00")  # logged out later: still the last who was here
    assert persons(life) == ["a:web-1", "7", "7", "7"]


def test_on_a_shared_machine_the_latest_login_counts() -> None:
    life = Tiny()
    life.event("Identify", "2026-06-01 10:00", user="7")
    life.event("A", "2026-06-01 12:00")
    life.event("Identify", "2026-06-01 14:00", user="8")
    life.event("A", "2026-06-01 16:00")
    life.event("A", "2026-06-01 13:59:00")
    assert persons(life) == ["7", "7", "8", "8", "7"]


def test_an_alias_links_the_previous_id_but_not_backwards_from_another_session() -> None:
    life = Tiny()
    life.event("A", "2026-06-01 10:00", WEB1)
    life.event("Alias", "2026-06-01 10:01", WEB1, user="7", anonymous=None, previous="web-1")
    life.event("A", "2026-06-01 10:02", WEB1)
    assert persons(life) == ["a:web-1", "7", "7"]


def test_a_crash_belongs_to_the_session_just_before_it_and_starts_none() -> None:
    life = Tiny()
    life.event("A", "2026-06-01 10:00", PHONE)
    life.event("Application Crashed", "2026-06-01 10:01", PHONE)
    life.event("Identify", "2026-06-01 10:02", PHONE, user="7")
    life.event("Application Crashed", "2026-06-01 09:00", IPHONE)
    life.event("Identify", "2026-06-01 09:01", IPHONE, user="8")
    assert persons(life) == ["7", "7", "7", "a:iphone-1", "8"]


def test_a_session_ends_after_more_than_half_an_hour_and_not_at_midnight() -> None:
    life = Tiny()
    for when in ("06-01 23:50", "06-02 00:20", "06-02 00:50:00.001", "06-02 01:00"):
        life.event("A", f"2026-{when}")
    sessions = life.world("2026-06-02").sessions
    assert [(str(session.day), len(session.events)) for session in sessions] == [
        ("2026-06-01", 2),
        ("2026-06-02", 2),
    ]


def test_daily_users_leave_out_bots_and_those_who_only_crashed() -> None:
    life = Tiny()
    life.event("A", "2026-06-01 10:00", WEB1)
    life.event("A", "2026-06-01 10:00", BOT)
    life.event("Application Crashed", "2026-06-01 10:00", PHONE)
    life.event("A", "2026-06-03 10:00", WEB1)
    life.event("A", "2026-06-03 10:00", PHONE)
    columns = ("dt", "total_users", "daily_users", "new_users", "returning_users")
    assert pick(life.table("app_daily_users", "2026-06-05"), *columns) == [
        ("2026-06-01", 1, 1, 1, 0),
        ("2026-06-02", 1, 0, 0, 0),  # a day without data is a row with zeros
        ("2026-06-03", 2, 2, 1, 1),
    ]


def newcomer(life: Tiny, number: int, when: str) -> None:
    life.event("A", when, Device(f"web-{number + 100}", None, WEB1.model, 0))


def test_new_users_to_date_are_compared_with_as_many_days_of_the_period_before() -> None:
    life = Tiny()
    for number, day in enumerate(("02-02", "02-28", "03-01", "03-30", "03-30", "03-31")):
        newcomer(life, number, f"2026-{day} 10:00")
    rows = life.table("app_new_users", "2026-04-01")
    columns = ("new_users", "previous_period", "change_rate")
    # 31 March, a Tuesday: the month before is cut at 28 February and begins before the first day (2 February)
    assert pick(rows, *columns, dt="2026-03-31", period="day") == [(1, 2, "-0.500000")]
    assert pick(rows, *columns, dt="2026-03-31", period="week") == [(3, 0, None)]
    assert pick(rows, *columns, dt="2026-03-31", period="month") == [(4, None, None)]
    assert pick(rows, *columns, dt="2026-03-31", period="quarter") == [(6, None, None)]


def test_new_users_a_year_before_the_29th_of_february_are_those_of_the_28th() -> None:
    life = Tiny()
    for number, day in enumerate(("2027-02-28", "2027-02-28", "2027-03-01", "2028-02-29")):
        newcomer(life, number, f"{day} 10:00")
    rows = life.table("app_new_users", "2028-03-01")
    columns = ("new_users", "last_year", "yoy_rate")
    assert pick(rows, *columns, dt="2028-02-29", period="day") == [(1, 2, "-0.500000")]
    assert pick(rows, *columns, dt="2028-02-29", period="week") == [
        (1, 1, "0.000000")  # 28 and 29 February 2028 against 1 and 2 March 2027
    ]


def test_active_users_over_days_weeks_and_months() -> None:
    life = Tiny()
    for when, device in (
        ("06-01", WEB1),
        ("06-01", WEB2),
        ("06-01", PHONE),
        ("06-07", WEB1),
        ("06-08", IPHONE),
    ):
        life.event("A", f"2026-{when} 10:00", device)
    rows = life.table("app_active_users", "2026-06-09")
    assert pick(rows, "dau", "dau_previous_day", "dau_same_day_last_week", "wau", "mau", "stickiness") == [
        (3, None, None, 3, 3, "1.000000"),
        *[(0, before, None, 3, 3, "0.000000") for before in (3, 0, 0, 0, 0)],
        (1, 0, None, 3, 3, "0.333333"),
        (1, 1, 3, 2, 4, "0.250000"),
    ]
    assert pick(rows, "day_over_day_rate", "week_over_week_rate", dt="2026-06-08") == [
        ("0.000000", "-0.666667")
    ]
    assert pick(rows, "day_over_day_rate", dt="2026-06-07") == [(None,)]


def test_churn_after_seven_days_and_coming_back() -> None:
    life = Tiny()
    life.event("A", "2026-06-01 10:00", PHONE, user="7")
    life.event("A", "2026-06-01 10:00", WEB1)
    life.event("A", "2026-06-08 10:00", WEB1)  # the seventh day after: neither churned nor back
    life.event("A", "2026-06-09 10:00", PHONE, user="7")  # after seven whole days away: back
    life.event("A", "2026-06-16 10:00", WEB2)
    rows = life.table("app_churned_users", "2026-06-20")
    columns = ("churned_users", "inactive_users", "reactivated_users")
    assert pick(rows, *columns, dt="2026-06-07") == [(0, 0, 0)]
    assert pick(rows, *columns, dt="2026-06-08") == [(1, 1, 0)]
    assert pick(rows, *columns, dt="2026-06-09") == [(0, 0, 1)]
    assert pick(rows, *columns, dt="2026-06-15") == [(1, 1, 0)]
    assert pick(rows, *columns, dt="2026-06-16") == [(1, 2, 0)]
    listed = life.table("app_churned_user_list", "2026-06-20")
    columns = ("dt", "person_id", "user_id", "device_id", "platform", "last_active_dt", "days_inactive")
    assert pick(listed, *columns) == [
        ("2026-06-08", "7", "7", "device-1", "android", "2026-06-01", 7),
        ("2026-06-16", "7", "7", "device-1", "android", "2026-06-09", 7),
        ("2026-06-15", "a:web-1", None, None, "web", "2026-06-08", 7),
    ]


def test_opens_and_how_they_are_spread() -> None:
    life = Tiny()
    for minute in range(3):
        life.event("Application Opened", f"2026-06-01 10:0{minute}", PHONE)
    life.event("Application Installed", "2026-06-01 10:00", IPHONE)
    life.event("Application Updated", "2026-06-01 11:00", IPHONE)
    life.event("Page Viewed", "2026-06-01 11:00", WEB1)
    assert pick(life.table("app_open_count", "2026-06-01"), "opens", "users", "opens_per_user") == [
        (5, 2, "2.500000")
    ]
    assert pick(
        life.table("app_open_distribution", "2026-06-01"), "bucket", "users", "total_users", "share"
    ) == [
        ("1", 0, 2, "0.000000"),
        ("2", 1, 2, "0.500000"),
        ("3+", 1, 2, "0.500000"),
    ]


def test_a_person_counts_once_with_the_last_value_of_the_day() -> None:
    life = Tiny()
    life.event("A", "2026-06-01 09:00", IPHONE, user="7", network="wifi")
    life.event("A", "2026-06-01 10:00", PHONE, user="7", network="4g")
    life.event("A", "2026-06-01 11:00", WEB1, user="7")  # says nothing about network and brand
    life.event("A", "2026-06-01 11:00", WEB2)
    life.event("Application Crashed", "2026-06-01 12:00", IPHONE, user="7")
    rows = life.table("app_audience", "2026-06-01")
    shown = {(row["dimension"], row["value"], row["users"], row["total_users"]) for row in rows}
    assert shown == {
        ("platform", "web", 2, 2),
        ("os", "Windows", 1, 2), ("os", "Mac OS X", 1, 2),
        ("brand", "samsung", 1, 2), ("brand", "Apple", 1, 2),
        ("model", "SM-S921B", 1, 2), ("model", "Mac", 1, 2),
        ("network", "4g", 1, 2), ("network", "unknown", 1, 2),
        ("app_version", "5.0.1", 1, 2), ("app_version", "unknown", 1, 2),
        ("screen", "1920x1080", 1, 2), ("screen", "1440x900", 1, 2),
    }  # fmt: skip


def test_versions_of_a_system_are_shared_among_the_users_of_its_platform() -> None:
    life = Tiny()
    life.event("A", "2026-06-01 09:00", PHONE)
    life.event("A", "2026-06-01 09:00", IPHONE)
    life.event("A", "2026-06-01 09:00", Device("phone-2", "device-3", ANDROID[1], 0))
    rows = life.table("app_audience", "2026-06-01")
    shown = pick(rows, "value", "users", "total_users", "share", dimension="android_version")
    assert sorted(shown) == [("13", 1, 2, "0.500000"), ("14", 1, 2, "0.500000")]
    assert pick(rows, "value", "users", "total_users", dimension="ios_version") == [("17.5.1", 1, 1)]


def test_crashes_by_platform_and_version() -> None:
    life = Tiny()
    life.event("A", "2026-06-01 09:00", PHONE)
    life.event("Application Crashed", "2026-06-01 09:01", PHONE)
    life.event("Application Crashed", "2026-06-01 09:02", PHONE)
    life.event("Application Crashed", "2026-06-01 09:02", IPHONE)
    life.event("A", "2026-06-01 09:03", WEB1)
    life.event("A", "2026-06-02 09:03", WEB1)
    rows = life.table("app_crashes", "2026-06-02")
    columns = ("platform", "app_version", "crashes", "affected_users", "active_users", "crash_free_users")
    assert sorted(pick(rows, *columns, dt="2026-06-01")) == [
        ("all", "all", 3, 2, 2, 1),
        ("android", "5.0.1", 2, 1, 1, 0),
        ("android", "all", 2, 1, 1, 0),
        ("ios", "5.0.1", 1, 1, 0, 0),
        ("ios", "all", 1, 1, 0, 0),
        ("web", "all", 0, 0, 1, 1),
        ("web", "unknown", 0, 0, 1, 1),
    ]
    assert pick(rows, "crash_free_user_rate", dt="2026-06-01", platform="ios", app_version="all") == [(None,)]
    assert pick(rows, "crash_free_user_rate", dt="2026-06-01", platform="all") == [("0.500000",)]
