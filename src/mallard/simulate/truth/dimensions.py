"""What the catalogue said at the end of a day, as far as the imports have seen it."""

from __future__ import annotations

from datetime import date

from mallard.simulate.order_books import Row
from mallard.simulate.truth.world import World

UNKNOWN = "unknown"


def named(value: str | None) -> str:
    """A value, 'unknown' where it is missing; an empty text is a value."""
    return UNKNOWN if value is None else value


def beside_all(value: str) -> str:
    """A value beside rows of the total, which are named all."""
    return "(all)" if value == "all" else value


class Dimensions:
    """Versions of products and categories: each valid from updated_at, else (also where
    that has not moved on) from the import that saw it."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._products = _versions(world, "product", "product_id")
        self._categories = _versions(world, "category", "category_id")

    def product(self, product_id: str, day: date) -> Row | None:
        return _at(self._products.get(product_id, []), self._world.end(day))

    def category(self, category_id: str, day: date) -> Row | None:
        return _at(self._categories.get(category_id, []), self._world.end(day))

    def category_of(self, product_id: str, day: date) -> Row | None:
        """The row of the product's category."""
        product = self.product(product_id, day)
        if product is None or product["category_id"] is None:
            return None
        return self.category(product["category_id"], day)


def _versions(world: World, table: str, key: str) -> dict[str, list[tuple[int, Row | None]]]:
    """The versions of each row in the order in which they were loaded; None: deleted."""
    found: dict[str, list[tuple[int, Row | None]]] = {}
    for one in world.imports:
        rows = {row[key]: row for row in one.books[table]}
        for gone in found.keys() - rows.keys():
            if found[gone][-1][1] is not None:
                found[gone].append((one.at, None))
        for identity, row in rows.items():
            versions = found.setdefault(identity, [])
            if not versions or versions[-1][1] != row:
                before = versions[-1][1] if versions else None
                versions.append((_since(row, before, one.at), row))
    return found


def _since(row: Row, before: Row | None, loaded_at: int) -> int:
    """From when a version is valid; before: the version that it takes the place of."""
    stamp: int | None = row.get("updated_at")
    stamped_before: int | None = None if before is None else before.get("updated_at")
    if stamp is None or (stamped_before is not None and stamp <= stamped_before):
        return loaded_at
    return stamp


def _at(versions: list[tuple[int, Row | None]], end: int) -> Row | None:
    """Of the versions valid just before an instant the one loaded last; before all of them the first."""
    if not versions:
        return None
    return next((row for since, row in reversed(versions) if since < end), versions[0][1])
