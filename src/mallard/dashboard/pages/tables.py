"""Any published table, the shop's own among them: its course by day, and its rows."""

from __future__ import annotations

from mallard.catalog import CatalogColumn, CatalogTable
from mallard.dashboard import charts
from mallard.dashboard import format as form
from mallard.dashboard.blocks import Block, Card, Chart, Column, Content, Empty, Link, Tab, Table
from mallard.dashboard.queries import Reader
from mallard.dashboard.view import View

PATH = "/tables/"
LISTED = 300
CHARTED = 8  # figures to choose from: more do not fit beside a title


def link(view: View, name: str) -> Link:
    """A table's name that leads to its page."""
    return Link(name, view.link(f"{PATH}{name}"))


def page(reader: Reader, view: View) -> Content:
    """One table: for one with a row a day the course of a figure, then the newest rows."""
    name = view.path.removeprefix(PATH)
    back = Link("Data quality", view.link("/quality"))
    if not reader.has(name):
        gone = Empty("There is no such table.", f"{name} is not among the published tables.")
        return Content("Table", [Card("", [gone])], timed=False, back=back)
    table = reader.store.catalogue[name]
    day = next((c.name for c in table.columns if c.type == "date" and c.name in table.key), "")
    blocks: list[Block] = []
    if table.key == (day,):
        blocks += _course(reader, view, table, day)
    blocks.append(_rows(reader, view, table, day))
    return Content(name, blocks, timed=bool(day), back=back)


def _course(reader: Reader, view: View, table: CatalogTable, day: str) -> list[Block]:
    figures = [c for c in table.columns if c.type.startswith(("bigint", "double", "decimal"))][:CHARTED]
    if not figures:
        return []
    chosen = view.get("column", tuple(column.name for column in figures))
    column = next(column for column in figures if column.name == chosen)
    found = {row[day]: row[chosen] for row in reader.rows(table.name, view.span, day=day)}
    days = view.span.all()
    values = [found.get(each) for each in days]
    option = charts.line(days, {chosen: values}, _kind(column))
    option["series"][0]["showSymbol"] = None in values  # a day between two without rows is a point
    tabs = [Tab(c.name, view.link(column=c.name), c is column) for c in figures if len(figures) > 1]
    return [Card(chosen, [Chart(option, f"{chosen} by day")], column.description, tabs=tabs)]


def _rows(reader: Reader, view: View, table: CatalogTable, day: str) -> Card:
    order = [f"-{day}", *(name for name in table.key if name != day)] if day else table.key
    rows = reader.rows(
        table.name, view.span if day else None, day=day or "dt", order=order, limit=LISTED, keep=False
    )
    heads = [Column(c.name, _kind(c), c.description) for c in table.columns]
    body = [tuple(_cell(row[c.name]) for c in table.columns) for row in rows]
    note = f"The first {LISTED}; the CSV file has all." if len(rows) == LISTED else ""
    csv = view.download(table.name) if day else f"/download/{table.name}.csv"
    return Card(table.grain, [Table(heads, body, tall=True)], table.description, csv=csv, note=note)


def _cell(value: object) -> object:
    return ("Yes" if value else "No") if isinstance(value, bool) else value


def _kind(column: CatalogColumn) -> form.Kind:
    return form.kind(column.name, column.type)
