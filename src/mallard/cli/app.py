"""The command line's root, and the options that many commands share."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from mallard.settings import Settings
    from mallard.state import State

app = typer.Typer(
    name="mallard",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    help="An e-commerce analytics warehouse: events and shop databases in, trusted daily metrics out.",
    epilog="Start with 'mallard demo --dir demo', or 'mallard init' in your own project's folder.",
)

Project = Annotated[
    Path | None,
    typer.Option("--project", "-p", metavar="DIR", help="The project's folder; else the nearest above here."),
]
Day = Annotated[
    datetime | None,
    typer.Option("--day", formats=["%Y-%m-%d"], metavar="YYYY-MM-DD", help="A business day."),
]
FirstDay = Annotated[
    datetime | None,
    typer.Option("--from", formats=["%Y-%m-%d"], metavar="YYYY-MM-DD", help="First day to rebuild."),
]
LastDay = Annotated[
    datetime | None,
    typer.Option("--to", formats=["%Y-%m-%d"], metavar="YYYY-MM-DD", help="Last day to rebuild."),
]


def group(name: str, says: str) -> typer.Typer:
    """A group of commands under the root."""
    made = typer.Typer(no_args_is_help=True, help=says)
    app.add_typer(made, name=name)
    return made


def read_settings(project: Path | None) -> Settings:
    """The project's settings."""
    from mallard import settings as file

    return file.load(project)


def open_project(project: Path | None) -> tuple[Settings, State]:
    """The project's settings and state."""
    from mallard.state import State

    loaded = read_settings(project)
    return loaded, State(loaded.state_path)


def day(value: datetime | None) -> date | None:
    """The date of a parsed option."""
    return value.date() if value is not None else None
