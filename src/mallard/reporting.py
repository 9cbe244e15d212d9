"""What the terminal shows: progress, tables, one clear line when something fails.

Results go to standard output; progress, notes and errors to standard error, so that output can be piped.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console

from mallard.errors import MallardError

if TYPE_CHECKING:
    from rich.progress import Progress
    from rich.table import Table

_NULL = "–"
_ENDLESS = 100_000
_PIPED_WIDTH = 500
"""Columns where nobody looks: wide enough that no table is folded."""

out = Console(
    highlight=False,
    emoji=False,  # a ':x:' in somebody's data is no cross
    soft_wrap=True,
    width=None if sys.stdout.isatty() or "COLUMNS" in os.environ else _PIPED_WIDTH,
)
err = Console(stderr=True, highlight=False, emoji=False, soft_wrap=True)


_PICTURES = {code: 0x2400 + code for code in range(0x20) if code not in b"\t\n"}
_PICTURES |= {0x7F: 0x2421, **dict.fromkeys(range(0x80, 0xA0), 0xFFFD)}


def _visible(text: str) -> str:
    """A text without control characters: what a stranger sent must not steer the terminal that shows it."""
    return text.translate(_PICTURES)


def counted(count: int, thing: str) -> str:
    """'1 day', '1,234 days'."""
    return f"{count:,} {thing}" if count == 1 else f"{count:,} {thing}s"


def say(message: str) -> None:
    """One line of result on standard output; markup in it is shown as it is."""
    out.print(_visible(message), markup=False)


def note(message: str) -> None:
    """One line about the work under way, on standard error."""
    err.print(_visible(message), markup=False, style="dim")


def warn(message: str) -> None:
    """Something the reader should know but that did not stop the work."""
    err.print(_visible(f"warning: {message}"), markup=False, style="yellow")


def fail(error: MallardError) -> None:
    """The one message of a failed command: what, then what to do."""
    err.print(_visible(f"error: {error.what}"), markup=False, style="bold red")
    if error.fix:
        err.print(_visible(f"  {error.fix}"), markup=False)


def table(
    title: str, columns: Sequence[str], rows: Iterable[Sequence[object]], whole: Collection[str] = ()
) -> None:
    """A small table on standard output; numbers stand right and carry thousands separators.

    whole: columns that are never folded over lines, so that their values can be copied.
    """
    out.print(_grid(title, columns, [[_cell(value) for value in row] for row in rows], whole))


def answer(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """The rows of a query: a table where that fits the width, else each row as a list of what is not NULL."""
    from rich.measure import Measurement

    cells = [[_cell(value) for value in row] for row in rows]
    if not cells:
        say(f"{title}\nno rows; the columns are {', '.join(columns)}".lstrip())
        return
    grid = _grid(title, columns, cells)
    if Measurement.get(out, out.options.update_width(_ENDLESS), grid).maximum <= out.width:
        out.print(grid)
        return
    if title:
        out.print(title, style="bold", markup=False)
    longest = max(map(len, columns))
    for number, row in enumerate(cells, 1):
        out.print(f"\nrow {number}", style="dim", markup=False)
        for name, (text, _) in zip(columns, row, strict=True):
            if text != _NULL:
                say(f"  {name:<{longest}}  {text}")


def _grid(
    title: str,
    columns: Sequence[str],
    cells: Sequence[Sequence[tuple[str, bool]]],
    whole: Collection[str] = (),
) -> Table:
    """The cells of a table as text, each with whether it is a number (or nothing)."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    grid = Table(
        title=Text(title), title_justify="left", title_style="bold", header_style="dim", box=box.SIMPLE_HEAD
    )
    for place, name in enumerate(columns):
        numeric = bool(cells) and all(row[place][1] for row in cells)
        grid.add_column(
            Text(name), justify="right" if numeric else "left", overflow="fold", no_wrap=name in whole
        )
    for row in cells:
        grid.add_row(*(Text(text) for text, _ in row))
    return grid


def _cell(value: object) -> tuple[str, bool]:
    if value is None:
        return _NULL, True
    if isinstance(value, bool):
        return ("yes" if value else "no"), False
    if isinstance(value, int):
        return f"{value:,}", True
    if isinstance(value, float):
        return f"{value:,.2f}", True
    return _visible(str(value)), False


@contextmanager
def progress() -> Iterator[Progress]:
    """A progress display on standard error; silent where that is not a terminal."""
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
    )

    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=err,
        disable=not err.is_terminal,
    ) as display:
        yield display
