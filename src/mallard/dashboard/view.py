"""What an address of the dashboard asks for: the page, the span of days, what to compare with.

Everything a page shows follows from its address and the published tables, so every view can be linked,
reloaded and shared.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit

from mallard.dashboard.format import day, span

DEFAULT_PERIOD = "30d"
PRESETS: dict[str, str] = {
    "today": "Today",
    "yesterday": "Yesterday",
    "7d": "Last 7 days",
    "30d": "Last 30 days",
    "90d": "Last 90 days",
    "12m": "Last 12 months",
    "week": "Week to date",
    "month": "Month to date",
    "quarter": "Quarter to date",
    "year": "Year to date",
    "last-month": "Last month",
    "all": "All time",
}
COMPARISONS: dict[str, str] = {
    "previous": "Previous period",
    "year": "Year before",
    "none": "No comparison",
}
_KEPT = ("period", "from", "to", "compare")  # carried from page to page


@dataclass(frozen=True)
class Span:
    """Business days from first to last, both included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    def __contains__(self, other: Span) -> bool:
        return self.first <= other.first and other.last <= self.last

    def all(self) -> list[date]:
        return [self.first + timedelta(days=n) for n in range(self.days)]


@dataclass(frozen=True)
class View:
    """A page's address, understood.

    span: the days shown, within the published ones. compare: the days compared with; None where nothing is
    to be compared or where the warehouse does not have all of them (``why_not`` says so).
    """

    path: str
    params: Mapping[str, str]
    known: Span
    span: Span
    period: str
    comparison: str
    compare: Span | None
    why_not: str = ""

    def get(self, name: str, allowed: tuple[str, ...]) -> str:
        """A choice of the page's own; the first allowed one where the address has none or a wrong one."""
        value = self.params.get(name, "")
        return value if value in allowed else allowed[0]

    def link(self, path: str | None = None, **changes: str | None) -> str:
        """The address of another page, or of this one with some choices changed (None drops one)."""
        kept = self.params if path is None else {k: v for k, v in self.params.items() if k in _KEPT}
        merged = {**kept, **changes}
        query = urlencode({k: v for k, v in merged.items() if v is not None})
        return (path or self.path) + (f"?{query}" if query else "")

    def download(self, table: str, **equals: str) -> str:
        """The address of a table's rows as CSV, for the days shown."""
        return _download(table, self.span, equals)

    def download_last(self, table: str, **equals: str) -> str:
        """The same for the last day shown alone: what stands behind a figure as of that day."""
        return _download(table, Span(self.span.last, self.span.last), equals)


def _download(table: str, span: Span, equals: Mapping[str, str]) -> str:
    query = {"from": span.first.isoformat(), "to": span.last.isoformat(), **equals}
    return f"/download/{table}.csv?{urlencode(query)}"


def understand(address: str, known: Span, today: date) -> View:
    """A view from an address; what is not understood falls back to the default, never to an error.

    today: the shop's running day. It is left out of the rolling presets, as it is not over yet.
    """
    parts = urlsplit(address.replace("%00", ""))  # no database takes a NUL
    params = {key: value for key, value in parse_qsl(parts.query) if len(value) <= 200}
    period, span = _span(params, known, today)
    comparison = params.get("compare", "previous")
    comparison = comparison if comparison in COMPARISONS else "previous"
    wanted = _compared(span, period, comparison)
    why_not = _outside(params, known)
    if wanted is not None and wanted not in known:
        why_not = f"{why_not} No comparison: the data begins on {day(known.first)}.".strip()
        wanted = None
    path = "/" + parts.path.strip("/")
    return View(path, params, known, span, period, comparison, wanted, why_not)


def _span(params: Mapping[str, str], known: Span, today: date) -> tuple[str, Span]:
    """The days asked for, cut to those that are there."""
    first, last = _day(params.get("from")), _day(params.get("to"))
    if first and last:
        first, last = min(first, last), max(first, last)
        if first <= known.last and known.first <= last:
            return "custom", Span(max(first, known.first), min(last, known.last))
    period = params.get("period", DEFAULT_PERIOD)
    period = period if period in PRESETS else DEFAULT_PERIOD
    running = known.last
    whole = running - timedelta(days=1) if running >= today and known.days > 1 else running
    begin, end = _preset(period, running, whole, known.first)
    if end < known.first:
        begin = end = known.first
    return period, Span(max(begin, known.first), end)


def _outside(params: Mapping[str, str], known: Span) -> str:
    """What to say where none of the days asked for is there, and the usual ones are shown instead."""
    first, last = _day(params.get("from")), _day(params.get("to"))
    if not first or not last or (min(first, last) <= known.last and known.first <= max(first, last)):
        return ""
    return f"No figures from {span(min(first, last), max(first, last))}: these are the usual days."


def _preset(period: str, running: date, whole: date, first: date) -> tuple[date, date]:
    rolling = {"7d": 7, "30d": 30, "90d": 90, "12m": 365}
    if period in rolling:
        return whole - timedelta(days=rolling[period] - 1), whole
    if period == "last-month":
        end = running.replace(day=1) - timedelta(days=1)
        return end.replace(day=1), end
    starts = {
        "today": running,
        "yesterday": running - timedelta(days=1),
        "week": running - timedelta(days=running.weekday()),
        "month": running.replace(day=1),
        "quarter": date(running.year, (running.month - 1) // 3 * 3 + 1, 1),
        "year": date(running.year, 1, 1),
        "all": first,
    }
    return starts[period], running - timedelta(days=1) if period == "yesterday" else running


def _compared(span: Span, period: str, comparison: str) -> Span | None:
    if comparison == "none":
        return None
    if comparison == "year":
        return Span(year_before(span.first), year_before(span.last))
    if period in ("month", "last-month", "quarter", "year", "week"):
        return _period_before(span, period)
    return Span(span.first - timedelta(days=span.days), span.first - timedelta(days=1))


def _period_before(span: Span, period: str) -> Span:
    """As many days into the week, month, quarter or year before, cut at its end."""
    end = span.first - timedelta(days=1)
    if period == "year":
        first = date(end.year, 1, 1)
    elif period == "quarter":
        first = date(end.year, (end.month - 1) // 3 * 3 + 1, 1)
    elif period == "week":
        first = end - timedelta(days=6)
    else:
        first = end.replace(day=1)
    if period == "last-month":
        return Span(first, end)
    return Span(first, min(first + timedelta(days=span.days - 1), end))


def year_before(day: date) -> date:
    """The same date a year earlier; 29 February becomes the 28th."""
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return day.replace(year=day.year - 1, day=28)


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
