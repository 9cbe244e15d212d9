from __future__ import annotations

from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from datetime import date, timedelta
from multiprocessing import get_context

import msgspec
import pytest

from mallard import days as calendar
from mallard.simulate.day import simulate_day
from mallard.simulate.diary import Day
from mallard.simulate.plan import plan_day
from mallard.simulate.shop import DAY, SECOND, Shop
from mallard.simulate.trouble import LATE_DAYS, MALFORMED

SHOP = Shop(7, date(2026, 3, 20), 40, "Europe/Berlin", size=0.2)
DAYS = [simulate_day(SHOP, day) for day in SHOP.all_days]


def written(day: Day) -> bytes:
    """The whole diary as bytes."""
    return msgspec.msgpack.encode(day)


def _elsewhere(shop: Shop, day: date) -> bytes:
    return written(simulate_day(shop, day))


def test_a_day_follows_from_seed_and_day_in_any_process_and_order() -> None:
    day = SHOP.all_days[30]
    here = written(DAYS[30])
    assert written(simulate_day(Shop(7, date(2026, 3, 20), 40, "Europe/Berlin", size=0.2), day)) == here
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        assert pool.submit(_elsewhere, SHOP, day).result() == here
    assert written(simulate_day(Shop(8, date(2026, 3, 20), 40, "Europe/Berlin", size=0.2), day)) != here


def test_a_longer_life_begins_with_the_shorter_one() -> None:
    longer = Shop(7, date(2026, 3, 20), 60, "Europe/Berlin", size=0.2)
    assert written(simulate_day(longer, SHOP.all_days[12])) == written(DAYS[12])


def test_the_plan_alone_knows_the_orders() -> None:
    assert plan_day(SHOP, SHOP.all_days[9]).orders == DAYS[9].orders


def test_ids_are_told_apart() -> None:
    events = [event.id for day in DAYS for event in day.events]
    orders = [order.order_id for day in DAYS for order in day.orders]
    payments = [payment.payment_id for day in DAYS for order in day.orders for payment in order.payments]
    for ids in (events, orders, payments):
        assert len(set(ids)) == len(ids) > 100


def test_what_a_day_causes_is_received_within_its_bounds() -> None:
    for day in DAYS:
        start, end = SHOP.start(day.day), SHOP.start(day.day + timedelta(days=1 + LATE_DAYS))
        assert all(start <= send.received_at < end for send in day.sends)
        assert all(start <= event.at for event in day.events)


def test_every_planned_difficulty_happens() -> None:
    seen: Counter[str] = Counter()
    for day in DAYS:
        end = SHOP.start(day.day + timedelta(days=1))
        ids = Counter(item.event.id for send in day.sends for item in send.items if not item.malformed)
        seen["duplicates"] += sum(count - 1 for count in ids.values())
        for send in day.sends:
            seen["late"] += send.received_at >= end + DAY
            seen["singles"] += send.kind != "batch"
            seen["without sentAt"] += send.sent_at is None
            seen["skewed"] += send.sent_at is not None and abs(send.received_at - send.sent_at) > 60 * SECOND
            for item in send.items:
                seen["malformed"] += item.malformed is not None
                seen["bots"] += item.event.device.is_bot
                seen["without time"] += item.original is None
                seen["over midnight"] += item.event.at >= end
                seen["absurd time"] += abs((item.original or send.received_at) - send.received_at) > 400 * DAY
                seen[item.event.name] += 1
                seen["of an unknown order"] += str(item.event.properties.get("order_id")).startswith("T-")
        for order in day.orders:
            seen["phone"] += order.channel == "phone"
            seen["nobody's"] += order.customer_id is None
            seen["unpaid"] += not order.payments
            seen["paid a day later"] += order.paid_at is not None and order.paid_at >= end
            seen["split"] += len(order.payments) == 2
            seen["refunded"] += bool(order.refunds)
            seen["cancelled"] += order.cancelled_at is not None
            seen["coupon"] += order.coupon_id is not None
    names = (
        "Application Installed", "Application Updated", "Application Opened", "Application Crashed", "Alias",
        "Identify", "Product List Viewed", "Products Searched", "Product Clicked", "Product Viewed",
        "Product View Ended", "Product Added", "Product Removed", "Cart Viewed", "Checkout Started",
        "Payment Info Entered", "Order Completed", "Promotion Viewed", "Promotion Clicked", "Coupon Applied",
    )  # fmt: skip
    never = [name for name in names if not seen[name]] + [word for word, count in seen.items() if not count]
    assert never == []


def test_malformed_items_are_of_every_kind() -> None:
    kinds = Counter(i.malformed for day in DAYS for send in day.sends for i in send.items if i.malformed)
    assert set(kinds) <= set(MALFORMED)
    assert kinds["not_an_object"] > 0


def test_orders_live_their_lives_in_order() -> None:
    for day in DAYS:
        for order in day.orders:
            moments = [order.created_at, order.paid_at, order.shipped_at, order.delivered_at]
            moments += [refund.refunded_at for refund in order.refunds]
            known = [moment for moment in moments if moment is not None]
            assert known == sorted(known)
            assert all(moment % SECOND == 0 for moment in known)
            assert sum(payment.cents for payment in order.payments) in (0, order.total)
            assert sum(refund.cents for refund in order.refunds) <= order.total
            assert order.total == (
                sum(item.quantity * item.cents - item.discount for item in order.items)
                + order.shipping + order.tax
            )  # fmt: skip
            assert len({item.product.product_id for item in order.items}) == len(order.items)


def test_a_completed_order_is_told_just_after_it_was_placed_by_its_customer() -> None:
    told = 0
    for day in DAYS:
        orders = {order.order_id: order for order in day.orders}
        for event in day.events:
            if event.name == "Order Completed" and event.properties.get("order_id") in orders:
                order = orders[event.properties["order_id"]]
                assert 0 < event.at - order.created_at < 10 * SECOND
                assert event.user_id == order.customer_id
                told += 1
    assert told > 100


def test_the_shop_grows_and_keeps_a_weekly_rhythm() -> None:
    visits = {day.day: len({event.anonymous_id for event in day.events}) for day in DAYS}
    first, last = SHOP.all_days[0], SHOP.all_days[-1]
    half = [
        sum(visits[day] for day in calendar.day_range(a, a + timedelta(days=13)))
        for a in (first, last - timedelta(days=13))
    ]
    assert half[1] > 1.1 * half[0]
    weekend = [count for day, count in visits.items() if day.weekday() >= 5]
    rest = [count for day, count in visits.items() if day.weekday() < 5]
    assert sum(weekend) / len(weekend) > 1.1 * sum(rest) / len(rest)


@pytest.mark.parametrize("timezone", ["UTC", "Asia/Kolkata", "America/New_York"])
def test_visits_begin_on_their_business_day_also_where_it_has_23_or_25_hours(timezone: str) -> None:
    for first in (date(2026, 3, 8), date(2026, 11, 1)):
        shop = Shop(3, first, 1, timezone, size=0.05)
        for visit in plan_day(shop, first).visits:
            assert shop.start(first) <= visit.start < shop.start(first + timedelta(days=1))


def test_people_come_back() -> None:
    days_of: dict[str, set[date]] = {}
    for day in DAYS:
        for event in day.events:
            if event.user_id:
                days_of.setdefault(event.user_id, set()).add(day.day)
    returning = sum(len(days) > 1 for days in days_of.values())
    assert returning > 0.4 * len(days_of)
