"""Overview: how the shop is doing, in one look."""

from __future__ import annotations

from mallard.dashboard.blocks import Block, Card, Column, Content, Table
from mallard.dashboard.metrics import (
    CRASH_FREE,
    Conversion,
    Metric,
    attribute,
    beside,
    breakdown,
    headline,
    missing,
    product_name,
    products,
)
from mallard.dashboard.queries import Reader
from mallard.dashboard.view import View

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
    CRASH_FREE,
]


def page(reader: Reader, view: View) -> Content:
    """The headline figures, the course of the chosen one, and what sells, who comes and from where."""
    nothing = missing(reader, *(metric.table for metric in METRICS))
    if nothing:
        return Content("Overview", [Card("", [nothing])])
    blocks: list[Block] = headline(reader, view, METRICS, 300)
    blocks += beside(_products(reader, view), _channels(reader, view))
    blocks += beside(attribute(reader, view, "platform", "Platform"), _provinces(reader, view))
    return Content("Overview", blocks)


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
