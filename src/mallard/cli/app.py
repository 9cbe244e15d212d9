"""The command line's root, and the options that many commands share."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from mallard import __version__

if TYPE_CHECKING:
    from mallard.settings import Settings
    from mallard.state import State

PANELS: dict[str, tuple[str, ...]] = {
    "Begin": ("demo", "init", "doctor", "version"),
    "The journey": (
        "collect", "follow", "land", "import", "build", "publish", "run", "schedule", "dashboard", "status",
    ),
    "Ask": ("explain", "sql", "shell", "audience", "superset"),
    "Look after": ("source", "lake", "quarantine", "forget", "engine"),
}  # fmt: skip
"""Every command under its head in the help, in the order in which one meets them."""


class Journey(TyperGroup):
    """The root's commands in the order of PANELS, whatever the order of their modules."""

    def list_commands(self, ctx: Any) -> list[str]:
        heads = {name: head for head, names in PANELS.items() for name in names}
        for name, head in heads.items():
            self.commands[name].rich_help_panel = head  # type: ignore[attr-defined]
        return [*heads, *sorted(set(self.commands) - set(heads))]


app = typer.Typer(
    name="mallard",
    cls=Journey,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    epilog="Start with 'mallard demo --dir demo', or 'mallard init' in your own project's folder.",
)

Project = Annotated[
    Path | None,
    typer.Option("--project", "-p", metavar="DIR", help="The project's folder; else the nearest above here."),
]


def _say_version(asked: bool) -> None:
    if asked:
        typer.echo(f"mallard {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """An e-commerce analytics warehouse: events and shop databases in, trusted daily metrics out."""


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"'{text}' is no day; write it as 2026-11-24.") from None


Day = Annotated[date | None, typer.Option("--day", parser=_day, metavar="YYYY-MM-DD", help="A business day.")]
FirstDay = Annotated[
    date | None,
    typer.Option(
        "--from", parser=_day, metavar="YYYY-MM-DD", help="First day to rebuild; else the first there is."
    ),
]
LastDay = Annotated[
    date | None,
    typer.Option("--to", parser=_day, metavar="YYYY-MM-DD", help="Last day to rebuild; else today."),
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
