"""The shop's books: the rows of every contract table as of the end of a day.

A pure function of shop and day, shared by the database that is written and by the true figures. Instants are
µs UTC, money is Decimal; columns have the contract's names.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from mallard import days as calendar
from mallard.simulate.catalogue import Product
from mallard.simulate.diary import Order
from mallard.simulate.order_books import Books, Row, money, order_rows
from mallard.simulate.people import PROVINCES, Person
from mallard.simulate.plan import plan_day
from mallard.simulate.shop import DAY, SECOND, Shop


def books(shop: Shop, through_day: date) -> Books:
    """Every table as of the end of a day."""
    orders = [
        order
        for day in calendar.day_range(shop.first_day, through_day)
        for order in plan_day(shop, day).orders
    ]
    return books_of(shop, orders, shop.start(through_day + timedelta(days=1)))


def books_of(shop: Shop, orders: list[Order], end: int) -> Books:
    """Every table as it stands just before an instant, for a list of orders."""
    known = [person for person in shop.people if person.user_id and registered_at(shop, person) < end]
    placed = [order for order in orders if order.created_at < end and not _purged(shop, order, end)]
    return {
        "customer": [_customer(shop, person, end) for person in known],
        "customer_profile": [_profile(shop, person, end) for person in known],
        "address": [row for person in known for row in _addresses(shop, person, end)],
        "category": category_rows(shop),
        "product": [_product(product, end) for product in shop.catalogue.products],
        **order_rows(placed, end, shop.currency),
    }


def _purged(shop: Shop, order: Order, end: int) -> bool:
    return shop.purges and int(order.order_id) % 61 == 0 and order.created_at + 5 * DAY < end


def registered_at(shop: Shop, person: Person) -> int:
    """When a person became a customer; some hour of the day on which the person registers."""
    if person.registers is None:
        return 1 << 62
    start = shop.start(shop.first_day + timedelta(days=person.registers))
    return start + person.number * 7_919 % 80_000 * SECOND


def _moved_at(shop: Shop, person: Person) -> int:
    """When a customer gets a new phone; one in seventeen does, twenty days after registering."""
    return registered_at(shop, person) + 20 * DAY if person.number % 17 == 0 else 1 << 62


def _customer(shop: Shop, person: Person, end: int) -> Row:
    registered = registered_at(shop, person)
    moved = _moved_at(shop, person) < end
    return {
        "customer_id": person.user_id,
        "name": person.name,
        "gender": person.gender,
        "birth_date": date(1960 + person.number % 45, 1 + person.number % 12, 1 + person.number % 28),
        "email": f"user{person.user_id}@example.com",
        "phone": f"1{39 if moved else 38}{person.number:08d}",
        "registered_at": registered,
        "is_blocked": person.number % 211 == 0,
        "updated_at": _moved_at(shop, person) if moved else registered,
    }


def _profile(shop: Shop, person: Person, end: int) -> Row:
    number, moved = person.number, _moved_at(shop, person) < end
    return {
        "customer_id": person.user_id,
        "is_pregnant": number % 41 == 0 if person.gender == "female" else None,
        "has_children": number % 3 == 0,
        "has_car": number % 4 == 0,
        "phone_brand": person.devices[0].model.brand,
        "phone_count": 1 + number % 3,
        "phone_change_count": number % 5 + (1 if moved else 0),
        "weight_kg": 48.0 + number % 50 / 2,
        "height_cm": 150.0 + number % 40,
    }


def _addresses(shop: Shop, person: Person, end: int) -> Iterator[Row]:
    """One or two; the second of some customers is deleted thirty days after they registered."""
    number = person.number
    leaves = registered_at(shop, person) + 30 * DAY
    for place in range(1 + number % 2):
        if place == 1 and number % 29 == 0 and leaves < end:
            continue
        yield {
            "address_id": str(number * 10 + place),
            "customer_id": person.user_id,
            "address": f"{number % 90 + 1} Pond Street",
            "province": person.province if place == 0 else PROVINCES[number % 7],
            "country": "CN",
            "is_default": place == 0,
            "recipient": person.name,
            "phone": f"138{number:08d}",
        }


def category_rows(shop: Shop) -> list[Row]:
    """The categories; they never change."""
    return [
        {
            "category_id": category.category_id,
            "level1_id": category.level1_id,
            "level1_name": category.level1_name,
            "level2_id": category.level2_id,
            "level2_name": category.level2_name,
            "level3_id": category.category_id,
            "level3_name": category.level3_name,
        }
        for category in shop.catalogue.categories
    ]


def _product(product: Product, end: int) -> Row:
    version = product.at(end - 1)
    return {
        "product_id": product.product_id,
        "sku": product.sku,
        "name": version.name,
        "category_id": version.category.category_id,
        "brand": product.brand,
        "price": money(version.cents),
        "description": f"{version.name}. A fine thing 🦆",
        "created_at": product.versions[0].since,
        "updated_at": version.since,
    }
