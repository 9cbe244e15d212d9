"""What an address means: days, comparison, links."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from mallard.dashboard.view import COMPARISONS, PRESETS, Span, understand, year_before

KNOWN = Span(date(2025, 1, 1), date(2026, 11, 23))
TODAY = date(2026, 11, 24)


def spans(query: str, known: Span = KNOWN, today: date = TODAY) -> tuple[str, str | None]:
    view = understand(f"/sales?{query}", known, today)
    shown = f"{view.span.first} {view.span.last}"
    return shown, f"{view.compare.first} {view.compare.last}" if view.compare else None


@pytest.mark.parametrize(
    ("query", "shown", "compared"),
    [
        ("", "2026-10-25 2026-11-23", "2026-09-25 2026-10-24"),
        ("period=today", "2026-11-23 2026-11-23", "2026-11-22 2026-11-22"),
        ("period=yesterday", "2026-11-22 2026-11-22", "2026-11-21 2026-11-21"),
        ("period=7d", "2026-11-17 2026-11-23", "2026-11-10 2026-11-16"),
        ("period=7d&compare=year", "2026-11-17 2026-11-23", "2025-11-17 2025-11-23"),
        ("period=7d&compare=none", "2026-11-17 2026-11-23", None),
        ("period=week", "2026-11-23 2026-11-23", "2026-11-16 2026-11-16"),
        ("period=month", "2026-11-01 2026-11-23", "2026-10-01 2026-10-23"),
        ("period=last-month", "2026-10-01 2026-10-31", "2026-09-01 2026-09-30"),
        ("period=quarter", "2026-10-01 2026-11-23", "2026-07-01 2026-08-23"),
        ("period=year", "2026-01-01 2026-11-23", "2025-01-01 2025-11-23"),
        ("period=12m", "2025-11-24 2026-11-23", None),
        ("period=all", "2025-01-01 2026-11-23", None),
        ("from=2026-03-05&to=2026-03-09", "2026-03-05 2026-03-09", "2026-02-28 2026-03-04"),
        ("from=2026-03-09&to=2026-03-05", "2026-03-05 2026-03-09", "2026-02-28 2026-03-04"),
        ("from=2020-01-01&to=2025-01-02", "2025-01-01 2025-01-02", None),
        ("from=2030-01-01&to=2030-01-02", "2026-10-25 2026-11-23", "2026-09-25 2026-10-24"),
        (
            "from=nonsense&to=2030-99-99&period=odd&compare=odd",
            "2026-10-25 2026-11-23",
            "2026-09-25 2026-10-24",
        ),
    ],
)
def test_days_and_comparison(query: str, shown: str, compared: str | None) -> None:
    assert spans(query) == (shown, compared)


def test_the_running_day_is_left_out_of_rolling_presets() -> None:
    running = Span(KNOWN.first, TODAY)
    assert spans("period=7d", running)[0] == "2026-11-17 2026-11-23"
    assert spans("period=today", running)[0] == "2026-11-24 2026-11-24"
    assert spans("period=month", running)[0] == "2026-11-01 2026-11-24"


def test_a_month_longer_than_the_one_before_is_compared_with_all_of_it() -> None:
    known = Span(date(2025, 1, 1), date(2026, 3, 31))
    assert spans("period=month", known, date(2026, 4, 1)) == (
        "2026-03-01 2026-03-31",
        "2026-02-01 2026-02-28",
    )


def test_the_year_before_a_leap_day_is_the_28th() -> None:
    assert year_before(date(2028, 2, 29)) == date(2027, 2, 28)


def test_a_comparison_beyond_the_data_says_why_it_is_missing() -> None:
    view = understand("/?period=all&compare=year", KNOWN, TODAY)
    assert view.compare is None
    assert "1 Jan 2025" in view.why_not


def test_links_keep_the_days_between_pages_and_the_choices_within_one() -> None:
    view = understand("/sales?period=7d&compare=none&metric=orders", KNOWN, TODAY)
    assert view.link("/products") == "/products?period=7d&compare=none"
    assert view.link(metric="gmv") == "/sales?period=7d&compare=none&metric=gmv"
    assert view.link(period="today", compare=None) == "/sales?period=today&metric=orders"
    assert view.download("app_sales") == "/download/app_sales.csv?from=2026-11-17&to=2026-11-23"
    assert view.download_last("app_sales") == "/download/app_sales.csv?from=2026-11-23&to=2026-11-23"


def test_days_without_figures_are_told_not_replaced_in_silence() -> None:
    later = understand("/?from=2030-01-01&to=2030-01-31", KNOWN, TODAY)
    assert later.span == understand("/", KNOWN, TODAY).span
    assert "No figures from 1 – 31 Jan 2030" in later.why_not
    assert "No figures" not in understand("/?from=2026-11-20&to=2030-01-31", KNOWN, TODAY).why_not


def test_no_address_carries_a_nul_to_the_database() -> None:
    view = understand("/customers/a%00b?q=%00x", KNOWN, TODAY)
    assert (view.path, view.params) == ("/customers/ab", {"q": "x"})


@hypothesis(max_examples=200, derandomize=True, deadline=None)
@given(
    st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    st.integers(0, 900),
    st.sampled_from([*PRESETS, "custom", "\x00"]),
    st.sampled_from([*COMPARISONS, ""]),
    st.text(max_size=12),
    st.text(max_size=12),
    st.integers(-2, 2),
)
def test_any_address_gives_days_that_are_there(
    first: date, length: int, period: str, compare: str, begin: str, end: str, ahead: int
) -> None:
    known = Span(first, first + timedelta(days=length))
    address = f"/x?period={period}&compare={compare}&from={begin}&to={end}"
    view = understand(address, known, known.last + timedelta(days=ahead))
    assert view.span in known
    assert view.span.first <= view.span.last
    assert view.compare is None or view.compare in known
