"""Traffic: where sessions come from and which way they take."""

from __future__ import annotations

from typing import Any

from mallard.dashboard import format as form
from mallard.dashboard.blocks import Block, Card, Column, Content, Tab, Table
from mallard.dashboard.metrics import Total, cards, headline, missing
from mallard.dashboard.queries import Reader
from mallard.dashboard.view import View

BY = {"channel": "Channels", "source": "Sources", "medium": "Media", "campaign": "Campaigns"}


METRICS = [
    Total("sessions", "Sessions", "app_traffic", "sessions", "count"),
    Total("page_views", "Page views", "app_traffic", "page_views", "count"),
    Total(
        "bounce", "Bounce rate", "app_traffic", "bounced_sessions", "rate", "ratio", "sessions", good=False
    ),
    Total("orders", "Orders", "app_traffic", "orders", "count"),
    Total("sales", "Sales", "app_traffic", "sales", "money"),
]


def page(reader: Reader, view: View) -> Content:
    """Sessions by origin, and the first steps through the shop."""
    nothing = missing(reader, "app_traffic")
    if nothing:
        return Content("Traffic", [Card("", [nothing])])
    blocks: list[Block] = headline(reader, view, METRICS)
    blocks += cards(_origins(reader, view), _paths(reader, view))
    return Content("Traffic", blocks)


def _origins(reader: Reader, view: View) -> Card:
    table = "app_traffic"
    by = view.get("by", tuple(BY))
    names = ["sessions", "page_views", "bounced_sessions", "orders", "sales"]
    rows = reader.sums(table, view.span, names, by=[by], limit=50)
    heads = [
        Column(BY[by][:-1] if by != "medium" else "Medium", "text", reader.tip(table, by)),
        Column("Sessions", "count", reader.tip(table, "sessions"), bar=True),
        Column("Page views", "count", reader.tip(table, "page_views")),
        Column("Bounce rate", "rate", reader.tip(table, "bounced_sessions")),
        Column("Orders", "count", reader.tip(table, "orders")),
        Column("Conversion", "rate", "orders / sessions."),
        Column("Sales", "money", reader.tip(table, "sales")),
    ]
    body = [
        (
            form.label(by, r[by]),
            r["sessions"],
            r["page_views"],
            _share(r["bounced_sessions"], r["sessions"]),
            r["orders"],
            _share(r["orders"], r["sessions"]),
            r["sales"],
        )
        for r in rows
    ]
    tabs = [Tab(name, view.link(by=key), key == by) for key, name in BY.items()]
    return Card(
        "Where sessions come from",
        [Table(heads, body)],
        reader.tip(table),
        csv=view.download(table),
        tabs=tabs,
    )


def _paths(reader: Reader, view: View) -> Card | None:
    table = "app_page_path"
    if not reader.has(table):
        return None
    step = view.get("step", ("1", "2", "3", "4", "5", "6"))
    rows = reader.sums(table, view.span, ["sessions"], by=["from_page", "to_page"], limit=15, step=int(step))
    heads = [
        Column("From"),
        Column("To"),
        Column("Sessions", "count", reader.tip(table, "sessions"), bar=True),
    ]
    body = [(row["from_page"], row["to_page"], row["sessions"]) for row in rows]
    tabs = [Tab(f"Step {n}", view.link(step=str(n)), str(n) == step) for n in range(1, 7)]
    return Card(
        "Which way they take",
        [Table(heads, body)],
        reader.tip(table),
        csv=view.download(table, step=step),
        tabs=tabs,
    )


def _share(part: Any, whole: Any) -> float | None:
    return part / whole if whole else None
