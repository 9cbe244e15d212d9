"""Moving between engines, and what a machine lacks for them."""

from __future__ import annotations

import atexit
import os
import sys
from typing import Annotated, Literal

import typer

from mallard.cli.app import Project, app, group, open_project, read_settings

engine = group("engine", "Move between DuckDB and Spark.")


@engine.command()
def migrate(
    to: Annotated[Literal["duckdb", "spark"], typer.Option(help="The engine to move to.")],
    project: Project = None,
    switch: Annotated[bool, typer.Option(help="Change mallard.toml where every row is equal.")] = True,
) -> None:
    """Rebuild on the other engine from the same lake, compare every published row, then switch."""
    from mallard.flow.show import show_migration
    from mallard.warehouse.migrate import migrate as move

    loaded, state = open_project(project)
    atexit.register(_end_quietly)
    with state:
        report = move(loaded, state, to, switch)
    show_migration(report)
    if report.different:
        raise typer.Exit(1)


def _end_quietly() -> None:
    """Close stderr for what comes after the interpreter's end.

    With dbt on both engines in one process DuckDB's module lives to the very end, and its binding then lists
    forty lines of leaks behind the result; they mean nothing to anybody but its authors.
    """
    sys.stderr.flush()
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


@app.command()
def doctor(project: Project = None) -> None:
    """Look at every part this project uses; what is missing comes with the step that mends it."""
    from mallard.flow.doctor import examine
    from mallard.flow.show import show_findings

    found = examine(read_settings(project))
    show_findings(found)
    if any(finding.ok is False for finding in found):
        raise typer.Exit(1)
