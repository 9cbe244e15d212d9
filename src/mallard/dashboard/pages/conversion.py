"""Conversion: how many get how far, and where they are lost."""

from __future__ import annotations

from statistics import median

from mallard.dashboard import charts
from mallard.dashboard.blocks import Block, Card, Chart, Column, Content, Steps, Tab, Table
from mallard.dashboard.metrics import Metric, cards, kpis, missing, product_name, products
from mallard.dashboard.queries import Reader, Row
from mallard.dashboard.view import View

STEPS = ("visit", "view", "cart", "checkout", "order", "pay")
LABELS = {
    "visit": "Visit",
    "view": "Product view",
    "cart": "Add to cart",
    "checkout": "Checkout",
    "order": "Order",
    "pay": "Payment",
}


def page(reader: Reader, view: View) -> Content:
    """The funnel of the days shown, its course, and abandoned carts."""
    nothing = missing(reader, "app_conversion")
    if nothing:
        return Content("Conversion", [Card("", [nothing])])
    unit = view.get("unit", ("session", "person"))
    blocks: list[Block] = [_funnel(reader, view, unit), _course(reader, view, unit)]
    blocks += cards(*_carts(reader, view))
    return Content("Conversion", blocks)


def _funnel(reader: Reader, view: View, unit: str) -> Card:
    rows = reader.rows("app_conversion", view.span, unit=unit)
    reached = {step: sum(r["reached"] for r in rows if r["step"] == step) for step in STEPS}
    steps: list[tuple[str, int, float | None, float | None, float | None]] = []
    before: int | None = None
    for step in STEPS:
        count = reached[step]
        overall = count / reached["visit"] if reached["visit"] else None
        rate = count / before if before else None
        steps.append((LABELS[step], count, overall, rate, _typical(rows, step)))
        before = count
    tabs = [
        Tab(name, view.link(unit=key), key == unit)
        for key, name in (("session", "Sessions"), ("person", "People"))
    ]
    several = " Times are the median of the days' medians." if view.span.days > 1 else ""
    return Card(
        "Funnel",
        [Steps(steps)],
        reader.tip("app_conversion", "unit"),
        tabs=tabs,
        csv=view.download("app_conversion", unit=unit),
        note=f"{reader.tip('app_conversion')}{several}",
    )


def _typical(rows: list[Row], step: str) -> float | None:
    found = [
        float(row["median_seconds_from_previous"])
        for row in rows
        if row["step"] == step and row["median_seconds_from_previous"] is not None
    ]
    return median(found) if found else None


def _course(reader: Reader, view: View, unit: str) -> Card:
    series: dict[str, charts.Values] = {}
    for step in ("cart", "order", "pay"):
        rows = reader.rows("app_conversion", view.span, unit=unit, step=step)
        series[LABELS[step]] = [row["overall_rate"] for row in rows]
        days = [row["dt"] for row in rows]
    option = charts.line(days, series, "rate")
    return Card(
        "Reached, of all visits",
        [Chart(option, "Share that reached cart, order and payment by day", 260)],
        reader.tip("app_conversion", "overall_rate"),
    )


def _carts(reader: Reader, view: View) -> list[Card | None]:
    if not reader.has("app_cart"):
        return []
    everything = {"product_id": "all"}
    metric = Metric(
        "left", "Abandoned carts", "app_cart", "abandoned_carts", "count", good=False, equals=everything
    )
    rate = Metric(
        "rate",
        "Abandonment",
        "app_cart",
        "abandoned_carts",
        "rate",
        "ratio",
        "added_users",
        good=False,
        equals=everything,
        tip=reader.tip("app_cart", "abandonment_rate"),
    )
    added = Metric("added", "Carts", "app_cart", "added_users", "count", equals=everything)
    known = products(reader)
    row = kpis(reader, view, [added, metric, rate])
    rows = reader.sums("app_cart", view.span, ["abandoned_carts", "added_users"], by=["product_id"], limit=11)
    body = [
        (
            product_name(known, r["product_id"]),
            r["added_users"],
            r["abandoned_carts"],
            r["abandoned_carts"] / r["added_users"] if r["added_users"] else None,
        )
        for r in rows
        if r["product_id"] != "all"
    ]
    heads = [
        Column("Product"),
        Column("Added by", "count", reader.tip("app_cart", "added_users")),
        Column("Abandoned", "count", reader.tip("app_cart", "abandoned_carts"), bar=True),
        Column("Rate", "rate"),
    ]
    return [
        Card(
            "Carts left behind",
            [row, Table(heads, body)],
            reader.tip("app_cart"),
            csv=view.download("app_cart"),
        )
    ]
