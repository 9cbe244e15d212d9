"""Blocks as HTML: whatever the data says, it is text."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest

from mallard.dashboard import markup
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
from mallard.dashboard.format import Format

HOSTILE = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>&amp;"
SHOP = Format()
BLOCKS: list[Any] = [
    Kpis([Kpi(HOSTILE, HOSTILE, HOSTILE, Change(0.1, True, HOSTILE), (1, 2, 3), HOSTILE)]),
    Table([Column(HOSTILE, "text", HOSTILE, bar=False), Column("n", "count", bar=True)], [(HOSTILE, 3)]),
    Table([Column("a")], [(Link(HOSTILE, HOSTILE),)]),
    Table([Column("a")], [], HOSTILE),
    Steps([(HOSTILE, 5, 1.0, None, None), (HOSTILE, 2, 0.4, 0.4, 3.0)]),
    HeatMap([HOSTILE], [(HOSTILE, 4, [0.5])]),
    Facts([(HOSTILE, HOSTILE, HOSTILE)]),
    Search(HOSTILE, HOSTILE),
    Empty(HOSTILE, HOSTILE),
]


class Tags(HTMLParser):
    """Collects tags and attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: type(block).__name__)
def test_data_never_becomes_markup(block: Any) -> None:
    found = Tags()
    found.feed(markup.render(block, SHOP))
    assert not found.tags & {"script", "img"}
    assert not {name for name in found.attributes if name.startswith("on")}


def test_neither_do_titles_choices_and_notes() -> None:
    found = Tags()
    found.feed(
        markup.card_head(HOSTILE, HOSTILE, [Tab(HOSTILE, HOSTILE, True)], HOSTILE) + markup.note(HOSTILE)
    )
    assert not found.tags & {"script", "img"}
    assert not {name for name in found.attributes if name.startswith("on")}


@pytest.mark.parametrize(
    ("rate", "good", "mood"),
    [
        (0.1, True, "good"),
        (-0.1, True, "bad"),
        (0.1, False, "bad"),
        (-0.1, False, "good"),
        (0.1, None, "flat"),
        (0.0001, True, "flat"),
        (None, True, "none"),
    ],
)
def test_a_change_is_coloured_by_whether_it_is_welcome(
    rate: float | None, good: bool | None, mood: str
) -> None:
    assert f'class="change {mood}"' in markup.change(Change(rate, good))


def test_a_course_is_drawn_only_where_there_is_one() -> None:
    assert markup.spark(()) == ""
    assert markup.spark((1, None)) == ""
    assert markup.spark((1, 2, None, 4)).count(",") == 5 + 3


def test_bars_are_shares_of_the_largest() -> None:
    table = Table([Column("a"), Column("n", "count", bar=True)], [("x", 10), ("y", 5), ("z", 0), ("w", None)])
    html = markup.table(table, SHOP)
    assert [part.split('"')[0] for part in html.split("--share:")[1:]] == [
        "1.0000",
        "0.5000",
        "0.0000",
        "0.0000",
    ]


def test_a_text_that_would_fill_the_table_is_cut_and_still_whole_for_who_points_at_it() -> None:
    name = "W" * 200
    rows = Table([Column("Product"), Column("Says", whole=True)], [(name, name), ("short", "short")])
    drawn = markup.render(rows, SHOP)
    assert drawn.count('class="clip"') == 1
    assert f'title="{name}">{name}</span>' in drawn


def test_a_step_that_nobody_reached_has_no_bar() -> None:
    drawn = markup.render(
        Steps(
            [("Visit", 9000, 1.0, None, None), ("View", 1, 1 / 9000, 0.1, None), ("Pay", 0, 0.0, 0.0, None)]
        ),
        SHOP,
    )
    assert [width.split("%")[0] for width in drawn.split("width:")[1:]] == ["100.00", "0.40", "0.00"]


def test_a_long_figure_is_written_smaller() -> None:
    drawn = markup.render(Kpis([Kpi("GMV", "¥18,698,585,200,000"), Kpi("Orders", "12")]), SHOP)
    assert drawn.count("kpi-value long") == 1
