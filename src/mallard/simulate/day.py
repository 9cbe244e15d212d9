"""A day of the shop: from its plan to the requests that its visitors' machines send."""

from __future__ import annotations

from datetime import date

from mallard.simulate.diary import Day
from mallard.simulate.plan import plan_day
from mallard.simulate.shop import Shop
from mallard.simulate.trouble import Carrier
from mallard.simulate.walk import walk


def simulate_day(shop: Shop, day: date) -> Day:
    """The diary of a day; the same each time, whatever was simulated before."""
    plan = plan_day(shop, day)
    rng = shop.rng("events", day)
    number = shop.number(day)
    carrier = Carrier(shop, day, rng)
    for visit in plan.visits:
        carrier.carry(visit, walk(shop, visit, number, rng))
    return Day(day, carrier.sends, plan.orders)
