"""What the terminal shows of a query: a table where it fits, each row as a list where it does not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mallard import reporting

COLUMNS = ("dt", "order_id", "paid_at", "customer")
ROWS = [("2026-11-20", "o1", None, "somebody with a name"), ("2026-11-21", "o2", "noon", "x")]


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[[int], list[str]]:
    def at(width: int) -> list[str]:
        monkeypatch.setattr(reporting.out, "_width", width)
        reporting.answer("orders", COLUMNS, ROWS)
        return [line.rstrip() for line in capsys.readouterr().out.splitlines() if line.strip()]

    return at


def test_rows_that_fit_are_a_table(shown: Callable[[int], list[str]]) -> None:
    title, heads, _, first, second = shown(80)
    assert title == "orders"
    assert heads.split() == list(COLUMNS)
    assert first.split()[:3] == ["2026-11-20", "o1", "–"]
    assert second.split() == ["2026-11-21", "o2", "noon", "x"]


def test_rows_that_do_not_fit_are_lists_of_what_is_there(shown: Callable[[int], list[str]]) -> None:
    assert shown(40) == [
        "orders",
        "row 1",
        "  dt        2026-11-20",
        "  order_id  o1",
        "  customer  somebody with a name",
        "row 2",
        "  dt        2026-11-21",
        "  order_id  o2",
        "  paid_at   noon",
        "  customer  x",
    ]


def test_a_query_without_rows_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    reporting.answer("", COLUMNS, [])
    assert capsys.readouterr().out == f"no rows; the columns are {', '.join(COLUMNS)}\n"


def test_data_that_looks_like_emoji_or_markup_is_shown_as_it_is(
    shown: Callable[[int], list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    shown(80)
    reporting.answer("of [red]x", ("[bold]path", "id"), [(r"a:x:b [i]c\\", ":smile:")])
    reporting.say("raw :100: [dim]as it came")
    text = capsys.readouterr().out
    for exact in ("of [red]x", "[bold]path", r"a:x:b [i]c\\", ":smile:", "raw :100: [dim]as it came"):
        assert exact in text


def test_control_characters_of_strangers_do_not_reach_the_terminal(
    shown: Callable[[int], list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    shown(80)
    reporting.answer("", ("name",), [("\x1b[2Jgone\x9b1m\x07",)])
    reporting.say("line one\nline two\x1b]0;title\x07\r")
    text = capsys.readouterr().out
    assert "␛[2Jgone\ufffd1m␇" in text
    assert "line one\nline two␛]0;title␇␍" in text
    assert not set(text) & set("\x1b\x07\x9b\r")
