"""The engine's macros on DuckDB against Python's own arithmetic and calendar."""

from __future__ import annotations

import calendar
import statistics
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import duckdb
import jinja2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mallard.days import day_start
from mallard.warehouse.project import PROJECT

money = st.integers(-(10**13), 10**13).map(lambda units: Decimal(units).scaleb(-4))
days = st.dates(date(1970, 1, 1), date(2100, 12, 31))
often = settings(max_examples=200, derandomize=True, deadline=None)


@pytest.fixture(scope="module")
def macros() -> Any:
    return _macros("UTC")


def _macros(timezone: str) -> Any:
    """macros/engine.sql as dbt would read it for a shop's zone, without the dispatch."""
    source = (PROJECT / "macros" / "engine.sql").read_text(encoding="utf-8")
    environment = jinja2.Environment(extensions=["jinja2.ext.do"])
    return environment.from_string(source, globals={"var": lambda _: timezone}).module


@pytest.fixture(scope="module")
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


def _one(db: duckdb.DuckDBPyConnection, expression: str) -> Any:
    row = db.execute(f"select {expression}").fetchone()
    assert row is not None
    return row[0]


@often
@given(n=money, d=money, scale=st.sampled_from((3, 4, 6)))
def test_a_ratio_is_exact_and_rounds_half_away_from_zero(
    macros: Any, db: duckdb.DuckDBPyConnection, n: Decimal, d: Decimal, scale: int
) -> None:
    told = _one(
        db, macros.default__ratio(f"cast('{n}' as decimal(18,4))", f"cast('{d}' as decimal(18,4))", scale)
    )
    assert told == _rounded(n, d, scale)


@pytest.mark.parametrize(
    ("n", "d", "expected"), [(1, 0, None), (-1, 2000000, "-0.000001"), (1, 2000000, "0.000001")]
)
def test_a_ratio_at_its_edges(
    macros: Any, db: duckdb.DuckDBPyConnection, n: int, d: int, expected: str | None
) -> None:
    told = _one(db, macros.default__ratio(str(n), str(d), 6))
    assert told == (None if expected is None else Decimal(expected))


def _rounded(n: Decimal, d: Decimal, scale: int) -> Decimal | None:
    if d == 0:
        return None
    exact = Fraction(n) / Fraction(d) * 10**scale
    whole = int(abs(exact) + Fraction(1, 2))
    return Decimal(whole if exact >= 0 else -whole).scaleb(-scale)


@often
@given(values=st.lists(st.integers(-(10**12), 10**12), min_size=1, max_size=9))
def test_twice_the_median_is_the_sum_of_the_middle_two(
    macros: Any, db: duckdb.DuckDBPyConnection, values: list[int]
) -> None:
    rows = ", ".join(f"(cast({value} as bigint))" for value in values)
    told = db.execute(f"select {macros.default__twice_median('x')} from (values {rows}) as t(x)").fetchone()
    assert told == (int(2 * statistics.median([Fraction(value) for value in values])),)


@often
@given(day=days, n=st.integers(-3, 3))
def test_a_year_earlier_is_the_same_date_or_the_28th(
    macros: Any, db: duckdb.DuckDBPyConnection, day: date, n: int
) -> None:
    last = calendar.monthrange(day.year + n, day.month)[1]
    expected = day.replace(year=day.year + n, day=min(day.day, last))
    assert _one(db, macros.default__add_years(f"date '{day}'", n)) == expected


@often
@given(day=days)
def test_periods_begin_on_monday_and_on_the_first(
    macros: Any, db: duckdb.DuckDBPyConnection, day: date
) -> None:
    starts = {
        "week": day - timedelta(days=day.weekday()),
        "month": day.replace(day=1),
        "quarter": day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1),
        "year": day.replace(month=1, day=1),
    }
    told = {name: _one(db, macros.default__period_start(f"date '{day}'", name)) for name in starts}
    assert told == starts


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://www.Google.com/search?q=1", "google.com"),
        ("http://user@shop.example:8080/", "shop.example"),
        ("android-app://com.mail/", "com.mail"),
        ("https://wwww.example", "wwww.example"),
        ("not a url", None),
        ("", None),
    ],
)
def test_the_host_of_a_url(macros: Any, db: duckdb.DuckDBPyConnection, url: str, host: str | None) -> None:
    assert _one(db, macros.default__host_of(f"'{url}'")) == host


@pytest.mark.parametrize(
    ("day", "timezone"),
    [
        ("2024-10-27", "Atlantic/Azores"),  # clocks go back at midnight: it comes twice
        ("2024-11-03", "America/Havana"),
        ("2021-10-29", "Asia/Amman"),
        ("2023-09-03", "America/Santiago"),  # clocks go forward at midnight: it never comes
        ("2026-03-29", "Europe/Berlin"),
        ("2026-10-25", "Europe/Berlin"),
        ("2026-01-01", "Asia/Kolkata"),
    ],
)
def test_a_day_begins_at_its_first_instant(day: str, timezone: str) -> None:
    with duckdb.connect() as db:
        db.execute("set TimeZone = 'UTC'")
        told = _one(db, _macros(timezone).default__day_start(f"date '{day}'"))
    assert told == day_start(date.fromisoformat(day), timezone)
