"""Customers: the best ones, segments, and everything known about one of them."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, unquote

import sqlalchemy as sa

from mallard.catalog import CatalogColumn
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
    Grid,
    Kpi,
    Kpis,
    Link,
    Search,
    Table,
)
from mallard.dashboard.metrics import cards, missing
from mallard.dashboard.queries import Reader, Row
from mallard.dashboard.view import Span, View
from mallard.serving.tables import readable

TABLE = "dws_customer"
FOUND = 25
SEARCHED = ("customer_id", "name", "email", "phone")
LISTED = ("name", "province", "segment", "orders", "order_amount", "last_order_at")
HEADLINE = ("orders", "order_amount", "average_order_value", "refund_amount", "recency_days", "segment")
SUBJECTS = {
    "Orders": ("first_order_at", "last_order_at", "paid_orders", "paid_amount", "cancelled_orders"),
    "Activity": ("first_active_dt", "last_active_dt", "active_days", "registered_at", "is_blocked"),
    "Who it is": ("customer_id", "name", "gender", "birth_date", "email", "phone"),
    "Address": ("recipient", "address", "province", "country"),
    "Profile": (
        "is_pregnant",
        "has_children",
        "has_car",
        "phone_brand",
        "phone_count",
        "phone_change_count",
        "weight_kg",
        "height_cm",
    ),
}


def page(reader: Reader, view: View) -> Content:
    """Search, the best customers, and the segments."""
    nothing = missing(reader, TABLE, "app_customer_segments")
    if nothing:
        return Content("Customers", [Card("", [nothing])], timed=False)
    blocks: list[Block] = list(cards(_search(reader, view), _segments(reader, view)))
    return Content("Customers", blocks, timed=False)


def one(reader: Reader, view: View) -> Content:
    """Everything known about one customer: the headline figures, then every column by subject."""
    key = unquote(view.path.removeprefix("/customers/"))
    back = Link("Customers", view.link("/customers"))
    rows = reader.rows(TABLE, customer_id=key) if reader.has(TABLE) else []
    if not rows:
        gone = Empty("There is no such customer.", f"No customer has the id {key}.")
        return Content("Customer", [Card("", [gone])], timed=False, back=back)
    row = rows[0]
    left = {c.name: c for c in reader.store.catalogue[TABLE].columns}
    headline = [_kpi(reader, left.pop(name), row) for name in HEADLINE if name in left]
    blocks: list[Block] = [Kpis(headline)] if headline else []
    subjects = []
    for title, names in SUBJECTS.items():
        there = [left.pop(name) for name in names if name in left]
        if there:
            subjects.append(Card(title, [_facts(reader, there, row)]))
    if left:
        subjects.append(Card("More", [_facts(reader, list(left.values()), row)]))
    blocks.append(Grid(subjects, "2"))
    return Content(str(row.get("name") or key), blocks, timed=False, back=back)


def _kpi(reader: Reader, column: CatalogColumn, row: Row) -> Kpi:
    return Kpi(_title(column.name), _shown(reader, column, row[column.name]), column.description)


def _facts(reader: Reader, columns: list[CatalogColumn], row: Row) -> Facts:
    return Facts([(_title(c.name), _shown(reader, c, row[c.name]), c.description) for c in columns])


def _shown(reader: Reader, column: CatalogColumn, value: Any) -> str:
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if column.name == "segment" and value:
        return _title(value)
    shop = form.Format(reader.publication.currency, reader.publication.timezone)
    return shop.cell(value, form.kind(column.name, column.type))


def _search(reader: Reader, view: View) -> Card | None:
    if not reader.has(TABLE):
        return None
    query = view.params.get("q", "").strip()
    rows = _matching(reader, query)
    known = {c.name: c for c in reader.store.catalogue[TABLE].columns}
    names = [name for name in LISTED if name in known]
    heads = [Column("Customer")]
    heads += [Column(_title(n), form.kind(n, known[n].type), known[n].description) for n in names]
    body = [(_link(view, row["customer_id"]), *(_listed(row, name) for name in names)) for row in rows]
    note = f"The first {FOUND}; search for more." if len(rows) == FOUND else ""
    none = f"No customer matches “{query}”." if query else "The shop has no customers yet."
    found = Table(heads, body, none)
    return Card("", [Search(query, "Search by id, name, email or phone"), found], note=note)


def _link(view: View, key: str) -> Link:
    return Link(key, view.link(f"/customers/{quote(key, safe='')}"))


def _listed(row: Row, name: str) -> Any:
    return _title(row[name]) if name == "segment" and row[name] else row[name]


def _matching(reader: Reader, query: str) -> list[Row]:
    """Customers whose id, name, email or phone holds a text; all of them without one; the best first."""
    source = readable(reader.store.catalogue[TABLE])
    best = [source.c.order_amount.desc()] if "order_amount" in source.c else []
    select = sa.select(source).order_by(*best, source.c.customer_id).limit(FOUND)
    if query:
        exact = reader.rows(TABLE, customer_id=query)
        if exact:
            return exact
        columns = [source.c[name] for name in SEARCHED if name in source.c]
        as_is = [column.contains(query, autoescape=True) for column in columns]  # SQLite lowers ASCII only
        lower = [sa.func.lower(column).contains(query.lower(), autoescape=True) for column in columns]
        select = select.where(sa.or_(*as_is, *lower))
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
        Column("Customers", "count", reader.tip(table, "customers"), bar=True),
        Column("Sales so far", "money", reader.tip(table, "sales")),
    ]
    body: list[tuple[Any, ...]] = [
        (label, row["customers"], row["sales"]) for label, row in zip(labels, rows, strict=True)
    ]
    return Card(
        "Segments",
        [Chart(option, "Customers by segment", 220), Table(heads, body)],
        reader.tip(table),
        csv=view.download_last(table),
        note=f"As of {form.day(view.span.last)}.",
    )


def _title(name: str) -> str:
    """A column's or segment's name as people write it."""
    return name.removesuffix("_dt").removesuffix("_at").replace("_", " ").capitalize()
