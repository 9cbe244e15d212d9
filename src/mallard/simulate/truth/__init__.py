"""The true figures: every published table computed in plain Python from the diaries, sharing no SQL.

:func:`figures` serves a simulated shop; :func:`figures_of` any :class:`World`, also one made by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date

from mallard.simulate.books import books
from mallard.simulate.database import Schema
from mallard.simulate.day import simulate_day
from mallard.simulate.diary import Send
from mallard.simulate.log_lines import log_lines
from mallard.simulate.order_books import Row
from mallard.simulate.send import arrivals, as_posted
from mallard.simulate.shop import Shop
from mallard.simulate.truth import (
    checkout,
    clients,
    conversion,
    customers,
    loyalty,
    products,
    quality,
    recommendations,
    sales,
    users,
    visits,
)
from mallard.simulate.truth.reading import Calendar, read
from mallard.simulate.truth.variants import mall_books, read_log
from mallard.simulate.truth.world import Import, World, make_world

TABLES: dict[str, Callable[[World], Iterator[Row]]] = {
    "app_daily_users": users.daily_users,
    "app_new_users": users.new_users,
    "app_active_users": users.active_users,
    "app_churned_users": users.churned_users,
    "app_churned_user_list": users.churned_user_list,
    "app_open_count": clients.open_count,
    "app_open_distribution": clients.open_distribution,
    "app_audience": clients.audience,
    "app_crashes": clients.crashes,
    "app_sales": sales.sales,
    "app_sales_period": sales.sales_period,
    "app_product_sales": products.product_sales,
    "app_top_products": products.top_products,
    "app_top_categories": products.top_categories,
    "app_conversion": conversion.conversion,
    "app_data_quality": quality.data_quality,
    "app_retention": loyalty.retention,
    "app_repurchase": loyalty.repurchase,
    "app_customer_segments": loyalty.customer_segments,
    "app_traffic": visits.traffic,
    "app_page_path": visits.page_path,
    "app_cart": visits.cart,
    "app_order_timing": checkout.order_timing,
    "app_payment_methods": checkout.payment_methods,
    "app_regions": checkout.regions,
    "app_coupons": checkout.coupons,
    "app_product_recommendations": recommendations.product_recommendations,
    "dws_customer": customers.customers,
}


def figures_of(world: World, tables: Iterable[str] | None = None) -> dict[str, list[Row]]:
    """The rows of the published tables (all of them unless some are named)."""
    return {name: list(TABLES[name](world)) for name in tables or TABLES}


def figures(
    shop: Shop,
    days: Sequence[date],
    as_of_day: date,
    imports: Sequence[tuple[date, int]] | None = None,
    tables: Iterable[str] | None = None,
    *,
    schema: Schema = "mallard",
    log: tuple[str, int] | None = None,
    posted: tuple[date, int] | None = None,
) -> dict[str, list[Row]]:
    """The rows of the published tables of a simulated shop.

    days: the days whose arrivals were spooled. as_of_day: today. imports: for each import of the shop's
    database the day through which it was written and the moment of the import (µs UTC); one of as_of_day if
    None. schema: that of the database. log: the events came instead as lines of one user_action.log holding
    these days; the name of the source and the moment it was followed (µs UTC). posted: a day whose arrivals
    were sent over HTTP after the days had landed, and when (µs UTC, which only the rows' freshness shows).
    """
    world = simulated_world(shop, days, as_of_day, imports, schema=schema, log=log, posted=posted)
    return figures_of(world, tables)


def simulated_world(
    shop: Shop,
    days: Sequence[date],
    as_of_day: date,
    imports: Sequence[tuple[date, int]] | None = None,
    *,
    schema: Schema = "mallard",
    log: tuple[str, int] | None = None,
    posted: tuple[date, int] | None = None,
) -> World:
    """What :func:`figures` computes from."""
    calendar = Calendar(shop.timezone)
    if log is None:
        reading = read(_sends(shop, days, posted), calendar)
    else:
        lines = (line for day in days for line in log_lines(simulate_day(shop, day)))
        reading = read_log(lines, log[1], log[0], calendar)
    seen = imports if imports is not None else [(as_of_day, shop.start(as_of_day))]
    held = ((at, books(shop, day)) for day, at in seen)
    told = [Import(at, mall_books(rows, shop.timezone) if schema == "mall" else rows) for at, rows in held]
    return make_world(reading, told, calendar, as_of_day)


def _sends(shop: Shop, days: Sequence[date], posted: tuple[date, int] | None) -> Iterator[Send]:
    for day in arrivals(shop, days):
        yield from day.sends
    if posted is not None:
        for day in arrivals(shop, [posted[0]]):
            yield from (as_posted(send, posted[1]) for send in day.sends)
