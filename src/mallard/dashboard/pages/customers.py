"""Customers: segments, and everything known about one of them."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, unquote

import sqlalchemy as sa

from mallard.dashboard import charts
from mallard.dashboard import format as form
from mallard.dashboard.blocks import (
    Block,
    Card,
    Chart,
    Column,
    Content,
    Empty,
    Facts,
    Kind,
    Link,
    Search,
    Table,
)
from mallard.dashboard.metrics import cards, missing
from mallard.dashboard.queries import Reader, Row
from mallard.dashboard.view import Span, View
from mallard.serving.tables import readable

TABLE = "dws_customer"
FOUND = 50
SEARCHED = ("customer_id", "name", "email", "phone")


def page(reader: Reader, view: View) -> Content:
    """Search, and the segments."""
    nothing = missing(reader, TABLE, "app_customer_segments")
    if nothing:
        return Content("Customers", [Card("", [nothing])], timed=False)
    blocks: list[Block] = list(cards(_search(reader, view), _segments(reader, view)))
    return Content("Customers", blocks, timed=False)


def one(reader: Reader, view: View) -> Content:
    """All columns of one customer."""
    key = unquote(view.path.removeprefix("/customers/"))
    back = Link("Customers", view.link("/customers"))
    rows = reader.rows(TABLE, customer_id=key) if reader.has(TABLE) else []
    if not rows:
        gone = Empty("There is no such customer.", f"No customer has the id {key}.")
        return Content("Customer", [Card("", [gone])], timed=False, back=back)
    row = rows[0]
    shop = form.Format(reader.publication.currency, reader.publication.timezone)
    facts = [
        (_title(c.name), shop.cell(row[c.name], _kind(c.name, c.type)), c.description)
        for c in reader.store.catalogue[TABLE].columns
    ]
    csv = view.download(TABLE, customer_id=key)
    return Content(
        str(row.get("name") or key),
        [Card("Everything known", [Facts(facts)], reader.tip(TABLE), csv=csv)],
        timed=False,
        back=back,
    )


def _search(reader: Reader, view: View) -> Card | None:
    if not reader.has(TABLE):
        return None
    query = view.params.get("q", "").strip()
    rows = _matching(reader, query)
    heads, names = _listed(reader)
    body = [
        (
            Link(str(row["customer_id"]), view.link(f"/customers/{quote(str(row['customer_id']), safe='')}")),
            *(row[name] for name in names),
        )
        for row in rows
    ]
    note = f"The first {FOUND}; search for more." if len(rows) == FOUND else ""
    found = Table(heads, body, f"No customer matches “{query}”.")
    return Card("", [Search(query, "Search by id, name, email or phone"), found], note=note)


def _listed(reader: Reader) -> tuple[list[Column], list[str]]:
    """The columns of the list: the first that say who it is and what was bought, as far as there are any."""
    wanted = (
        "name",
        "email",
        "province",
        "segment",
        "rfm_segment",
        "orders",
        "order_count",
        "total_amount",
        "last_order_at",
        "last_order_dt",
    )
    known = {c.name: c for c in reader.store.catalogue[TABLE].columns}
    names = [name for name in wanted if name in known]
    heads = [Column("Customer")]
    heads += [Column(_title(n), _kind(n, known[n].type), known[n].description) for n in names]
    return heads, names


def _matching(reader: Reader, query: str) -> list[Row]:
    table = reader.store.catalogue[TABLE]
    source = readable(table)
    select = sa.select(source).order_by(source.c.customer_id).limit(FOUND)
    columns = [source.c[name] for name in SEARCHED if name in source.c]
    if query:
        exact = reader.rows(TABLE, customer_id=query)
        if exact:
            return exact
        pattern = sa.func.lower(query)
        select = select.where(
            sa.or_(*(sa.func.lower(c).contains(pattern, autoescape=False) for c in columns))
        )
    return reader.run(select)


def _segments(reader: Reader, view: View) -> Card | None:
    table = "app_customer_segments"
    if not reader.has(table):
        return None
    rows = reader.rows(table, Span(view.span.last, view.span.last), order=["-customers"])
    labels = [_title(row["segment"]) for row in rows]
    option = charts.bars(labels, {"Customers": [row["customers"] for row in rows]}, "count")
    heads = [
        Column("Segment", "text", reader.tip(table, "segment")),
        Column("Customers", "count", bar=True),
        Column("Sales so far", "money", reader.tip(table, "sales")),
    ]
    body: list[tuple[Any, ...]] = [
        (label, row["customers"], row["sales"]) for label, row in zip(labels, rows, strict=True)
    ]
    return Card(
        "Segments",
        [Chart(option, "Customers by segment", 220), Table(heads, body)],
        reader.tip(table),
        csv=view.download(table),
        note=f"As of {view.span.last.isoformat()}.",
    )


def _title(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _kind(name: str, declared: str) -> Kind:
    if declared == "timestamp":
        return "instant"
    if declared == "date":
        return "day"
    if declared == "bigint":
        return "count"
    if declared.startswith("decimal"):
        return "rate" if name.endswith(("rate", "share")) else "money"
    return "number" if declared == "double" else "text"
