"""Blocks as HTML. Every text from the outside goes through :func:`escape`; nothing else writes markup."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from html import escape
from typing import Any

from mallard.dashboard import format as form
from mallard.dashboard.blocks import (
    Change,
    Column,
    Empty,
    Facts,
    HeatMap,
    Kpi,
    Kpis,
    Link,
    Search,
    Steps,
    Tab,
    Table,
)

NUMERIC = {"count", "money", "rate", "seconds", "number", "change", "average"}
LONG_TEXT = 60
LONG_FIGURE = 12
"""Characters from which on a table's text is cut, and a figure is written smaller."""
INFO = (
    '<svg viewBox="0 0 16 16" aria-hidden="true"><circle cx="8" cy="8" r="6.4" fill="none"/>'
    '<path d="M8 7.2v4M8 4.9v.2"/></svg>'
)


def tip(text: str) -> str:
    """A small sign that shows a definition when pointed at or reached by keyboard."""
    if not text:
        return ""
    said = escape(text)
    return f'<span class="tip" tabindex="0" role="note" aria-label="{said}" data-tip="{said}">{INFO}</span>'


def change(value: Change | None) -> str:
    """An arrow with the sign and the size; green where it is welcome, red where not."""
    if value is None:
        return ""
    if value.rate is None:
        return '<span class="change none">–</span>'
    flat = abs(value.rate) < 0.0005
    up = value.rate > 0
    mood = "flat" if flat or value.good is None else "good" if up == value.good else "bad"
    arrow = (
        ""
        if flat
        else f'<svg viewBox="0 0 10 10" aria-hidden="true"><path d="{_UP if up else _DOWN}"/></svg>'
    )
    return f'<span class="change {mood}">{arrow}{form.change(0 if flat else value.rate)}</span>'


_UP, _DOWN = "M5 1.5 9 8.5H1z", "M5 8.5 1 1.5h8z"


def kpis(block: Kpis) -> str:
    cards = "".join(_kpi(card) for card in block.cards)
    wide = {7: 4, 8: 4, 9: 5, 10: 5}.get(len(block.cards), len(block.cards))
    return f'<div class="kpis"><div class="kpis-in" style="--wide:{wide}">{cards}</div></div>'


def _kpi(card: Kpi) -> str:
    against = f'<span class="against">{escape(card.change.against)}</span>' if card.change else ""
    long = " long" if len(card.value) > LONG_FIGURE else ""
    inner = (
        f'<span class="kpi-label">{escape(card.label)}{tip(card.tip)}</span>'
        f'<span class="kpi-value{long}">{escape(card.value)}</span>'
        f'<span class="kpi-foot">{change(card.change)}{against}</span>{spark(card.spark)}'
    )
    chosen = " chosen" if card.chosen else ""
    name = escape(card.label.lower().replace(" ", "-"))
    if card.href:
        return f'<a class="kpi{chosen}" data-kpi="{name}" href="{escape(card.href)}">{inner}</a>'
    return f'<div class="kpi" data-kpi="{name}">{inner}</div>'


def spark(values: Sequence[float | None]) -> str:
    """A course in small, without axes."""
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return ""
    low, high = min(known), max(known)
    reach = (high - low) or 1
    step = 100 / (len(values) - 1)
    points = [
        f"{n * step:.1f},{26 - (value - low) / reach * 22:.1f}"
        for n, value in enumerate(values)
        if value is not None
    ]
    line = " ".join(points)
    area = f"{points[0].split(',')[0]},30 {line} {points[-1].split(',')[0]},30"
    return (
        '<svg class="spark" viewBox="0 0 100 30" preserveAspectRatio="none" aria-hidden="true">'
        f'<polygon points="{area}"/><polyline points="{line}"/></svg>'
    )


def table(block: Table, shop: form.Format) -> str:
    """A table whose heads sort; numbers stand right."""
    if not block.rows:
        return empty(Empty(block.empty))
    heads = "".join(f'<th class="{_side(c)}" aria-sort="none">{_head(c)}</th>' for c in block.columns)
    rows = "".join(f"<tr>{cells}</tr>" for cells in _rows(block, shop))
    tall = ' tall" tabindex="0' if block.tall else ""  # scrolls, so the keyboard must reach it
    return (
        f'<div class="table{tall}"><table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>'
    )


def _head(column: Column) -> str:
    """Title and definition; on the left of numbers, so that the title stands right above them."""
    parts = [f'<button type="button">{escape(column.title)}</button>', tip(column.tip)]
    return "".join(reversed(parts) if column.kind in NUMERIC else parts)


def _rows(block: Table, shop: form.Format) -> Iterator[str]:
    """Each row's cells; the first text carries a bar as long as the row's share of the barred column."""
    measured = next((place for place, column in enumerate(block.columns) if column.bar), None)
    carrier = next((place for place, column in enumerate(block.columns) if column.kind == "text"), 0)
    peak = 0.0
    if measured is not None:
        peak = max((float(row[measured]) for row in block.rows if row[measured] is not None), default=0.0)
    for row in block.rows:
        share = max(float(row[measured] or 0), 0) / peak if measured is not None and peak > 0 else None
        yield "".join(
            _cell(value, column, share if place == carrier else None, shop)
            for place, (value, column) in enumerate(zip(row, block.columns, strict=True))
        )


def _side(column: Column) -> str:
    if column.kind in ("day", "instant"):
        return "when"
    return "num" if column.kind in NUMERIC else "text"


def _cell(value: Any, column: Column, share: float | None, shop: form.Format) -> str:
    if isinstance(value, Link):
        inner = f'<a href="{escape(value.href)}">{_clipped(value.text)}</a>'
    elif column.kind == "change":
        inner = change(Change(None if value is None else float(value), column.good))
    else:
        said = shop.cell(value, column.kind)
        inner = escape(said) if column.whole else _clipped(said)
    bar = "" if share is None else f' style="--share:{share:.4f}"'
    barred = "" if share is None else " barred"
    return f'<td class="{_side(column)}{barred}" data-v="{escape(_sortable(value))}"{bar}>{inner}</td>'


def _clipped(text: str) -> str:
    """A text; one that would fill the table is cut after some lines and shown whole when pointed at."""
    said = escape(text)
    return said if len(text) <= LONG_TEXT else f'<span class="clip" title="{said}">{said}</span>'


def _sortable(value: Any) -> str:
    if isinstance(value, Link):
        return value.text
    if isinstance(value, date | datetime):
        return value.isoformat()
    return "" if value is None else str(value)


def steps(block: Steps) -> str:
    """A funnel: a bar for each step, and what was lost on the way to it."""
    parts = []
    for number, (label, reached, overall, rate, seconds) in enumerate(block.steps, 1):
        lost = "" if rate is None else f'<span class="step-rate">{form.rate(rate)} of the step before</span>'
        wide = max((overall or 0) * 100, 0.4) if reached else 0  # a few are a line, nobody is nothing
        pause = "" if seconds is None else f'<span class="step-time">{form.duration(seconds)} median</span>'
        parts.append(
            f'<li data-step="{escape(label.lower())}">'
            f'<span class="step-name"><i>{number}</i>{escape(label)}</span>'
            f'<span class="step-bar"><span style="width:{wide:.2f}%"></span></span>'
            f'<span class="step-count">{form.count(reached)}</span>'
            f'<span class="step-share">{form.rate(overall)}</span>{lost}{pause}</li>'
        )
    return f'<ol class="steps">{"".join(parts)}</ol>'


def heat(block: HeatMap) -> str:
    """Shades of one colour; the stronger, the higher."""
    heads = "".join(f'<th class="num">{escape(name)}</th>' for name in block.columns)
    rows = "".join(
        f'<tr><th class="text">{escape(label)}</th><td class="num size">{form.count(size)}</td>'
        + "".join(_heat_cell(value) for value in rates)
        + "</tr>"
        for label, size, rates in block.rows
    )
    return (
        '<div class="table heat"><table><thead><tr><th class="text">Cohort</th><th class="num">People</th>'
        f"{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _heat_cell(value: float | None) -> str:
    if value is None:
        return "<td></td>"
    strong = " strong" if value > 0.7 else ""
    return f'<td class="num shade{strong}" style="--heat-of:{value:.3f}">{form.rate(value)}</td>'


def facts(block: Facts) -> str:
    pairs = "".join(
        f"<div><dt>{escape(label)}{tip(meaning)}</dt><dd>{escape(value)}</dd></div>"
        for label, value, meaning in block.pairs
    )
    return f'<dl class="facts">{pairs}</dl>'


def search(block: Search) -> str:
    hint = escape(block.hint)
    return (
        '<form class="search" role="search"><input type="search" name="q" autocomplete="off"'
        f' spellcheck="false" value="{escape(block.value)}" placeholder="{hint}" aria-label="{hint}">'
        '<button type="submit">Search</button></form>'
    )


def empty(block: Empty) -> str:
    text = f"<p>{escape(block.text)}</p>" if block.text else ""
    return f'<div class="empty"><strong>{escape(block.title)}</strong>{text}</div>'


def tabs(choices: Sequence[Tab]) -> str:
    if not choices:
        return ""
    links = "".join(
        f'<a href="{escape(tab.href)}"{" aria-current=true" if tab.chosen else ""}>{escape(tab.label)}</a>'
        for tab in choices
    )
    return f'<nav class="tabs">{links}</nav>'


def card_head(title: str, meaning: str, choices: Sequence[Tab], csv: str) -> str:
    """A card's title line: name, definition, choices, download."""
    link = (
        f'<a class="csv" href="{escape(csv)}" download title="Download these rows as CSV">CSV</a>'
        if csv
        else ""
    )
    return f'<h2>{escape(title)}{tip(meaning)}</h2><span class="card-tools">{tabs(choices)}{link}</span>'


def note(text: str) -> str:
    return f'<p class="card-note">{escape(text)}</p>'


def render(block: Any, shop: form.Format) -> str:
    """Any block that is not a card, grid or chart."""
    if isinstance(block, Table):
        return table(block, shop)
    for kind, drawn in _DRAWN.items():
        if isinstance(block, kind):
            return drawn(block)
    raise TypeError(f"no markup for {type(block).__name__}")


_DRAWN: dict[type, Callable[[Any], str]] = {
    Kpis: kpis,
    Steps: steps,
    HeatMap: heat,
    Facts: facts,
    Search: search,
    Empty: empty,
}
