"""Products: what sells, in which categories, and what goes together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mallard.dashboard import format as form
from mallard.dashboard.blocks import Block, Card, Column, Content, Tab, Table
from mallard.dashboard.metrics import beside, breakdown, cards, missing, product_name, products
from mallard.dashboard.queries import Reader, Row
from mallard.dashboard.view import Span, View

WINDOWS = ("30", "7", "1")
LEVELS = ("level1_name", "level2_name", "level3_name", "brand")
LEVEL_NAMES = {
    "level1_name": "Category",
    "level2_name": "Second level",
    "level3_name": "Third level",
    "brand": "Brand",
}
LISTED = 500
PAIRS = 10
BASES = {"bought": "Bought", "viewed": "Viewed"}


def page(reader: Reader, view: View) -> Content:
    """The ten best by window, sales by product and by category, recommendations."""
    nothing = missing(reader, "app_product_sales", "app_top_products")
    if nothing:
        return Content("Products", [Card("", [nothing])])
    blocks: list[Block] = beside(_top_products(reader, view), _top_categories(reader, view))
    blocks += beside(_levels(reader, view), _pairs(reader, view))
    blocks += cards(_all(reader, view))
    return Content("Products", blocks)


def _windows(view: View) -> tuple[str, list[Tab]]:
    chosen = view.get("window", WINDOWS)
    names = {"1": "1 day", "7": "7 days", "30": "30 days"}
    return chosen, [Tab(names[w], view.link(window=w), w == chosen) for w in reversed(WINDOWS)]


def _top_products(reader: Reader, view: View) -> Card | None:
    heads = [Column("Product"), Column("Category"), Column("Units", "count")]

    def cells(row: Row) -> tuple[Any, ...]:
        return row["product_name"] or row["product_id"], row["category"], row["units"]

    return _top(reader, view, "Top 10 products", "app_top_products", heads, cells)


def _top_categories(reader: Reader, view: View) -> Card | None:
    heads = [Column("Category"), Column("Orders", "count"), Column("Units", "count")]

    def cells(row: Row) -> tuple[Any, ...]:
        named = row["category"] if row["category"] != "unknown" else row["category_id"]
        return form.label("category", named), row["orders"], row["units"]

    return _top(reader, view, "Top 10 categories", "app_top_categories", heads, cells)


def _top(
    reader: Reader,
    view: View,
    title: str,
    table: str,
    heads: list[Column],
    cells: Callable[[Row], tuple[Any, ...]],
) -> Card | None:
    """The ten best of the chosen window. heads, cells: what stands between their rank and their sales."""
    if not reader.has(table):
        return None
    window, tabs = _windows(view)
    last = view.span.last
    rows = reader.rows(table, Span(last, last), order=["rank"], window_days=int(window))
    sales = Column("Sales", "money", reader.tip(table, "sales"), bar=True)
    body = [(row["rank"], *cells(row), row["sales"]) for row in rows]
    return Card(
        title,
        [Table([Column("#", "count"), *heads, sales], body, "Nothing was sold in this window.")],
        reader.tip(table),
        csv=view.download_last(table, window_days=window),
        tabs=tabs,
        note=f"The window ends with {form.day(last)}, the last day shown.",
    )


def _levels(reader: Reader, view: View) -> Card | None:
    level = view.get("by", LEVELS)
    card = breakdown(
        reader,
        view,
        "Sales by category",
        "app_product_sales",
        level,
        [("sales", "Sales", "money"), ("units", "Units", "count")],
        heading=LEVEL_NAMES[level],
    )
    if card is None:
        return None
    tabs = [Tab(LEVEL_NAMES[name], view.link(by=name), name == level) for name in LEVELS]
    return Card(card.title, card.blocks, card.tip, card.csv, card.note, tabs)


def _pairs(reader: Reader, view: View) -> Card | None:
    table = "app_product_recommendations"
    if not reader.has(table):
        return None
    known = products(reader)
    basis = view.get("basis", tuple(BASES))
    rows = reader.rows(
        table,
        columns=["product_id", "other_product_id", "pairs", "confidence", "lift"],
        order=["-pairs", "-confidence", "product_id"],
        limit=4 * PAIRS,
        basis=basis,
    )
    seen: set[frozenset[str]] = set()
    best = []
    for row in rows:  # each pair once, in the direction that says more
        pair = frozenset((row["product_id"], row["other_product_id"]))
        if pair not in seen:
            seen.add(pair)
            best.append(row)
    heads = [
        Column("Product"),
        Column("Goes with"),
        Column("Pairs", "count", reader.tip(table, "pairs")),
        Column("Confidence", "rate", reader.tip(table, "confidence"), bar=True),
        Column("Lift", "number", reader.tip(table, "lift")),
    ]
    body = [
        (
            product_name(known, r["product_id"]),
            product_name(known, r["other_product_id"]),
            r["pairs"],
            r["confidence"],
            r["lift"],
        )
        for r in best[:PAIRS]
    ]
    return Card(
        "What goes together",
        [Table(heads, body, f"No two products were {basis} together twice.")],
        reader.tip(table),
        csv=view.download(table, basis=basis),
        tabs=[Tab(name, view.link(basis=key), key == basis) for key, name in BASES.items()],
    )


def _all(reader: Reader, view: View) -> Card | None:
    table = "app_product_sales"
    if not reader.has(table):
        return None
    rows = reader.sums(table, view.span, ["sales", "units", "orders"], by=["product_id"], limit=LISTED)
    known = products(reader, view.span)
    heads = [
        Column("Product"),
        Column("Id"),
        Column("Category"),
        Column("Brand"),
        Column("Orders", "count", reader.tip(table, "orders")),
        Column("Units", "count"),
        Column("Sales", "money", reader.tip(table, "sales"), bar=True),
    ]
    body = [
        (
            product_name(known, r["product_id"]),
            r["product_id"],
            _category(known[r["product_id"]]),
            known[r["product_id"]]["brand"],
            r["orders"],
            r["units"],
            r["sales"],
        )
        for r in rows
    ]
    note = f"The {LISTED} with the highest sales; the CSV file has all." if len(rows) == LISTED else ""
    return Card(
        "Every product",
        [Table(heads, body, "No sales in these days.", tall=True)],
        reader.tip(table),
        csv=view.download(table),
        note=note,
    )


def _category(product: Row) -> str | None:
    return " › ".join(name for name in (product["level1_name"], product["level3_name"]) if name) or None
