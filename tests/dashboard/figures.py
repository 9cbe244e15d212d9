"""What the made-up shop's tables share: its catalogue and how it writes figures."""

from __future__ import annotations

import random
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

Rows = list[dict[str, Any]]

CATEGORIES = [
    ("Home", "Kitchen", "Cookware"),
    ("Home", "Kitchen", "Knives"),
    ("Home", "Living", "Lamps"),
    ("Fashion", "Shoes", "Trainers"),
    ("Fashion", "Bags", "Backpacks"),
    ("Fashion", "Outerwear", "Jackets"),
    ("Electronics", "Audio", "Headphones"),
    ("Electronics", "Phones", "Cases"),
    ("Sports", "Cycling", "Helmets"),
    ("Sports", "Running", "Watches"),
    ("Beauty", "Skin", "Serums"),
    ("Toys", "Games", "Puzzles"),
]
WORDS = ["Aster", "Birch", "Cobalt", "Dune", "Ember", "Fjord", "Grove", "Harbor", "Indigo", "Juniper"]
BRANDS = ["Nordhus", "Kestrel", "Oko", "Lumen & Co", "Tidewater"]
PROVINCES = [("Zhejiang", 0.31), ("Guangdong", 0.27), ("Jiangsu", 0.18), ("Sichuan", 0.14), ("unknown", 0.1)]
METHODS = [("card", 0.52), ("alipay", 0.27), ("paypal", 0.15), ("bank_transfer", 0.06)]
SEGMENTS = ["champions", "loyal", "new", "promising", "at_risk", "hibernating", "lost"]


def rate(part: float | Decimal, whole: float | Decimal) -> Decimal | None:
    """part / whole to six places; NULL over nothing."""
    if not whole:
        return None
    return (Decimal(part) / Decimal(whole)).quantize(Decimal("0.000001"), ROUND_HALF_UP)


def change(now: Any, before: Any) -> Decimal | None:
    return None if before is None else rate(now - before, before)


def money(value: float) -> Decimal:
    return Decimal(f"{value:.2f}00")


class Tables:
    """Days, people and products of the shop, and the tables filled so far."""

    days: list[date]
    users: list[int]
    new: list[int]
    products: list[tuple[str, str, tuple[str, str, str], str, Decimal]]
    random: random.Random
    tables: dict[str, Rows]

    def add(self, table: str, **row: Any) -> None:
        self.tables.setdefault(table, []).append(row)
