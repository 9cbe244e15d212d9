"""What will happen on a day: who visits, on which machine, and which orders are placed.

The plan holds no events, so the shop's database can be written without making them.
"""

from __future__ import annotations

from bisect import bisect
from datetime import date, timedelta
from itertools import accumulate
from random import Random

import msgspec

from mallard.simulate.catalogue import Product
from mallard.simulate.devices import BOTS, Device
from mallard.simulate.diary import Order, Origin
from mallard.simulate.orders import make_items, make_order, seconds
from mallard.simulate.people import Person
from mallard.simulate.shop import SECOND, Shop

_HOURS = list(accumulate((4, 2, 1, 1, 1, 2, 4, 6, 8, 9, 10, 10, 11, 10, 9, 9, 9, 10, 12, 14, 16, 17, 14, 8)))
_CELLULAR = ("4g", "4g", "4g", "5g", "5g", "3g", "2g", "offline")
_DIRECT = Origin()
_ORIGINS = (
    *[_DIRECT] * 8,
    *[Origin(referrer="https://www.google.com/")] * 4,
    Origin(referrer="https://www.bing.com/search?q=mallow"),
    Origin(referrer="https://www.baidu.com/s?wd=mallow"),
    *[Origin("https://www.google.com/", "google", "cpc", "autumn")] * 2,
    Origin("https://www.facebook.com/", "facebook", "paid_social", "autumn"),
    Origin(referrer="https://t.co/abc"),
    Origin(referrer="https://www.instagram.com/"),
    Origin(None, "newsletter", "email", "week-12"),
    Origin(referrer="https://blog.example.org/ten-best-pans"),
    Origin(None, "partner7", "affiliate", None),
    Origin(None, "adnet", "display", "banner-3"),
    Origin(None, "radio", "offline", None),
)


class Visit(msgspec.Struct):
    """One visit of a person (None: a bot) on a machine.

    start: when it begins (µs UTC); where there is an order, the visit is shifted so that it leads to it.
    user_id: logged in as, at the beginning. logs_in: becomes user_id on the way. opening: the name of the
    event an app opens with. depth: how many products are looked at.
    """

    person: Person | None
    device: Device
    start: int
    user_id: str | None
    logs_in: str | None
    opening: str
    network: str | None
    origin: Origin
    depth: int
    order: Order | None = None


class Plan(msgspec.Struct):
    """The visits of a day and all its orders, those by phone included."""

    visits: list[Visit]
    orders: list[Order]


def plan_day(shop: Shop, day: date) -> Plan:
    """The plan of a day; it follows from the shop and the day alone."""
    rng = shop.rng("plan", day)
    number = shop.number(day)
    clock = _Clock(rng, shop, day)
    visits: list[Visit] = []
    for person in shop.people:
        if person.arrives <= number < person.gone:
            visits.extend(_visits(rng, clock, person, number, shop.rhythm(day)))
    orders = _place_orders(rng, shop, number, visits)
    orders.extend(_phone_orders(rng, shop, clock, number, len(orders)))
    visits.extend(_bots(rng, clock, shop.size))
    return Plan(visits, orders)


class _Clock:
    """Draws moments of a day; on days of 23 and 25 hours the hours are a little shorter or longer."""

    def __init__(self, rng: Random, shop: Shop, day: date) -> None:
        self._rng = rng
        self._start = shop.start(day)
        self._hour = (shop.start(day + timedelta(days=1)) - self._start) // 24

    def draw(self) -> int:
        """A moment, whole seconds."""
        hour = bisect(_HOURS, self._rng.random() * _HOURS[-1])
        return self._start + int((hour + self._rng.random()) * self._hour) // SECOND * SECOND


def _visits(rng: Random, clock: _Clock, person: Person, day: int, rhythm: float) -> list[Visit]:
    sure = person.must_visit(day)
    if sure is None and rng.random() > person.rate * rhythm * _ageing(day - person.arrives):
        return []
    made = [_visit(rng, clock, person, sure or _some_device(rng, person, day), day)]
    while rng.random() < 0.22:
        made.append(_visit(rng, clock, person, _some_device(rng, person, day), day))
    made.sort(key=lambda visit: visit.start)
    _enter(rng, person, made, day)
    return made


def _ageing(age: int) -> float:
    return 1.0 if age < 2 else 0.8 if age < 10 else 0.6


def _some_device(rng: Random, person: Person, day: int) -> Device:
    known = [device for device in person.devices if device.since <= day]
    return known[int(rng.random() * len(known))] if known else person.devices[0]


def _visit(rng: Random, clock: _Clock, person: Person, device: Device, day: int) -> Visit:
    web = device.platform == "web"
    chance = rng.random()
    network = None
    if not web:
        network = "wifi" if chance < 0.6 else _CELLULAR[int(rng.random() * len(_CELLULAR))]
    return Visit(
        person=person,
        device=device,
        start=clock.draw(),
        user_id=None,
        logs_in=None,
        opening="Application Opened",
        network=network,
        origin=_ORIGINS[int(rng.random() * len(_ORIGINS))] if web or chance < 0.2 else _DIRECT,
        depth=0 if rng.random() < 0.24 else 1 + int(rng.expovariate(0.7)),
    )


def _enter(rng: Random, person: Person, visits: list[Visit], day: int) -> None:
    """Who is logged in from the start, who logs in on the way, and what an app's opening is called."""
    seen: set[str] = set()
    for visit in visits:
        device = visit.device
        first = device.anonymous_id not in seen
        seen.add(device.anonymous_id)
        logged_in_from = person.first_day(device)
        if day > logged_in_from or (day == logged_in_from and not first):
            if device.platform != "web" or rng.random() < 0.8:
                visit.user_id = person.user_id
            elif rng.random() < 0.5:
                visit.logs_in = person.user_id
        elif day == logged_in_from:
            visit.logs_in = person.user_id
        if first and day == device.since:
            visit.opening = "Application Installed"
        elif first and day == device.release(day)[0]:
            visit.opening = "Application Updated"


def _place_orders(rng: Random, shop: Shop, day: int, visits: list[Visit]) -> list[Order]:
    orders: list[Order] = []
    for visit in visits:
        person = visit.person
        if person is None or visit.depth == 0 or rng.random() > person.buys:
            continue
        customer = person if visit.user_id or visit.logs_in else None
        wanted = [shop.catalogue.pick(rng) for _ in range(1 + int(rng.random() * min(visit.depth, 3)))]
        created = visit.start + seconds(rng, 240, 1_500)
        items = make_items(rng, shop.catalogue, wanted, created)
        visit.order = make_order(
            rng, _number(day, len(orders)), customer, visit.device.platform, items, created
        )
        orders.append(visit.order)
    return orders


def _phone_orders(rng: Random, shop: Shop, clock: _Clock, day: int, taken: int) -> list[Order]:
    """Orders without events: by phone, some of them by people without an account; one with a tied pair."""
    customers = [p for p in shop.people[: round(400 * shop.size)] if p.user_id and (p.registers or 0) < day]
    orders = []
    for place in range(1 + int(4 * shop.size * rng.random())):
        customer = customers[int(rng.random() * len(customers))] if customers and rng.random() < 0.7 else None
        created = clock.draw()
        pair = _twins(shop, created) if place == 0 else []
        items = make_items(rng, shop.catalogue, [], created)
        if pair:
            items = tuple(msgspec.structs.replace(items[0], product=p, cents=c, quantity=1) for p, c in pair)
        orders.append(make_order(rng, _number(day, taken + place), customer, "phone", items, created))
    return orders


def _twins(shop: Shop, at: int) -> list[tuple[Product, int]]:
    """Two unpopular products at one price, so that days end in ties."""
    left, right = shop.catalogue.products[-1], shop.catalogue.products[-2]
    return [(left, left.at(at).cents), (right, left.at(at).cents)]


def _number(day: int, place: int) -> int:
    return day * 100_000 + place + 1


def _bots(rng: Random, clock: _Clock, size: float) -> list[Visit]:
    made = []
    for _ in range(int(6 * size + rng.random())):
        model = BOTS[int(rng.random() * len(BOTS))]
        device = Device(f"b{rng.getrandbits(64):016x}", None, model, 0, is_bot=True)
        made.append(
            Visit(None, device, clock.draw(), None, None, "", None, _DIRECT, 2 + int(rng.random() * 12))
        )
    return made
