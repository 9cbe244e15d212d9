"""CSV that a spreadsheet takes for what it is."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from mallard.serving.sheet import csv_lines, guarded


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_cells_that_look_like_formulas_are_guarded(text: str) -> None:
    assert guarded(text) == f"'{text}"


@pytest.mark.parametrize("value", ["a=1", "", 1, -1, Decimal("-1.5"), None, "日本"])
def test_other_cells_are_left_alone(value: object) -> None:
    assert guarded(value) == value


def test_csv_quotes_what_needs_it() -> None:
    rows = [
        {"a": 'say "hi", you', "b": None, "c": Decimal("-1.5000")},
        {"a": "two\nlines", "b": "=x", "c": 0},
    ]
    text = "".join(csv_lines(["a", "b", "c"], rows))
    assert text == 'a,b,c\r\n"say ""hi"", you",,-1.5000\r\n"two\nlines",\'=x,0\r\n'


def test_days_and_moments_are_iso_8601() -> None:
    row = {"a": date(2026, 1, 2), "b": datetime(2026, 1, 2, 3, 4, 5, 6, UTC)}
    assert list(csv_lines(["a", "b"], [row]))[1] == "2026-01-02,2026-01-02T03:04:05.000006+00:00\r\n"
