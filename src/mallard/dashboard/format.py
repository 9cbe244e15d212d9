"""Figures as people read them; the same everywhere on the dashboard."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal
from zoneinfo import ZoneInfo

Number = int | float | Decimal
Kind = Literal["text", "count", "money", "rate", "seconds", "day", "instant", "number", "change", "average"]
NONE = "–"
SYMBOLS = {
    "USD": "$",
    "EUR": "€",
    "GBP": "£",
    "CNY": "¥",
    "JPY": "¥",
    "INR": "₹",
    "KRW": "₩",
    "BRL": "R$",
    "AUD": "A$",
    "CAD": "C$",
    "HKD": "HK$",
    "NZD": "NZ$",
    "VND": "₫",
    "TRY": "₺",
    "NGN": "₦",
    "PHP": "₱",
    "ILS": "₪",
}
WHOLE = {"JPY", "KRW", "VND", "CLP", "IDR"}  # currencies without cents in use


@dataclass(frozen=True)
class Format:
    """Formats of one shop: its currency and time zone."""

    currency: str = "USD"
    timezone: str = "UTC"

    @property
    def symbol(self) -> str:
        return SYMBOLS.get(self.currency, self.currency + "\u202f")

    def money(self, value: Number | None, cents: bool = True) -> str:
        """$1,234.50; with the sign before the symbol."""
        if value is None:
            return NONE
        places = 2 if cents and self.currency not in WHOLE else 0
        sign = "−" if value < 0 else ""
        return f"{sign}{self.symbol}{abs(value):,.{places}f}"

    def headline(self, value: Number | None) -> str:
        """Money in large type: without cents from ten thousand on."""
        return self.money(value, cents=value is None or -10_000 < value < 10_000)

    def instant(self, value: datetime | None) -> str:
        """A moment in the shop's time."""
        if value is None:
            return NONE
        local = value.astimezone(ZoneInfo(self.timezone))
        return f"{day(local)}, {local:%H:%M}"

    def cell(self, value: Any, kind: str) -> str:
        """A value of a table's column."""
        if value is None:
            return NONE
        formats: dict[str, Callable[[Any], str]] = {
            "money": self.money,
            "count": count,
            "rate": rate,
            "change": change,
            "seconds": duration,
            "day": day,
            "instant": self.instant,
            "number": number,
            "average": average,
        }
        return formats.get(kind, str)(value)


def count(value: Number | None) -> str:
    """1,234"""
    return NONE if value is None else f"{value:,.0f}".replace("-", "−")


def number(value: Number | None) -> str:
    """1,234.56"""
    return NONE if value is None else f"{value:,.2f}".replace("-", "−")


def average(value: Number | None) -> str:
    """A mean of counts: with one place below a hundred."""
    if value is None:
        return NONE
    return f"{value:,.1f}" if value < 100 else count(value)


def rate(value: Number | None, places: int = 1) -> str:
    """0.1234 → 12.3%; two places where one would hide that it is not quite nothing or all."""
    if value is None:
        return NONE
    percent = float(value) * 100
    if places == 1 and (0 < abs(percent) < 0.1 or 99.9 < percent < 100):
        places = 2
    return f"{percent:,.{places}f}%".replace("-", "−")


def change(value: Number | None) -> str:
    """0.12 → +12.0%"""
    if value is None:
        return NONE
    percent = float(value) * 100
    if abs(percent) >= 1000:
        return f"{'+' if percent > 0 else '−'}{abs(percent):,.0f}%"
    return f"{percent:+.1f}%".replace("-", "−") if percent else "0.0%"


def duration(value: Number | None) -> str:
    """Seconds as the two largest units: 3 m 20 s."""
    if value is None:
        return NONE
    seconds = float(value)
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    for unit, size, below, lesser in (("d", 86400, "h", 3600), ("h", 3600, "m", 60), ("m", 60, "s", 1)):
        if whole >= size:
            rest = whole % size // lesser
            return f"{whole // size} {unit} {rest} {below}" if rest else f"{whole // size} {unit}"
    return f"{whole} s"


def kind(name: str, declared: str) -> Kind:
    """How the values of a published column are written, by its name and type."""
    if declared.startswith("decimal"):
        if name.endswith(("_rate", "share", "stickiness", "_over_day", "_over_week", "_over_year")):
            return "rate"
        return "money" if declared.replace(" ", "").endswith(",4)") else "number"
    kinds: dict[str, Kind] = {"timestamp": "instant", "date": "day", "bigint": "count", "double": "number"}
    return kinds.get(declared, "text")


CODED = {"channel", "method", "network", "platform"}
_SPELT = {"ios": "iOS", "wifi": "Wi-Fi", "2g": "2G", "3g": "3G", "4g": "4G", "5g": "5G"}


def label(column: str, value: str) -> str:
    """A code in words: 'organic_search' is shown as 'Organic search'. What the shop named stays as it is."""
    if not value.strip():
        return "(blank)"
    if value != "unknown" and (column not in CODED or re.fullmatch(r"[a-z0-9_]+", value) is None):
        return value
    return _SPELT.get(value) or value.replace("_", " ").capitalize()


def day(value: date | None) -> str:
    """5 Nov 2026"""
    return NONE if value is None else f"{value.day} {value:%b %Y}"


def span(first: date, last: date) -> str:
    """5 – 11 Nov 2026, with no more repeated than needed."""
    if first == last:
        return day(first)
    if first.year != last.year:
        return f"{day(first)} – {day(last)}"
    if first.month != last.month:
        return f"{first.day} {first:%b} – {day(last)}"
    return f"{first.day} – {day(last)}"


def ago(then: datetime, now: datetime) -> str:
    """How long ago: 'just now', '5 minutes ago', '3 days ago'."""
    seconds = (now - then).total_seconds()
    if seconds < 60:
        return "just now"
    for unit, size in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= size:
            many = int(seconds // size)
            return f"{many} {unit}{'s' if many > 1 else ''} ago"
    return "just now"
