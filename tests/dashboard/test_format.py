"""Figures as people read them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from mallard.dashboard import format as form

SHOP = form.Format("USD", "Asia/Shanghai")


@pytest.mark.parametrize(
    ("value", "text"),
    [(Decimal("1234.5"), "$1,234.50"), (Decimal("-3"), "−$3.00"), (0, "$0.00"), (None, "–")],
)
def test_money(value: Decimal | None, text: str) -> None:
    assert SHOP.money(value) == text


def test_money_of_other_currencies() -> None:
    assert form.Format("JPY").money(1234.5) == "¥1,234"
    assert form.Format("EUR").headline(Decimal("12345.67")) == "€12,346"
    assert form.Format("EUR").headline(Decimal("123.4")) == "€123.40"
    assert form.Format("XAU").money(1) == "XAU\u202f1.00"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.1234, "12.3%"),
        (0, "0.0%"),
        (1, "100.0%"),
        (0.99998, "100.00%"),
        (0.9996, "99.96%"),
        (0.0004, "0.04%"),
        (-0.05, "−5.0%"),
        (None, "–"),
    ],
)
def test_rates(value: float | None, text: str) -> None:
    assert form.rate(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(0.1234, "+12.3%"), (-0.05, "−5.0%"), (0, "0.0%"), (25, "+2,500%"), (None, "–")]
)
def test_changes_carry_their_sign(value: float | None, text: str) -> None:
    assert form.change(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.5, "0.5 s"),
        (59, "59 s"),
        (60, "1 m"),
        (61, "1 m 1 s"),
        (3600, "1 h"),
        (3725, "1 h 2 m"),
        (90061, "1 d 1 h"),
        (Decimal("12.6"), "13 s"),
        (None, "–"),
    ],
)
def test_durations_in_their_two_largest_units(seconds: float | None, text: str) -> None:
    assert form.duration(seconds) == text


def test_spans_repeat_no_more_than_needed() -> None:
    assert form.span(date(2026, 11, 1), date(2026, 11, 10)) == "1 – 10 Nov 2026"
    assert form.span(date(2026, 10, 30), date(2026, 11, 1)) == "30 Oct – 1 Nov 2026"
    assert form.span(date(2025, 12, 30), date(2026, 1, 1)) == "30 Dec 2025 – 1 Jan 2026"
    assert form.span(date(2026, 1, 1), date(2026, 1, 1)) == "1 Jan 2026"


def test_moments_are_in_the_shops_time() -> None:
    assert SHOP.instant(datetime(2026, 11, 1, 18, 5, tzinfo=UTC)) == "2 Nov 2026, 02:05"


def test_how_long_ago() -> None:
    now = datetime(2026, 1, 1, 12, tzinfo=UTC)
    said = [form.ago(now - timedelta(seconds=s), now) for s in (5, 60, 3599, 7200, 200_000)]
    assert said == ["just now", "1 minute ago", "59 minutes ago", "2 hours ago", "2 days ago"]


@pytest.mark.parametrize(
    ("column", "value", "shown"),
    [
        ("channel", "organic_search", "Organic search"),
        ("method", "cash_on_delivery", "Cash on delivery"),
        ("platform", "ios", "iOS"),
        ("platform", "web", "Web"),
        ("network", "wifi", "Wi-Fi"),
        ("network", "5g", "5G"),
        ("network", "offline", "Offline"),
        ("province", "unknown", "Unknown"),
        ("province", "hubei_shi", "hubei_shi"),
        ("campaign", "week_12", "week_12"),
        ("channel", "<b>Radio</b>", "<b>Radio</b>"),
        ("app_version", " ", "(blank)"),
        ("channel", "", "(blank)"),
    ],
)
def test_codes_are_shown_in_words_and_names_as_they_are(column: str, value: str, shown: str) -> None:
    assert form.label(column, value) == shown
