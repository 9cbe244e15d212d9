"""Retention: who comes back, who is lost, who buys again."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import quote

from mallard.dashboard import format as form
from mallard.dashboard.blocks import Block, Card, Column, Content, Empty, HeatMap, Link, Tab, Table
from mallard.dashboard.metrics import Metric, beside, cards, headline, missing
from mallard.dashboard.queries import Reader
from mallard.dashboard.view import Span, View

METRICS = [
    Metric("churned", "Churned users", "app_churned_users", "churned_users", "count", good=False, behind=7),
    Metric("reactivated", "Came back", "app_churned_users", "reactivated_users", "count", behind=8),
    Metric("inactive", "Inactive users", "app_churned_users", "inactive_users", "count", "last", good=False),
]
PERIODS = {"week": "Weeks", "day": "Days", "month": "Months"}
COHORTS = 15
LISTED = 300


def page(reader: Reader, view: View) -> Content:
    """Cohorts, churn with the list of whom to write to, repurchase."""
    nothing = missing(reader, "app_retention", "app_churned_users")
    if nothing:
        return Content("Retention", [Card("", [nothing])])
    blocks: list[Block] = headline(reader, view, METRICS, 240)
    blocks += cards(_cohorts(reader, view))
    blocks += beside(_churned(reader, view), _repurchase(reader, view), shape="2-1")
    return Content("Retention", blocks)


def _cohorts(reader: Reader, view: View) -> Card | None:
    table = "app_retention"
    if not reader.has(table):
        return None
    period = view.get("cohorts", tuple(PERIODS))
    back = {"day": COHORTS, "week": 7 * COHORTS, "month": 31 * 13}[period]
    span = Span(view.span.last - timedelta(days=back - 1), view.span.last)
    rows = reader.rows(table, span, day="cohort_dt", period=period, order=["-cohort_dt", "period_number"])
    numbers = sorted({row["period_number"] for row in rows if row["period_number"] > 0})
    found: dict[object, dict[int, float | None]] = {}
    sizes = {}
    for row in rows:
        rate = None if row["rate"] is None else float(row["rate"])
        found.setdefault(row["cohort_dt"], {})[row["period_number"]] = rate
        sizes[row["cohort_dt"]] = row["cohort_size"]
    lines = [
        (form.day(cohort), sizes[cohort], [rates.get(number) for number in numbers])  # type: ignore[arg-type]
        for cohort, rates in found.items()
    ]
    tabs = [Tab(name, view.link(cohorts=key), key == period) for key, name in PERIODS.items()]
    unit = {"day": "Day", "week": "Week", "month": "Month"}[period]
    heat = HeatMap([f"{unit} {number}" for number in numbers], lines) if numbers else None
    block = heat or Empty("No cohort is old enough yet.", "A cohort shows once its next period is over.")
    return Card(
        "Who comes back",
        [block],
        reader.tip(table),
        csv=view.download(table, period=period),
        tabs=tabs,
        note="People by when they were first active, and the share of them active that much later.",
    )


def _churned(reader: Reader, view: View) -> Card | None:
    table = "app_churned_user_list"
    if not reader.has(table):
        return None
    rows = reader.rows(table, view.span, order=["-dt", "person_id"], limit=LISTED)
    heads = [
        Column("Lapsed on", "day", reader.tip(table, "dt")),
        Column("Last active", "day", reader.tip(table, "last_active_dt")),
        Column("Person", "text", reader.tip(table, "person_id")),
        Column("Platform", "text", reader.tip(table, "platform")),
        Column("Device", "text", reader.tip(table, "device_id")),
    ]
    customers = _customers(reader, [row["user_id"] for row in rows if row["user_id"]])
    body = [
        (
            row["dt"],
            row["last_active_dt"],
            Link(row["person_id"], view.link(f"/customers/{quote(row['user_id'], safe='')}"))
            if row["user_id"] in customers
            else row["person_id"],
            form.label("platform", row["platform"] or ""),
            row["device_id"],
        )
        for row in rows
    ]
    note = f"The newest {LISTED}; the CSV file has all." if len(rows) == LISTED else ""
    return Card(
        "Whom to win back",
        [Table(heads, body, "Nobody left in these days.", tall=True)],
        reader.tip(table),
        csv=view.download(table),
        note=note,
    )


def _customers(reader: Reader, ids: list[str]) -> set[str]:
    """Those of some ids that have a page of their own."""
    if not ids or not reader.has("dws_customer"):
        return set()
    return {
        row["customer_id"] for row in reader.rows("dws_customer", columns=["customer_id"], customer_id=ids)
    }


def _repurchase(reader: Reader, view: View) -> Card | None:
    table = "app_repurchase"
    if not reader.has(table):
        return None
    window = view.get("window", ("30", "7", "90"))
    rows = reader.rows(
        table, Span(view.span.last, view.span.last), window_days=int(window), order=["-buyers"]
    )
    heads = [
        Column("Category"),
        Column("Buyers", "count", reader.tip(table, "buyers")),
        Column("Again", "count", reader.tip(table, "repeat_buyers")),
        Column("Rate", "rate", reader.tip(table, "rate"), bar=True),
    ]
    body = [
        (
            "All" if row["category"] == "all" else form.label("category", row["category"]),
            row["buyers"],
            row["repeat_buyers"],
            row["rate"],
        )
        for row in rows
    ]
    tabs = [Tab(f"{days} days", view.link(window=days), days == window) for days in ("7", "30", "90")]
    return Card(
        "Bought again",
        [Table(heads, body)],
        reader.tip(table),
        csv=view.download_last(table, window_days=window),
        tabs=tabs,
    )
