"""Looking into the shop's database and the warehouse."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from mallard.cli.app import Day, Project, app, group, read_settings

source = group("source", "Look at the shop's database.")
audience = group("audience", "Lists of people to write to.")


@source.command()
def check(project: Project = None) -> None:
    """Connect, try each query, show a mapped row of each table and what is wrong."""
    from mallard.flow.show import show_check
    from mallard.sources.check import check as look

    if not show_check(look(read_settings(project))):
        raise typer.Exit(1)


@app.command()
def explain(
    metric: Annotated[str, typer.Argument(help="A published table, or table.column.")],
    project: Project = None,
    on: Day = None,
) -> None:
    """Where a figure comes from: definition, grain, models, the day's numbers and the rows behind them."""
    from mallard.flow.show import show_explanation
    from mallard.warehouse.explain import explain as look

    show_explanation(look(read_settings(project), metric, on))


@app.command()
def sql(
    query: Annotated[str, typer.Argument(help="A SELECT over the warehouse's tables.")],
    project: Project = None,
) -> None:
    """Run a query over the warehouse, read-only."""
    from mallard.flow.show import show_answer
    from mallard.warehouse.sql import query as ask

    show_answer(ask(read_settings(project), query))


@app.command()
def shell(project: Project = None) -> None:
    """Ask the warehouse again and again, read-only; a statement ends with ';', Ctrl-D ends the shell."""
    from mallard.flow.shell import shell as prompt

    prompt(read_settings(project))


@audience.command()
def churned(
    to: Annotated[Path, typer.Option("--out", help="The file to write.")],
    project: Project = None,
    on: Day = None,
    form: Annotated[Literal["csv", "jsonl"], typer.Option("--format", help="csv or JSON lines.")] = "csv",
) -> None:
    """Write the people who were last active seven days before a day, for a push tool."""
    from mallard import reporting
    from mallard.publish.audience import churned as write

    report = write(read_settings(project), to, on, form)
    reporting.say(f"{report.people:,} people of {report.day} written to {report.path}")


@app.command()
def superset(
    to: Annotated[Path, typer.Argument(metavar="FILE", help="The ZIP file to write.")],
    project: Project = None,
    url: Annotated[
        str | None, typer.Option(help="The serving database as Superset reaches it; else publish.url.")
    ] = None,
) -> None:
    """Write datasets, charts and dashboards over the published tables for Apache Superset to import."""
    from mallard import reporting
    from mallard.publish.superset import write

    report = write(read_settings(project), to, url)
    reporting.say(
        f"{report.dashboards} dashboards with {report.charts} charts over {report.datasets} tables"
        f" written to {report.path}"
    )
