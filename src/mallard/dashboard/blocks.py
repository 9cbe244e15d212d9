"""What pages are made of. Pages return these, and know nothing of HTML or of the web framework."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from mallard.dashboard.format import Kind


@dataclass(frozen=True)
class Change:
    """A relative change. good: whether growth is welcome; None where it is neither."""

    rate: float | None
    good: bool | None = True
    against: str = ""


@dataclass(frozen=True)
class Link:
    """A text that leads somewhere."""

    text: str
    href: str


@dataclass(frozen=True)
class Kpi:
    """One figure: its value as shown, how it changed, its course, its definition."""

    label: str
    value: str
    tip: str = ""
    change: Change | None = None
    spark: tuple[float | None, ...] = ()
    href: str = ""
    chosen: bool = False


@dataclass(frozen=True)
class Kpis:
    """A row of figures."""

    cards: list[Kpi]


@dataclass(frozen=True)
class Chart:
    """An ECharts chart. label: what it shows, for those who cannot see it."""

    option: dict[str, Any]
    label: str
    height: int = 280


@dataclass(frozen=True)
class Column:
    """A table's column.

    bar: the first text of a row gets a bar as long as this column's share of its largest value.
    good: for changes, whether growth is welcome. whole: a text is never cut, however long.
    """

    title: str
    kind: Kind = "text"
    tip: str = ""
    bar: bool = False
    good: bool | None = True
    whole: bool = False


@dataclass(frozen=True)
class Table:
    """Rows of values (or Links), formatted by their column's kind; empty: what to say without rows."""

    columns: list[Column]
    rows: list[tuple[Any, ...]]
    empty: str = "Nothing in these days."
    tall: bool = False


@dataclass(frozen=True)
class Steps:
    """A funnel: label, reached, share of the first step, rate from the step before, median seconds."""

    steps: Sequence[tuple[str, int, float | None, float | None, float | None]]


@dataclass(frozen=True)
class HeatMap:
    """Rates by row and column; rows: label, size, one rate for each column (None: not known yet)."""

    columns: list[str]
    rows: list[tuple[str, int, list[float | None]]]


@dataclass(frozen=True)
class Facts:
    """Names and values of one thing."""

    pairs: list[tuple[str, str, str]]
    """Label, value as shown, definition."""


@dataclass(frozen=True)
class Search:
    """A search field that leads to this page with ?q=…"""

    value: str
    hint: str


@dataclass(frozen=True)
class Empty:
    """Nothing to show, and what to do about it."""

    title: str
    text: str = ""


@dataclass(frozen=True)
class Tab:
    """A choice within a card."""

    label: str
    href: str
    chosen: bool


@dataclass(frozen=True)
class Card:
    """A titled panel. csv: where its rows can be downloaded."""

    title: str
    blocks: list[Any]
    tip: str = ""
    csv: str = ""
    note: str = ""
    tabs: list[Tab] = field(default_factory=list)


@dataclass(frozen=True)
class Grid:
    """Cards side by side; they go below one another where the window is narrow. shape: '2', '3' or '2-1'."""

    cards: list[Card]
    shape: Literal["2", "3", "2-1"] = "2"


Block = Kpis | Chart | Table | Steps | HeatMap | Facts | Search | Empty | Card | Grid


@dataclass(frozen=True)
class Content:
    """A whole page. timed: whether the choice of days matters to it."""

    title: str
    blocks: list[Block]
    timed: bool = True
    back: Link | None = None
