"""App health: crashes, and who is spared."""

from __future__ import annotations

from typing import Any

from mallard.dashboard import charts
from mallard.dashboard import format as form
from mallard.dashboard.blocks import Block, Card, Chart, Column, Content, Table
from mallard.dashboard.metrics import CRASH_FREE, EVERY_APP, Metric, headline, missing
from mallard.dashboard.queries import Reader, Row
from mallard.dashboard.view import View

METRICS = [
    CRASH_FREE,
    Metric("crashes", "Crashes", "app_crashes", "crashes", "count", good=False, equals=EVERY_APP),
    Metric(
        "affected",
        "Affected users a day",
        "app_crashes",
        "affected_users",
        "count",
        "mean",
        good=False,
        equals=EVERY_APP,
    ),
    Metric("active", "Active users a day", "app_crashes", "active_users", "count", "mean", equals=EVERY_APP),
]


def page(reader: Reader, view: View) -> Content:
    """The crash-free rate and crashes by platform and version."""
    nothing = missing(reader, "app_crashes")
    if nothing:
        return Content("App health", [Card("", [nothing])])
    blocks: list[Block] = headline(reader, view, METRICS)
    blocks += [_versions(reader, view), _platforms(reader, view)]
    return Content("App health", blocks)


def _versions(reader: Reader, view: View) -> Card:
    table = "app_crashes"
    names = ["crashes", "affected_users", "active_users", "crash_free_users"]
    rows = reader.sums(table, view.span, names, by=["platform", "app_version"])
    heads = [
        Column("Platform"),
        Column("Version", "text", reader.tip(table, "app_version")),
        Column("Crashes", "count", reader.tip(table, "crashes"), bar=True),
        Column("Affected a day", "average", reader.tip(table, "affected_users")),
        Column("Active a day", "average", reader.tip(table, "active_users")),
        Column("Crash-free users", "rate", reader.tip(table, "crash_free_user_rate")),
    ]
    days = view.span.days
    body: list[tuple[Any, ...]] = [
        (
            form.label("platform", r["platform"]),
            "all versions" if r["app_version"] == "all" else form.label("app_version", r["app_version"]),
            r["crashes"],
            r["affected_users"] / days,
            r["active_users"] / days,
            r["crash_free_users"] / r["active_users"] if r["active_users"] else None,
        )
        for r in _by_platform(rows)
    ]
    return Card(
        "By platform and version",
        [Table(heads, body, "No active users in these days.")],
        reader.tip(table),
        csv=view.download(table),
    )


def _by_platform(rows: list[Row]) -> list[Row]:
    """The platforms with most crashes first; of each its sum, then its versions with most crashes first."""
    most: dict[str, int] = {}
    for row in rows:
        most[row["platform"]] = max(most.get(row["platform"], 0), row["crashes"])
    kept = [row for row in rows if row["platform"] != "all"]
    return sorted(
        kept,
        key=lambda r: (-most[r["platform"]], r["platform"], r["app_version"] != "all", -r["crashes"]),
    )


def _platforms(reader: Reader, view: View) -> Card:
    table = "app_crashes"
    rows = reader.rows(table, view.span, columns=["dt", "platform", "crashes"], app_version="all")
    platforms = sorted({r["platform"] for r in rows} - {"all"})
    found = {(r["dt"], r["platform"]): r["crashes"] for r in rows}
    days = view.span.all()
    series = {form.label("platform", name): [found.get((day, name), 0) for day in days] for name in platforms}
    option = charts.bars([f"{day.day} {day:%b %Y}" for day in days], series, "count", stacked=True)
    return Card(
        "Crashes by day", [Chart(option, "Crashes by day and platform", 240)], reader.tip(table, "crashes")
    )
