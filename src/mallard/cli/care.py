"""Looking after the raw history: sizes, checks, compaction, quarantine, removal of a person."""

from __future__ import annotations

from typing import Annotated

import typer

from mallard.cli.app import Day, Project, app, group, open_project, read_settings

lake = group("lake", "Look after the raw history.")
quarantine = group("quarantine", "Records that were set aside, and why.")

Reason = Annotated[str | None, typer.Option(help="Only those set aside for this reason.")]
Source = Annotated[str | None, typer.Option(help="Only those of this write key, log or db:<table>.")]


@lake.command()
def stats(project: Project = None) -> None:
    """Files, sizes, rows and days of each table in the lake."""
    from mallard.flow.show import show_lake
    from mallard.lake.inspect import stats as measure

    show_lake(measure(read_settings(project)))


@lake.command()
def verify(project: Project = None) -> None:
    """Open every committed file and check that what was landed is there."""
    from mallard import reporting
    from mallard.lake.inspect import verify as check

    report = check(read_settings(project))
    reporting.say(f"{report.files:,} files, {report.rows:,} rows, {report.days:,} days")
    for problem in report.problems:
        reporting.warn(problem)
    if report.problems:
        raise typer.Exit(1)
    reporting.say("every committed range is there and readable")


@lake.command()
def compact(
    project: Project = None,
    at_least: Annotated[int, typer.Option(min=2, help="Join the files of days that have this many.")] = 2,
) -> None:
    """Join the small files of each day."""
    from mallard import reporting
    from mallard.lake.compact import compact as join

    loaded, state = open_project(project)
    with state:
        report = join(loaded, state, at_least=at_least)
    reporting.say(
        f"{report.days} days: {report.files_before} files became {report.files_after},"
        f" {report.bytes_before / 1e6:,.1f} MB became {report.bytes_after / 1e6:,.1f} MB"
    )


@quarantine.command("list")
def list_(
    project: Project = None,
    reason: Reason = None,
    source: Source = None,
    on: Day = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many records.")] = 20,
    records: Annotated[bool, typer.Option("--records", help="The records themselves, not counts.")] = False,
) -> None:
    """What was set aside: counts by day, source and reason, or the records."""
    from mallard.flow.show import show_quarantine, show_tallies
    from mallard.lake.quarantine import entries, tallies

    loaded = read_settings(project)
    if records or reason or source or on:
        show_quarantine(entries(loaded, reason=reason, source=source, day=on, limit=limit))
    else:
        show_tallies(tallies(loaded))


@quarantine.command()
def show(
    origin: Annotated[str, typer.Argument(help="The record's origin, as 'quarantine list' gives it.")],
    project: Project = None,
) -> None:
    """One record as it came, with the reason."""
    from mallard import reporting
    from mallard.lake.quarantine import entry

    found = entry(read_settings(project), origin)
    reporting.say(f"{found.source}, received {found.received_at}, set aside for {found.reason}:")
    reporting.say(found.raw)


@quarantine.command()
def replay(project: Project = None, reason: Reason = None, source: Source = None) -> None:
    """Judge records again, after a fix; those that are good now land."""
    from mallard import reporting
    from mallard.lake.quarantine import replay as again

    loaded, state = open_project(project)
    with state:
        report = again(loaded, state, reason=reason, source=source)
    reporting.say(f"{report.tried:,} tried, {report.landed:,} landed, {report.left:,} stay in quarantine")


@app.command()
def forget(
    user: Annotated[str, typer.Option(help="The user id to remove.")],
    project: Project = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Remove one person from the spool, the lake and the quarantine; then build and publish without them."""
    from mallard.flow.forget import forget as remove

    if not yes:
        typer.confirm(f"Remove everything that is known of user {user}, for good?", abort=True)
    loaded, state = open_project(project)
    with state:
        remove(loaded, state, user)
