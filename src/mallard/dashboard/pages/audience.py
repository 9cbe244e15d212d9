"""Audience: who comes, with what, how often."""

from __future__ import annotations

from mallard.dashboard import charts
from mallard.dashboard import format as form
from mallard.dashboard.blocks import Block, Card, Chart, Column, Content, Table
from mallard.dashboard.metrics import Metric, attribute, beside, cards, headline, missing
from mallard.dashboard.queries import Reader
from mallard.dashboard.view import Span, View

METRICS = [
    Metric("dau", "Active users a day", "app_active_users", "dau", "count", "mean"),
    Metric("wau", "Weekly active users", "app_active_users", "wau", "count", "last"),
    Metric("mau", "Monthly active users", "app_active_users", "mau", "count", "last"),
    Metric("stickiness", "Stickiness", "app_active_users", "dau", "rate", "ratio", "mau", tip="dau / mau."),
    Metric("new", "New users", "app_daily_users", "new_users", "count"),
    Metric("opens", "App opens", "app_open_count", "opens", "count"),
    Metric("opens_per_user", "Opens per person", "app_open_count", "opens", "number", "ratio", "users"),
]
DIMENSIONS = {
    "platform": "Platform",
    "os": "Operating system",
    "android_version": "Android version",
    "ios_version": "iOS version",
    "brand": "Brand",
    "model": "Model",
    "network": "Network",
    "app_version": "App version",
    "screen": "Screen",
}
PERIODS = {
    "day": "Day",
    "week": "Week to date",
    "month": "Month to date",
    "quarter": "Quarter to date",
    "year": "Year to date",
}


def page(reader: Reader, view: View) -> Content:
    """Active users and what they use."""
    nothing = missing(reader, "app_active_users", "app_daily_users", "app_audience")
    if nothing:
        return Content("Audience", [Card("", [nothing])])
    blocks: list[Block] = headline(reader, view, METRICS)
    blocks += beside(_new_and_returning(reader, view), _opens(reader, view), shape="2-1")
    blocks += beside(*(attribute(reader, view, name, title) for name, title in DIMENSIONS.items()), shape="3")
    blocks += cards(_new_users(reader, view))
    return Content("Audience", blocks)


def _new_and_returning(reader: Reader, view: View) -> Card | None:
    table = "app_daily_users"
    if not reader.has(table):
        return None
    rows = reader.rows(table, view.span)
    series = {
        "Returning": [row["returning_users"] for row in rows],
        "New": [row["new_users"] for row in rows],
    }
    option = charts.bars([f"{r['dt'].day} {r['dt']:%b %Y}" for r in rows], series, "count", stacked=True)
    return Card(
        "New and returning",
        [Chart(option, "New and returning users by day", 260)],
        reader.tip(table),
        csv=view.download(table),
    )


def _opens(reader: Reader, view: View) -> Card | None:
    table = "app_open_distribution"
    if not reader.has(table):
        return None
    rows = {r["bucket"]: r for r in reader.sums(table, view.span, ["users", "total_users"], by=["bucket"])}
    heads = [
        Column("Opens a day"),
        Column("People a day", "average", reader.tip(table, "users"), bar=True),
        Column("Share", "rate", reader.tip(table, "share")),
    ]
    body = [
        (
            label,
            rows[key]["users"] / view.span.days,
            rows[key]["users"] / rows[key]["total_users"] if rows[key]["total_users"] else None,
        )
        for key, label in (("1", "Once"), ("2", "Twice"), ("3+", "Three times or more"))
        if key in rows
    ]
    return Card("Opens per person", [Table(heads, body)], reader.tip(table), csv=view.download(table))


def _new_users(reader: Reader, view: View) -> Card | None:
    table = "app_new_users"
    if not reader.has(table):
        return None
    rows = {row["period"]: row for row in reader.rows(table, Span(view.span.last, view.span.last))}
    heads = [
        Column("Period"),
        Column("New users", "count", reader.tip(table, "new_users")),
        Column("Period before", "count", reader.tip(table, "previous_period")),
        Column("Change", "change"),
        Column("Year before", "count", reader.tip(table, "last_year")),
        Column("Year on year", "change"),
    ]
    body = [
        (
            label,
            rows[key]["new_users"],
            rows[key]["previous_period"],
            rows[key]["change_rate"],
            rows[key]["last_year"],
            rows[key]["yoy_rate"],
        )
        for key, label in PERIODS.items()
        if key in rows
    ]
    return Card(
        "New users by period",
        [Table(heads, body)],
        reader.tip(table),
        csv=view.download_last(table),
        note=f"Each ends with {form.day(view.span.last)}, the last day shown.",
    )
