"""The headline figures: where each comes from, how days add up to a span, and whether growth is welcome."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Literal

import sqlalchemy as sa

from mallard.dashboard import charts
from mallard.dashboard import format as form
from mallard.dashboard.blocks import Block, Card, Change, Chart, Column, Empty, Grid, Kpi, Kpis, Table
from mallard.dashboard.queries import Reader, Row
from mallard.dashboard.view import COMPARISONS, Span, View
from mallard.serving.tables import readable

SPARK_POINTS = 60
Value = int | float | Decimal | None


@dataclass(frozen=True)
class Metric:
    """One figure of a published table.

    how: 'sum' adds the days up; 'ratio' divides the sums of two columns; 'mean' averages the days; 'last'
    takes the last day. tip: the definition, where the catalogue's sentence for one day does not say it.
    behind: days before a day that it looks at; the warehouse's first ones cannot be compared with.
    """

    name: str
    label: str
    table: str
    top: str
    kind: form.Kind
    how: Literal["sum", "ratio", "mean", "last"] = "sum"
    bottom: str = ""
    good: bool | None = True
    tip: str = ""
    behind: int = 0
    equals: dict[str, Any] = field(default_factory=dict)

    def rows(self, reader: Reader, span: Span) -> dict[date, tuple[Value, Value]]:
        """Top and bottom by day."""
        columns = ["dt", self.top, *([self.bottom] if self.bottom else [])]
        found = reader.rows(self.table, span, columns=columns, order=["dt"], **self.equals)
        return {row["dt"]: (row[self.top], row[self.bottom] if self.bottom else None) for row in found}

    def value(self, reader: Reader, span: Span | None) -> Value:
        """The figure of a span; None where there is none."""
        if span is None:
            return None
        rows = [pair for pair in self.rows(reader, span).values() if pair[0] is not None]
        if not rows:
            return None
        if self.how == "last":
            return rows[-1][0]
        top = sum(pair[0] for pair in rows if pair[0] is not None)
        if self.how == "ratio":
            bottom = sum(pair[1] for pair in rows if pair[1] is not None)
            return _divide(top, bottom)
        return _divide(top, len(rows)) if self.how == "mean" else top

    def course(self, reader: Reader, span: Span) -> list[Value]:
        """The figure of each day of a span."""
        rows = self.rows(reader, span)
        pairs = [rows.get(day, (None, None)) for day in span.all()]
        if self.how == "ratio":
            return [None if top is None or bottom is None else _divide(top, bottom) for top, bottom in pairs]
        return [top for top, _ in pairs]

    def compared(self, view: View) -> Span | None:
        """The days to compare with; None where they, or the days that they look at, are not all there."""
        span = view.compare
        return span if span and span.first - timedelta(days=self.behind) >= view.known.first else None

    def definition(self, reader: Reader) -> str:
        said = self.tip or reader.tip(self.table, self.top)
        return f"{said} Average of the days shown." if self.how == "mean" else said


class Total(Metric):
    """A figure added up over all rows of a day."""

    def rows(self, reader: Reader, span: Span) -> dict[date, tuple[Value, Value]]:
        columns = [self.top, *([self.bottom] if self.bottom else [])]
        found = {row["dt"]: row for row in reader.sums(self.table, span, columns, by=["dt"])}
        nothing = dict.fromkeys(columns, 0)  # a day without rows is a day without anything
        rows = {day: found.get(day, nothing) for day in span.all()}
        return {day: (row[self.top], row[self.bottom] if self.bottom else None) for day, row in rows.items()}


class Conversion(Metric):
    """One step of the session funnel over another: two rows of a day, where other figures are two columns."""

    def rows(self, reader: Reader, span: Span) -> dict[date, tuple[Value, Value]]:
        steps: dict[date, dict[str, int]] = {}
        for row in reader.rows(self.table, span, unit="session", step=[self.top, self.bottom]):
            steps.setdefault(row["dt"], {})[row["step"]] = row["reached"]
        return {day: (found.get(self.top), found.get(self.bottom)) for day, found in steps.items()}


EVERY_APP = {"platform": "all", "app_version": "all"}
"""The row of app_crashes that counts every platform and version."""

CRASH_FREE = Metric(
    "crash_free",
    "Crash-free users",
    "app_crashes",
    "crash_free_users",
    "rate",
    "ratio",
    "active_users",
    equals=EVERY_APP,
)


def shown(metric: Metric, value: Value, shop: form.Format) -> str:
    """A figure in large type."""
    if metric.kind == "money":
        return shop.headline(value)
    return shop.cell(value, "average" if metric.how == "mean" else metric.kind)


def relative(now: Value, before: Value) -> float | None:
    """(now - before) / before; None where there is nothing to compare with."""
    if now is None or before is None or not before:
        return None
    return float(now) / float(before) - 1


def kpi(reader: Reader, view: View, metric: Metric, href: str = "", chosen: bool = False) -> Kpi:
    """A figure's card: value, change, course."""
    shop = form.Format(reader.publication.currency, reader.publication.timezone)
    now = metric.value(reader, view.span)
    compared = metric.compared(view)
    before = metric.value(reader, compared)
    change = None
    if compared is not None:
        against = "" if before is None else f"from {shown(metric, before, shop)}"
        change = Change(relative(now, before), metric.good, against)
    course = tuple(None if v is None else float(v) for v in metric.course(reader, view.span))
    return Kpi(
        metric.label,
        shown(metric, now, shop),
        metric.definition(reader),
        change,
        _thin(course) if view.span.days > 2 else (),
        href,
        chosen,
    )


def _thin(course: Sequence[float | None]) -> tuple[float | None, ...]:
    """A course in at most SPARK_POINTS points, each the mean of the days it stands for."""
    step = -(-len(course) // SPARK_POINTS)
    parts = [[v for v in course[n : n + step] if v is not None] for n in range(0, len(course), step)]
    return tuple(sum(part) / len(part) if part else None for part in parts)


def kpis(reader: Reader, view: View, metrics: Sequence[Metric], pick: str = "") -> Kpis:
    """A row of figures; with pick, each chooses itself for the chart below by that name in the address."""
    there = [metric for metric in metrics if reader.has(metric.table)]
    if not pick:
        return Kpis([kpi(reader, view, metric) for metric in there])
    chosen = view.get(pick, tuple(metric.name for metric in there))
    return Kpis([kpi(reader, view, m, view.link(**{pick: m.name}), m.name == chosen) for m in there])


def headline(reader: Reader, view: View, metrics: Sequence[Metric], height: int = 280) -> list[Block]:
    """A page's figures and the course of the chosen one; nothing where none of them is published."""
    there = [metric for metric in metrics if reader.has(metric.table)]
    if not there:
        return []
    chosen = view.get("metric", tuple(metric.name for metric in there))
    course = trend(reader, view, next(metric for metric in there if metric.name == chosen), height)
    return [kpis(reader, view, there, "metric"), course]


def trend(reader: Reader, view: View, metric: Metric, height: int = 280) -> Card:
    """A figure's course by day, with the compared days behind it."""
    before = None
    compared = metric.compared(view)
    if compared is not None:
        before = (compared.all(), metric.course(reader, compared))
    days = view.span.all()
    course = metric.course(reader, view.span)
    note = f"Dashed: {COMPARISONS[view.comparison].lower()}." if before else ""
    option = charts.line(days, {metric.label: course}, metric.kind, before=before)
    known = [value for value in course if value is not None]
    if metric.kind == "rate" and known and min(known) > 0.5:
        option["yAxis"]["scale"] = True  # 99.1 and 99.4 % look the same on an axis from zero
    if len(days) == 1:
        option = charts.bars([form.day(days[0])], {metric.label: course}, metric.kind)
    return Card(
        metric.label,
        [Chart(option, f"{metric.label} by day", height)],
        metric.definition(reader),
        csv=view.download(metric.table, **{k: str(v) for k, v in metric.equals.items()}),
        note=note,
    )


def breakdown(
    reader: Reader,
    view: View,
    title: str,
    table: str,
    by: str,
    columns: Sequence[tuple[str, str, form.Kind]],
    *,
    heading: str,
    limit: int = 12,
    **equals: Any,
) -> Card | None:
    """A table of sums by one column; None where the table is not published. columns: column, title, kind."""
    if not reader.has(table):
        return None
    rows = reader.sums(table, view.span, [c for c, _, _ in columns], by=[by], limit=limit, **equals)
    heads = [Column(heading, "text", reader.tip(table, by))]
    heads += [
        Column(name, kind, reader.tip(table, c), bar=n == 0) for n, (c, name, kind) in enumerate(columns)
    ]
    body: list[tuple[Any, ...]] = [
        (form.label(by, row[by]), *(row[c] for c, _, _ in columns)) for row in rows
    ]
    return Card(title, [Table(heads, body)], reader.tip(table), csv=view.download(table, **equals))


def attribute(reader: Reader, view: View, dimension: str, title: str, limit: int = 8) -> Card | None:
    """What people use. The shares are of all users of the days shown, 'unknown' among the values."""
    table = "app_audience"
    if not reader.has(table):
        return None
    every = reader.sums(table, view.span, ["users"], by=["dimension", "value"])
    rows = [row for row in every if row["dimension"] == dimension]
    whole = sum(row["users"] for row in rows)
    body = [
        (form.label(dimension, row["value"]), row["users"] / view.span.days, row["users"] / whole)
        for row in rows[:limit]
    ]
    heads = [Column(title), Column("Users a day", "average", bar=True), Column("Share", "rate")]
    csv = view.download(table, dimension=dimension)
    return Card(title, [Table(heads, body)], reader.tip(table, "value"), csv=csv)


def cards(*maybe: Card | None) -> list[Card]:
    """Those that are there."""
    return [card for card in maybe if card is not None]


def beside(*maybe: Card | None, shape: Literal["2", "3", "2-1"] = "2") -> list[Block]:
    """Those that are there, side by side."""
    found = cards(*maybe)
    return [Grid(found, shape)] if found else []


def products(reader: Reader, span: Span | None = None) -> dict[str, Row]:
    """What each product sold in a span (or ever) was last called, and where it belonged, by its id."""
    if not reader.has("app_product_sales"):
        return {}
    source = readable(reader.store.catalogue["app_product_sales"])
    newest = sa.select(source.c.product_id, sa.func.max(source.c.dt).label("newest"))
    if span is not None:
        newest = newest.where(source.c.dt.between(span.first, span.last))
    last = newest.group_by(source.c.product_id).subquery()
    same = sa.and_(source.c.product_id == last.c.product_id, source.c.dt == last.c.newest)
    names = ("product_id", "product_name", "level1_name", "level3_name", "brand")
    rows = reader.run(sa.select(*(source.c[name] for name in names)).join(last, same))
    return {row["product_id"]: row for row in rows}


def product_name(known: dict[str, Row], product_id: str) -> str:
    """A product's name; its id where the catalogue does not know it."""
    return (known.get(product_id) or {}).get("product_name") or product_id


def missing(reader: Reader, *tables: str) -> Empty | None:
    """What to say where a page's tables are not published; None where one of them is."""
    if any(reader.has(table) for table in tables):
        return None
    return Empty(
        "This page has no data yet.",
        f"It shows {', '.join(tables)}: run 'mallard build' and 'mallard publish' to fill them.",
    )


def _divide(top: Any, bottom: Any) -> Value:
    if not bottom:
        return None
    return Decimal(top) / Decimal(bottom)
