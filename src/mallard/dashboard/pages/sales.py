"""Sales: money by day, over running periods, and what it is made of."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from mallard.dashboard import charts
from mallard.dashboard import format as form
from mallard.dashboard.blocks import Block, Card, Chart, Column, Content, Table
from mallard.dashboard.metrics import Metric, beside, breakdown, cards, headline, missing
from mallard.dashboard.queries import Reader
from mallard.dashboard.view import View

METRICS = [
    Metric("gmv", "GMV", "app_sales", "gmv", "money"),
    Metric("paid", "Paid GMV", "app_sales", "paid_gmv", "money"),
    Metric("net", "Net sales", "app_sales", "net_sales", "money"),
    Metric("orders", "Orders", "app_sales", "orders", "count"),
    Metric("aov", "Average order value", "app_sales", "gmv", "money", "ratio", "orders", tip="GMV / orders."),
    Metric("units", "Units", "app_sales", "units", "count"),
    Metric("new_buyers", "New buyers", "app_sales", "new_buyers", "count"),
    Metric("cancelled", "Cancelled orders", "app_sales", "cancelled_orders", "count", good=False),
    Metric("refunds", "Refunds", "app_sales", "refund_amount", "money", good=False),
    Metric(
        "unpaid", "Unpaid orders", "app_order_timing", "unpaid_orders", "rate", "ratio", "orders", good=False
    ),
]
DAYS_LISTED = 62
PERIODS = {
    "week": "Week to date",
    "month": "Month to date",
    "quarter": "Quarter to date",
    "year": "Year to date",
    "7d": "Last 7 days",
    "30d": "Last 30 days",
}


def page(reader: Reader, view: View) -> Content:
    """The figures of the days shown, running periods with the year before, and the breakdowns."""
    nothing = missing(reader, "app_sales")
    if nothing:
        return Content("Sales", [Card("", [nothing])])
    blocks: list[Block] = headline(reader, view, METRICS, 300)
    blocks += cards(_periods(reader, view), _days(reader, view))
    blocks += beside(_regions(reader, view), _methods(reader, view))
    blocks += beside(_coupons(reader, view), _timing(reader, view))
    return Content("Sales", blocks)


def _periods(reader: Reader, view: View) -> Card | None:
    table = "app_sales_period"
    if not reader.has(table):
        return None
    names = [
        "gmv",
        "paid_gmv",
        "net_sales",
        "orders",
        "buyers",
        "previous_gmv",
        "change_rate",
        "last_year_gmv",
        "yoy_rate",
    ]
    titles = [
        "GMV",
        "Paid GMV",
        "Net sales",
        "Orders",
        "Buyers",
        "GMV before",
        "Change",
        "GMV a year before",
        "Year on year",
    ]
    kinds = ["money", "money", "money", "count", "count", "money", "change", "money", "change"]
    rows = {row["period"]: row for row in reader.rows(table, type(view.span)(view.span.last, view.span.last))}
    heads = [Column("Period")]
    heads += [Column(t, k, reader.tip(table, n)) for n, t, k in zip(names, titles, kinds, strict=True)]  # type: ignore[arg-type]
    body = [(label, *(rows[key][name] for name in names)) for key, label in PERIODS.items() if key in rows]
    return Card(
        "Running periods",
        [Table(heads, body)],
        reader.tip(table),
        csv=view.download_last(table),
        note=f"Each ends with {form.day(view.span.last)}, the last day shown.",
    )


def _days(reader: Reader, view: View) -> Card:
    rows = reader.rows("app_sales", view.span, order=["-dt"], limit=DAYS_LISTED)
    names: list[tuple[str, str, Any]] = [
        ("gmv", "GMV", "money"),
        ("gmv_day_over_day", "On day before", "change"),
        ("gmv_week_over_week", "Week before", "change"),
        ("gmv_year_over_year", "Year before", "change"),
        ("paid_gmv", "Paid", "money"),
        ("net_sales", "Net", "money"),
        ("orders", "Orders", "count"),
        ("buyers", "Buyers", "count"),
        ("average_order_value", "AOV", "money"),
    ]
    heads = [Column("Day", "day")]
    heads += [Column(t, k, reader.tip("app_sales", n)) for n, t, k in names]
    body = [(row["dt"], *(row[n] for n, _, _ in names)) for row in rows]
    note = f"The newest {DAYS_LISTED}; the CSV file has all." if view.span.days > DAYS_LISTED else ""
    return Card("Day by day", [Table(heads, body, tall=True)], csv=view.download("app_sales"), note=note)


def _regions(reader: Reader, view: View) -> Card | None:
    return breakdown(
        reader,
        view,
        "Regions",
        "app_regions",
        "province",
        [("amount", "GMV", "money"), ("orders", "Orders", "count")],
        heading="Province",
    )


def _methods(reader: Reader, view: View) -> Card | None:
    return breakdown(
        reader,
        view,
        "Payment methods",
        "app_payment_methods",
        "method",
        [("amount", "Paid", "money"), ("orders", "Orders", "count")],
        heading="Method",
    )


def _coupons(reader: Reader, view: View) -> Card | None:
    return breakdown(
        reader,
        view,
        "Coupons",
        "app_coupons",
        "coupon_id",
        [("amount", "GMV", "money"), ("orders", "Orders", "count"), ("discount", "Discount", "money")],
        heading="Coupon",
    )


def _timing(reader: Reader, view: View) -> Card | None:
    table = "app_order_timing"
    if not reader.has(table):
        return None
    rows = reader.rows(table, view.span)
    series = {
        label: [_hours(row[f"median_seconds_to_{step}"]) for row in rows]
        for label, step in (("To pay", "pay"), ("To ship", "ship"), ("To deliver", "deliver"))
    }
    option = charts.line([row["dt"] for row in rows], series, "hours")
    return Card(
        "How long orders take",
        [Chart(option, "Median time to pay, ship and deliver by day", 260)],
        "Median time from order to payment, to shipping, to delivery; by the day of the order.",
        csv=view.download(table),
        note="Of the newest days only what is paid, shipped and delivered already counts: the quick ones.",
    )


def _hours(seconds: Decimal | None) -> float | None:
    return None if seconds is None else float(seconds) / 3600
