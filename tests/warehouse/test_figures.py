"""Figures worked out by hand: each test tells one thing that warehouses get wrong.

One shop in New York, where 2024-03-10 has 23 hours, seen on 2024-05-01. Persons, products and orders of the
tests do not meet, so that all of them share one build.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from mallard.catalog import MODELS, meta_of, model_entries
from mallard.warehouse.build import build
from mallard.warehouse.sql import Reader, reader
from tests.warehouse.lakes import HandLake

ZONE = ZoneInfo("America/New_York")
NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)


def at(text: str) -> datetime:
    """An instant from the shop's local time; 'fold' is not needed here."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(UTC)


class Story:
    """Collects events and rows of the tests."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []
        self.tables: dict[str, list[dict[str, Any]]] = {}

    def event(self, name: str, when: str, **more: Any) -> None:
        self.rows.append(
            {"event_id": f"e{len(self.rows):04d}", "event_name": name, "event_time": at(when), **more}
        )

    def row(self, table: str, **values: Any) -> None:
        self.tables.setdefault(table, []).append(values)

    def order(self, order_id: str, customer_id: str, when: str, amount: str, **more: Any) -> None:
        self.row(
            "orders",
            order_id=order_id,
            customer_id=customer_id,
            created_at=at(when),
            status="created",
            total_amount=Decimal(amount),
            **more,
        )

    def line(self, order_id: str, product_id: str, quantity: int, price: str) -> None:
        place = str(sum(row["order_id"] == order_id for row in self.tables.get("order_item", [])))
        self.row(
            "order_item",
            order_id=order_id,
            order_item_id=place,
            product_id=product_id,
            quantity=quantity,
            unit_price=Decimal(price),
        )


def _tell(story: Story) -> None:
    # a session over the midnight of a day of 23 hours; another one 31 minutes after a pause
    for when in ("2024-03-10T23:45", "2024-03-11T00:10", "2024-03-11T00:40", "2024-03-11T01:11"):
        story.event("Product Viewed", when, user_id="night", product_id="p")
    # 01:59 and 03:00 of that day are a minute apart
    story.event("Product Viewed", "2024-03-10T01:59", user_id="spring", product_id="p")
    story.event("Product Viewed", "2024-03-10T03:00", user_id="spring", product_id="p")
    # a visitor becomes known: inside the session backwards, before it not, after it yes
    story.event("Application Opened", "2024-03-12T09:00", anonymous_id="v")
    story.event("Application Opened", "2024-03-13T09:00", anonymous_id="v")
    story.event("Identify", "2024-03-13T09:05", anonymous_id="v", user_id="known", event_type="identify")
    story.event("Application Opened", "2024-03-14T09:00", anonymous_id="v")
    # a funnel out of order: the cart comes before the view, then once more after it
    story.event("Product Added", "2024-03-15T10:00", user_id="funnel", product_id="p")
    story.event("Product Viewed", "2024-03-15T10:01", user_id="funnel", product_id="p")
    story.event("Product Added", "2024-03-15T10:04", user_id="funnel", product_id="p")
    story.event("Checkout Started", "2024-03-15T10:05", user_id="funnel")
    story.order("f1", "funnel", "2024-03-16T10:00", "7", paid_at=at("2024-03-16T10:00:01"))
    # active on the 1st, away for 7 whole days, back on the 9th; and one day short of it
    for when in ("2024-04-01T12:00", "2024-04-09T12:00"):
        story.event("Application Opened", when, user_id="back", device_id="phone", platform="ios")
    for when in ("2024-04-01T12:00", "2024-04-08T12:00"):
        story.event("Application Opened", when, user_id="stays")
    # money on its own day: created on the 20th, paid on the 21st, refunded on the 22nd
    story.order("m1", "money", "2024-03-20T12:00", "100", paid_at=at("2024-03-21T12:00"))
    story.order("m2", "money", "2024-03-20T13:00", "50", cancelled_at=at("2024-03-22T09:00"))
    story.row("refund", refund_id="r", order_id="m1", amount=Decimal(30), refunded_at=at("2024-03-22T12:00"))
    story.line("m1", "p", 2, "50")
    # eleven products of equal sales
    story.order("t1", "ties", "2024-04-20T12:00", "110")
    for number in range(11):
        story.line("t1", f"t{number:02d}", 1, "10")
    # a name that changed at noon of the 25th is the name of that day
    story.order("n1", "names", "2024-04-24T12:00", "5")
    story.order("n2", "names", "2024-04-25T12:00", "5")
    for order in ("n1", "n2"):
        story.line(order, "n", 1, "5")
    # a product that was put into another category without a stamp is there from when that was seen
    for order, day in (("g1", "2024-04-22"), ("g2", "2024-04-25")):
        story.order(order, "names", f"{day}T12:00", "5")
        story.line(order, "moved", 1, "5")
    # crashes are no activity
    story.event("Application Crashed", "2024-04-26T12:00", user_id="crash", platform="ios", app_version="1")
    # a version, a product and a category that call themselves "all"
    for user, version, name in (("v1", "all", "Application Crashed"), ("v2", "2.0", "Application Crashed")):
        story.event(name, "2024-04-27T12:00", user_id=user, platform="ios", app_version=version)
        story.event(
            "Product Added", "2024-04-27T12:01", user_id=user, product_id="all" if user == "v1" else "p"
        )
    story.order("a1", "v1", "2024-04-28T18:00", "5")
    story.line("a1", "every", 1, "5")
    story.row("product", product_id="every", name="Everything", category_id="every")
    story.row("category", category_id="every", level1_name="all")
    # how long a product was looked at is told by the event that ends the view, on the same device
    story.event("Product Viewed", "2024-04-29T10:00", anonymous_id="look", view_id="1", product_id="p")
    for when, stay in (("10:02", 90_000), ("10:03", 150_000)):
        story.event(
            "Product View Ended", f"2024-04-29T{when}", anonymous_id="look", view_id="1", stay_time_ms=stay
        )
    story.event("Product Viewed", "2024-04-29T10:00", anonymous_id="other", view_id="1", product_id="p")
    # 29 February against 28 February of the year before
    story.order("l1", "leap", "2023-02-28T12:00", "10")
    story.order("l2", "leap", "2024-02-29T12:00", "15")


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MALLARD_NOW", NOW.isoformat())
        lake = HandLake(Path(tmp_path_factory.mktemp("figures")), "America/New_York")
        story = Story()
        _tell(story)
        lake.events(*story.rows)
        lake.load(at("2024-04-24T00:00"), product=[{"product_id": "n", "name": "old", "updated_at": None}])
        for seen, brand in (("2024-04-22T18:00", "early"), ("2024-04-25T18:00", "late")):
            moved = {"product_id": "moved", "name": "m", "brand": brand, "updated_at": at("2024-04-01T00:00")}
            lake.load(at(seen), product=[moved])
        lake.load(NOW, product=[{"product_id": "n", "name": "new", "updated_at": at("2024-04-25T12:00")}])
        lake.load(NOW, **story.tables)
        build(lake.settings, lake.state, test=True)
        with reader(lake.settings) as warehouse:
            yield _asking(warehouse)
        lake.state.close()


def _asking(warehouse: Reader) -> Any:
    return lambda sql: list(warehouse.ask(sql).rows)


def test_a_session_goes_on_over_midnight_and_ends_after_half_an_hour(ask: Any) -> None:
    sessions = ask("select dt, events from dws_session where person_id = 'night' order by started_at")
    assert sessions == [(date(2024, 3, 10), 3), (date(2024, 3, 11), 1)]


def test_the_hour_that_the_clock_skips_is_no_pause(ask: Any) -> None:
    assert ask("select events from dws_session where person_id = 'spring'") == [(2,)]


def test_a_visitor_is_known_from_the_session_of_the_first_login_on(ask: Any) -> None:
    persons = ask("select dt, person_id from dws_person_day where person_id in ('known', 'a:v') order by dt")
    assert persons == [
        (date(2024, 3, 12), "a:v"),
        (date(2024, 3, 13), "known"),
        (date(2024, 3, 14), "known"),
    ]


def test_funnel_steps_count_in_order_and_within_a_day(ask: Any) -> None:
    [(visit, view, cart, checkout, order, pay)] = ask(
        "select visit_at, view_at, cart_at, checkout_at, order_at, pay_at from dws_funnel"
        " where unit = 'person' and unit_id = 'funnel'"
    )
    assert [step - visit for step in (view, cart, checkout, order)] == [
        timedelta(minutes=1),
        timedelta(minutes=4),
        timedelta(minutes=5),
        timedelta(hours=24),
    ]
    assert pay is None, "a second too late"


def test_eight_days_are_a_lapse_and_seven_are_not(ask: Any) -> None:
    churn = ask(
        "select dt, churned_users, reactivated_users from app_churned_users"
        " where dt between '2024-04-07' and '2024-04-09' order by dt"
    )
    assert churn == [(date(2024, 4, 7), 0, 0), (date(2024, 4, 8), 1, 0), (date(2024, 4, 9), 0, 1)]
    listed = ask("select person_id, device_id, platform from app_churned_user_list where dt = '2024-04-08'")
    assert listed == [("back", "phone", "ios")]


def test_money_stands_on_the_day_it_moved(ask: Any) -> None:
    days = ask(
        "select gmv, paid_gmv, net_sales, orders, paid_orders, cancelled_orders, refunds, refund_amount"
        " from app_sales where dt between '2024-03-20' and '2024-03-22' order by dt"
    )
    zero = Decimal(0)
    assert days == [
        (Decimal(150), zero, zero, 2, 0, 0, 0, zero),
        (zero, Decimal(100), Decimal(100), 0, 1, 0, 0, zero),
        (zero, zero, Decimal(-30), 0, 0, 1, 1, Decimal(30)),
    ]


def test_the_first_ten_of_eleven_equals_go_by_their_ids(ask: Any) -> None:
    top = ask(
        "select product_id from app_top_products where dt = '2024-04-20' and window_days = 1 order by rank"
    )
    assert top == [(f"t{number:02d}",) for number in range(10)]


def test_a_name_is_that_of_the_end_of_the_day(ask: Any) -> None:
    names = ask("select dt, product_name from app_product_sales where product_id = 'n' order by dt")
    assert names == [(date(2024, 4, 24), "old"), (date(2024, 4, 25), "new")]


def test_what_changed_without_a_stamp_counts_from_when_it_was_seen(ask: Any) -> None:
    brands = ask("select dt, brand from app_product_sales where product_id = 'moved' order by dt")
    assert brands == [(date(2024, 4, 22), "early"), (date(2024, 4, 25), "late")]


def test_a_crash_is_no_activity(ask: Any) -> None:
    assert ask("select daily_users from app_daily_users where dt = '2024-04-26'") == [(0,)]
    crash = ask(
        "select crashes, affected_users, active_users, crash_free_user_rate from app_crashes"
        " where dt = '2024-04-26' and platform = 'ios' and app_version = '1'"
    )
    assert crash == [(1, 1, 0, None)]


def test_what_calls_itself_all_is_not_counted_into_the_total_twice(ask: Any) -> None:
    crashes = ask(
        "select app_version, crashes from app_crashes where dt = '2024-04-27' and platform = 'ios' order by 1"
    )
    assert crashes == [("(all)", 1), ("2.0", 1), ("all", 2)]
    carts = ask("select product_id, added_users from app_cart where dt = '2024-04-27' order by 1")
    assert carts == [("(all)", 1), ("all", 2), ("p", 1)]
    assert ask(
        "select category, buyers from app_repurchase where dt = '2024-04-28' and window_days = 7 order by 1"
    ) == [("(all)", 1), ("all", 2), ("unknown", 1)]


def test_the_end_of_a_view_tells_its_stay(ask: Any) -> None:
    views = ask("select person_id, stay_time_ms from dwd_product_view where dt = '2024-04-29' order by 1")
    assert views == [("a:look", 150_000), ("a:other", None)]


def test_29_february_compares_with_the_28th(ask: Any) -> None:
    assert ask("select gmv_year_over_year from app_sales where dt = '2024-02-29'") == [(Decimal("0.5"),)]


def test_a_month_to_date_compares_with_as_many_days_of_the_month_before(ask: Any) -> None:
    [(gmv, previous)] = ask(
        "select gmv, previous_gmv from app_sales_period where dt = '2024-03-31' and period = 'month'"
    )
    assert (gmv, previous) == (Decimal(157), Decimal(15)), "31 days against the 29 that February has"


def test_days_without_anything_are_rows_of_zeros_and_rates_of_nothing_are_null(ask: Any) -> None:
    assert ask(
        "select orders, gmv, average_order_value, gmv_day_over_day from app_sales where dt = '2023-07-01'"
    ) == [(0, Decimal(0), None, None)]


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("app_churned_users", "churned_users"),
        ("app_churned_users", "inactive_users"),
        ("app_churned_users", "reactivated_users"),
        ("app_daily_users", "new_users"),
        ("app_daily_users", "returning_users"),
        ("app_daily_users", "total_users"),
        ("app_sales", "refunds"),
    ],
)
def test_the_rows_that_explain_a_count_are_as_many(ask: Any, table: str, column: str) -> None:
    detail = {entry["name"]: meta_of(entry).get("detail") for _, entry in model_entries(MODELS)}[table]
    [behind] = detail[column]
    counts = ask(f"select dt, {column} from {table} where dt >= '2024-03-01' order by dt")
    assert any(count for _, count in counts)
    for day, count in counts:
        rows = behind.replace("{day}", f"date '{day}'")
        assert ask(f"select count(*) from {rows}") == [(count,)], day
