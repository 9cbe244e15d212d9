"""What the shop sells: three levels of categories and products, some of which change on later days."""

from __future__ import annotations

from bisect import bisect
from itertools import accumulate
from random import Random

import msgspec

_TREE: dict[str, dict[str, tuple[str, ...]]] = {
    "Home": {"Kitchen": ("Knives", "Pans", "Cups"), "Bedroom": ("Bedding", "Lamps"), "Garden": ("Pots",)},
    "Electronics": {"Phones": ("Handsets", "Chargers", "Cases"), "Audio": ("Headphones", "Speakers")},
    "Fashion": {"Women": ("Dresses", "Shoes", "Bags"), "Men": ("Shirts", "Coats"), "Kids": ("Rompers",)},
    "Food": {"Tea": ("Green tea", "Black tea"), "Snacks": ("Nuts", "Biscuits", "Chocolate")},
    "Sports": {"Outdoor": ("Tents", "Backpacks"), "Fitness": ("Mats", "Weights", "Bands")},
    "Beauty": {"Skin": ("Creams", "Soaps"), "Hair": ("Shampoo", "Brushes")},
}  # fmt: skip
_BRANDS = ("Teal", "Reedbed", "Garganey", "Pochard", "Wigeon", "Eider", "Smew", None)
_ADJECTIVES = ("Plain", "Fine", "Large", "Small", "Classic", "Blue", "Green", "Everyday")


class Category(msgspec.Struct, frozen=True):
    """A third-level category with the two above it; ids are text."""

    category_id: str
    level1_id: str
    level1_name: str
    level2_id: str
    level2_name: str
    level3_name: str


class Version(msgspec.Struct, frozen=True):
    """What a product was called, cost and belonged to from an instant (µs UTC) on."""

    since: int
    name: str
    category: Category
    cents: int


class Product(msgspec.Struct, frozen=True):
    """A product and its versions in order of time; the first is the one it was created with."""

    product_id: str
    sku: str
    brand: str | None
    versions: tuple[Version, ...]

    def at(self, instant: int) -> Version:
        """The version in force at an instant; the first one before it was created."""
        found = self.versions[0]
        for version in self.versions:
            if version.since > instant:
                break
            found = version
        return found


class Catalogue:
    """All categories and products, and which product a visitor looks at."""

    def __init__(self, categories: tuple[Category, ...], products: tuple[Product, ...]) -> None:
        self.categories = categories
        self.products = products
        self.by_category: dict[str, list[Product]] = {}
        for product in products:
            self.by_category.setdefault(product.versions[0].category.category_id, []).append(product)
        self._weights = list(accumulate(1 / (place + 8) for place in range(len(products))))

    def pick(self, rng: Random) -> Product:
        """A product by popularity (Zipf)."""
        return self.products[bisect(self._weights, rng.random() * self._weights[-1])]


def make_categories() -> tuple[Category, ...]:
    """The category tree, leaf by leaf."""
    made = []
    for one, (level1, children) in enumerate(_TREE.items(), 1):
        for two, (level2, leaves) in enumerate(children.items(), 1):
            for three, level3 in enumerate(leaves, 1):
                made.append(
                    Category(f"{one}{two}{three:02d}", str(one), level1, f"{one}{two}", level2, level3)
                )
    return tuple(made)


def make_catalogue(rng: Random, start: int, count: int = 320) -> Catalogue:
    """The catalogue of a shop whose first day starts at an instant (µs UTC)."""
    categories = make_categories()
    products = [_product(rng, start, number, categories) for number in range(count)]
    rng.shuffle(products)
    return Catalogue(categories, tuple(products))


def _product(rng: Random, start: int, number: int, categories: tuple[Category, ...]) -> Product:
    category = categories[number % len(categories)]
    brand = _BRANDS[int(rng.random() * len(_BRANDS))]
    name = f"{brand or 'Unbranded'} {_ADJECTIVES[number % len(_ADJECTIVES)]} {category.level3_name} {number}"
    cents = (1 + int(rng.random() ** 3 * 60)) * 500 - 1
    versions = [Version(start - int(86_400e6) * rng.randrange(30, 700), name, category, cents)]
    for _ in range(int(rng.random() ** 4 * 3)):  # about one product in five changes in the course of time
        versions.append(_changed(rng, start, versions[-1], categories))
    return Product(
        product_id=str(90 + number * 7),  # of two to four digits, so that text order is not number order
        sku=f"SKU-{number:05d}",
        brand=brand,
        versions=tuple(versions),
    )


def _changed(rng: Random, start: int, last: Version, categories: tuple[Category, ...]) -> Version:
    since = max(last.since, start) + int(rng.randrange(1, 45 * 86_400) * 1e6)
    kind = rng.random()
    if kind < 0.4:
        return Version(since, f"{last.name} (new)", last.category, last.cents)
    if kind < 0.8:
        return Version(since, last.name, last.category, max(99, last.cents - 500))
    return Version(since, last.name, categories[int(rng.random() * len(categories))], last.cents)
