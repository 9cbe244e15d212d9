"""Data quality: what came in, what became of it, how fresh it is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from mallard.dashboard.blocks import Block, Card, Column, Content, Table
from mallard.dashboard.metrics import Total, headline, missing
from mallard.dashboard.pages import tables
from mallard.dashboard.queries import Reader
from mallard.dashboard.view import Span, View

TABLE = "app_data_quality"
METRICS = [
    Total("received", "Received", TABLE, "received", "count", good=None),
    Total("landed", "Landed", TABLE, "landed", "count", good=None),
    Total("quarantined", "Quarantined", TABLE, "quarantined", "count", good=False),
    Total("duplicates", "Duplicates", TABLE, "duplicates", "count", good=False),
    Total("late", "Late", TABLE, "late", "count", good=False),
    Total("bots", "Bots", TABLE, "bots", "count", good=None),
    Total("time_corrected", "Time corrected", TABLE, "time_corrected", "count", good=None),
]


def page(reader: Reader, view: View) -> Content:
    """The accounts of arrival, by source."""
    nothing = missing(reader, TABLE)
    if nothing:
        return Content("Data quality", [Card("", [nothing])])
    view = _to_the_newest(reader, view)
    blocks: list[Block] = headline(reader, view, METRICS, 240)
    blocks += [_sources(reader, view), _tables(reader, view)]
    return Content("Data quality", blocks)


def _to_the_newest(reader: Reader, view: View) -> View:
    """The last business day's records may arrive after it: a view that reaches it shows their arrival too."""
    newest = reader.rows(TABLE, columns=["dt"], order=["-dt"], limit=1)
    if not newest or view.span.last < view.known.last or newest[0]["dt"] <= view.span.last:
        return view
    return replace(view, span=Span(view.span.first, newest[0]["dt"]))


def _sources(reader: Reader, view: View) -> Card:
    names = [metric.top for metric in METRICS]
    rows = reader.sums(TABLE, view.span, names, by=["source"])
    newest: dict[str, Any] = {}
    for row in reader.rows(TABLE, columns=["source", "freshness"], order=["dt"]):
        newest[row["source"]] = row["freshness"] or newest.get(row["source"])
    heads = [Column("Source", "text", reader.tip(TABLE, "source"))]
    heads += [Column(m.label, "count", reader.tip(TABLE, m.top), bar=m.name == "received") for m in METRICS]
    heads.append(Column("Newest record", "instant", "Newest record ever received from this source."))
    body = [(row["source"], *(row[name] for name in names), newest.get(row["source"])) for row in rows]
    return Card(
        "By source",
        [Table(heads, body, "Nothing arrived in these days.")],
        reader.tip(TABLE),
        csv=view.download(TABLE),
    )


def _tables(reader: Reader, view: View) -> Card:
    held = reader.publication
    rows = [
        (tables.link(view, name) if reader.has(name) else name, count, reader.tip(name))
        for name, count in sorted(held.tables.items())
    ]
    heads = [Column("Table"), Column("Rows", "count"), Column("What it holds", whole=True)]
    note = f"Build {held.build_id} by {held.engine}; every table comes from it. A name shows the table."
    return Card("Published tables", [Table(heads, list(rows), tall=True)], note=note)
