"""True figures on what was sold."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal

import msgspec

from mallard.simulate.order_books import Row
from mallard.simulate.truth.dimensions import Dimensions, named
from mallard.simulate.truth.numbers import money
from mallard.simulate.truth.world import World

WINDOWS = (1, 7, 30)


class Sold(msgspec.Struct):
    """How much of something was sold."""

    orders: set[str]
    units: int = 0
    sales: Decimal = Decimal(0)

    def row(self) -> Row:
        return {"orders": len(self.orders), "units": self.units, "sales": money(self.sales)}


def sold(world: World, first: date, last: date, group: Callable[[str, date], str]) -> dict[str, Sold]:
    """What was sold in the orders created from first to last, by a group of product id and day."""
    found: dict[str, Sold] = {}
    for order in world.orders_between(first, last):
        day = world.days.day(order["created_at"])
        for item in world.items.get(order["order_id"], []):
            entry = found.setdefault(group(item["product_id"], day), Sold(set()))
            entry.orders.add(order["order_id"])
            entry.units += item["quantity"]
            entry.sales += item["quantity"] * item["unit_price"]
    return found


def _itself(product_id: str, day: date) -> str:
    return product_id


def product_sales(world: World) -> Iterator[Row]:
    """app_product_sales."""
    dimensions = Dimensions(world)
    for day in world.spine:
        for product_id, entry in sold(world, day, day, _itself).items():
            product = dimensions.product(product_id, day) or {}
            category = dimensions.category_of(product_id, day) or {}
            yield {
                "dt": day,
                "product_id": product_id,
                "product_name": product.get("name"),
                "level1_name": category.get("level1_name"),
                "level2_name": category.get("level2_name"),
                "level3_name": category.get("level3_name"),
                "brand": product.get("brand"),
                **entry.row(),
            }


def _best(found: dict[str, Sold]) -> list[tuple[str, Sold]]:
    return sorted(found.items(), key=lambda entry: (-entry[1].sales, entry[0].encode()))[:10]


def top_products(world: World) -> Iterator[Row]:
    """app_top_products."""
    dimensions = Dimensions(world)
    for day in world.spine:
        for window in WINDOWS:
            found = sold(world, day - timedelta(days=window - 1), day, _itself)
            for rank, (product_id, entry) in enumerate(_best(found), 1):
                yield {
                    "dt": day,
                    "window_days": window,
                    "rank": rank,
                    "product_id": product_id,
                    "product_name": (dimensions.product(product_id, day) or {}).get("name"),
                    "category": (dimensions.category_of(product_id, day) or {}).get("level3_name"),
                    **entry.row(),
                }


def top_categories(world: World) -> Iterator[Row]:
    """app_top_categories; an item counts for the category its product had at the end of the order's day."""
    dimensions = Dimensions(world)

    def category_id(product_id: str, day: date) -> str:
        return named((dimensions.product(product_id, day) or {}).get("category_id"))

    for day in world.spine:
        for window in WINDOWS:
            found = sold(world, day - timedelta(days=window - 1), day, category_id)
            for rank, (category, entry) in enumerate(_best(found), 1):
                yield {
                    "dt": day,
                    "window_days": window,
                    "rank": rank,
                    "category_id": category,
                    "category": named((dimensions.category(category, day) or {}).get("level3_name")),
                    **entry.row(),
                }
