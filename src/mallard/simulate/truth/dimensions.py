"""What the catalogue said at the end of a day, as far as the imports have seen it."""

from __future__ import annotations

from datetime import date

from mallard.simulate.books import Row
from mallard.simulate.truth.world import World

UNKNOWN = "unknown"


class Dimensions:
    """Versions of products and categories: each valid from updated_at, else from the import that saw it."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._products = _versions(world, "product", "product_id")
        self._categories = _versions(world, "category", "category_id")

    def product(self, product_id: str, day: date) -> Row | None:
        return _at(self._products.get(product_id, []), self._world.end(day))

    def category(self, product_id: str, day: date) -> Row | None:
        """The row of the product's category."""
        product = self.product(product_id, day)
        if product is None or product["category_id"] is None:
            return None
        return _at(self._categories.get(product["category_id"], []), self._world.end(day))


def _versions(world: World, table: str, key: str) -> dict[str, list[tuple[int, Row]]]:
    found: dict[str, list[tuple[int, Row]]] = {}
    for one in world.imports:
        for row in one.books[table]:
            versions = found.setdefault(row[key], [])
            if not versions or versions[-1][1] != row:
                since = row.get("updated_at")
                versions.append((one.at if since is None else since, row))
    return found


def _at(versions: list[tuple[int, Row]], end: int) -> Row | None:
    """The version in force just before an instant; the first one reaches back for ever."""
    if not versions:
        return None
    return next((row for since, row in reversed(versions) if since < end), versions[0][1])
