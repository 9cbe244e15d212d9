"""Overview: how the shop is doing, in one look."""

from __future__ import annotations

from mallard.dashboard import format as form
from mallard.dashboard.blocks import Block, Card, Column, Content, Grid, Table
from mallard.dashboard.metrics import (
    Conversion,
    Metric,
    breakdown,
    cards,
    kpis,
    missing,
    product_name,
    products,
    trend,
)
from mallard.dashboard.queries import Reader
from mallard.dashboard.view import View

CRASHES = {"platform": "all", "app_version": "all"}
METRICS = [
    Metric("gmv", "GMV", "app_sales", "gmv", "money"),
    Metric("net_sales", "Net sales", "app_sales", "net_sales", "money"),
    Metric("orders", "Orders", "app_sales", "orders", "count"),
    Metric("aov", "Average order value", "app_sales", "gmv", "money", "ratio", "orders", tip="GMV / orders."),
    Metric("users", "Active users a day", "app_active_users", "dau", "count", "mean"),
    Metric("new_users", "New users", "app_daily_users", "new_users", "count"),
    Conversion(
        "conversion",
        "Conversion",
        "app_conversion",
        "order",
        "rate",
        "ratio",
        "visit",
        tip="Sessions that led to an order / all sessions.",
    ),
    Metric(
        "crash_free",
        "Crash-free users",
        "app_crashes",
        "crash_free_users",
        "rate",
        "ratio",
        "active_users",
        equals=CRASHES,
    ),
]


def page(reader: Reader, view: View) -> Content:
    """The headline figures, the course of the chosen one, and what sells, who comes and from where."""
    nothing = missing(reader, *(metric.table for metric in METRICS))
    if nothing:
        return Content("Overview", [Card("", [nothing])])
    there = [metric for metric in METRICS if reader.has(metric.table)]
    chosen = view.get("metric", tuple(metric.name for metric in there))
    blocks: list[Block] = [kpis(reader, view, METRICS, "metric")]
    blocks.append(trend(reader, view, next(metric for metric in there if metric.name == chosen), 300))
    blocks.append(Grid(cards(_products(reader, view), _channels(reader, view)), "2"))
    blocks.append(Grid(cards(_platforms(reader, view), _provinces(reader, view)), "2"))
    return Content("Overview", [block for block in blocks if not isinstance(block, Grid) or block.cards])


def _products(reader: Reader, view: View) -> Card | None:
    if not reader.has("app_product_sales"):
        return None
    rows = reader.sums("app_product_sales", view.span, ["sales", "units"], by=["product_id"], limit=7)
    known = products(reader, view.span)
    heads = [Column("Product"), Column("Units", "count"), Column("Sales", "money", bar=True)]
    body = [(product_name(known, row["product_id"]), row["units"], row["sales"]) for row in rows]
    return Card(
        "Top products",
        [Table(heads, body, "No sales in these days.")],
        reader.tip("app_product_sales"),
        csv=view.download("app_product_sales"),
    )


def _channels(reader: Reader, view: View) -> Card | None:
    return breakdown(
        reader,
        view,
        "Channels",
        "app_traffic",
        "channel",
        [("sessions", "Sessions", "count"), ("orders", "Orders", "count"), ("sales", "Sales", "money")],
        heading="Channel",
        limit=7,
    )


def _platforms(reader: Reader, view: View) -> Card | None:
    if not reader.has("app_audience"):
        return None
    rows = reader.sums(
        "app_audience", view.span, ["users", "total_users"], by=["value"], dimension="platform"
    )
    days = view.span.days
    body = [
        (
            form.label("platform", row["value"]),
            row["users"] / days,
            row["users"] / row["total_users"] if row["total_users"] else None,
        )
        for row in rows
    ]
    heads = [Column("Platform"), Column("Users a day", "average", bar=True), Column("Share", "rate")]
    return Card(
        "Platforms",
        [Table(heads, body)],
        reader.tip("app_audience"),
        csv=view.download("app_audience", dimension="platform"),
    )


def _provinces(reader: Reader, view: View) -> Card | None:
    return breakdown(
        reader,
        view,
        "Regions",
        "app_regions",
        "province",
        [("amount", "GMV", "money"), ("orders", "Orders", "count")],
        heading="Province",
        limit=7,
    )
