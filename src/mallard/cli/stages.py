"""A verb for each stage of the journey."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from mallard.cli.app import FirstDay, LastDay, Project, app, open_project, read_settings


@app.command()
def collect(
    project: Project = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Server processes.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port to listen on.")] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    try_: Annotated[bool, typer.Option("--try", help="Print events as they come.")] = False,
) -> None:
    """Receive events over HTTP (the Segment API) and keep them durably."""
    from mallard.collect.server import serve

    given = {"workers": workers, "port": port, "host": host}
    changed = {key: value for key, value in given.items() if value is not None}
    loaded = read_settings(project)
    serve(loaded.model_copy(update={"collect": loaded.collect.model_copy(update=changed)}), try_mode=try_)


@app.command()
def follow(
    files: Annotated[list[str] | None, typer.Argument(help="Log files or globs; else follow.files.")] = None,
    project: Project = None,
    once: Annotated[bool, typer.Option("--once", help="Read what is there, then stop.")] = False,
    dialect: Annotated[
        Literal["user_action", "segment"] | None, typer.Option(help="What a line is; else follow.dialect.")
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="The log's name, one for each follower at work; else follow.name.")
    ] = None,
) -> None:
    """Follow log files into the spool."""
    from mallard import reporting
    from mallard.collect.follow import follow as tail

    loaded = read_settings(project)
    changed: dict[str, object] = {"files": [str(Path(name).absolute()) for name in files]} if files else {}
    changed |= {key: given for key, given in (("dialect", dialect), ("name", name)) if given is not None}
    section = loaded.follow.model_copy(update=changed)
    report = tail(loaded.model_copy(update={"follow": section}), once=once)
    reporting.say(report.summary())


@app.command()
def land(
    project: Project = None,
    watch: Annotated[bool, typer.Option("--watch", help="Land again and again, as events come.")] = False,
) -> None:
    """Turn what was collected into Parquet in the lake, exactly once."""
    from mallard.flow.run import run_step
    from mallard.flow.schedule import repeat
    from mallard.flow.steps import LAND

    loaded, state = open_project(project)
    with state:
        if watch:
            repeat(loaded.schedule.every, lambda: run_step(loaded, state, LAND))
        else:
            run_step(loaded, state, LAND)


@app.command("import")
def import_(
    tables: Annotated[list[str] | None, typer.Argument(help="Tables of the contract; else all.")] = None,
    project: Project = None,
    full: Annotated[bool, typer.Option("--full", help="Read every table whole.")] = False,
) -> None:
    """Bring the shop's database into the lake."""
    from mallard.errors import SettingsError
    from mallard.flow.show import show_import
    from mallard.sources.load import load

    loaded, state = open_project(project)
    if loaded.source.url is None:
        raise SettingsError(
            "source.url is not set.", "Set it in mallard.toml; 'mallard source check' tries it."
        )
    with state:
        show_import(loaded, load(loaded, state, tables=tables or None, full=full))


@app.command()
def build(
    project: Project = None,
    full: Annotated[bool, typer.Option("--full", help="Rebuild every day from the lake.")] = False,
    test: Annotated[bool, typer.Option("--test", help="Also check the keys of every table.")] = False,
    first: FirstDay = None,
    last: LastDay = None,
) -> None:
    """Refresh the touched days through all layers."""
    from mallard.flow.run import run_step
    from mallard.flow.steps import BUILD, Options

    loaded, state = open_project(project)
    with state:
        run_step(loaded, state, BUILD, Options(full, first, last, test))


@app.command()
def publish(project: Project = None) -> None:
    """Switch the serving database to the newest build, all tables at once."""
    from mallard.flow.run import run_step
    from mallard.flow.steps import PUBLISH

    loaded, state = open_project(project)
    with state:
        run_step(loaded, state, PUBLISH)


@app.command()
def run(
    project: Project = None,
    full: Annotated[bool, typer.Option("--full", help="Import and rebuild everything.")] = False,
    first: FirstDay = None,
    last: LastDay = None,
) -> None:
    """Land, import, build and publish once."""
    from mallard.flow.run import run as run_steps
    from mallard.flow.steps import STEPS, Options

    loaded, state = open_project(project)
    with state:
        run_steps(loaded, state, STEPS, Options(full, first, last))


@app.command()
def schedule(project: Project = None) -> None:
    """Refresh again and again (schedule.every, schedule.import_every) until stopped."""
    from mallard.flow.schedule import schedule as keep_running

    loaded, state = open_project(project)
    with state:
        keep_running(loaded, state)


@app.command()
def dashboard(
    project: Project = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port to listen on.")] = None,
) -> None:
    """Serve the dashboard over the published tables."""
    from mallard import reporting
    from mallard.dashboard.app import serve

    serve(read_settings(project), port, lambda url: reporting.say(f"dashboard: {url}  (Ctrl-C stops it)"))


@app.command()
def status(project: Project = None) -> None:
    """What came in, what is fresh, and what is touched but not built."""
    from mallard.flow.status import show_status

    loaded, state = open_project(project)
    with state:
        show_status(loaded, state)
