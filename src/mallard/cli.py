"""The command line: one verb for each stage, no logic of its own.

Imports of the stages stand inside the commands, so that ``mallard --help`` answers at once.
Exit codes: 0 done, 1 a run failed, 2 wrong usage or settings, 130 interrupted.
"""

from __future__ import annotations

import os
import sys
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from mallard import __version__
from mallard.errors import MallardError

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
lake_app = typer.Typer(no_args_is_help=True, help="Look after the raw history.")
quarantine_app = typer.Typer(no_args_is_help=True, help="Records that were set aside, and why.")
source_app = typer.Typer(no_args_is_help=True, help="Look at the shop's database.")
engine_app = typer.Typer(no_args_is_help=True, help="Move between DuckDB and Spark.")
audience_app = typer.Typer(no_args_is_help=True, help="Lists of people to write to.")
for name, group in (
    ("lake", lake_app),
    ("quarantine", quarantine_app),
    ("source", source_app),
    ("engine", engine_app),
    ("audience", audience_app),
):
    app.add_typer(group, name=name)

Project = Annotated[
    Path | None,
    typer.Option("--project", "-p", metavar="DIR", help="The project's folder; else the nearest above here."),
]
Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="A business day, YYYY-MM-DD.")]


def main() -> None:
    """Run the command line; every failure ends as one clear message.

    What Mallard did not foresee is its own fault: the traceback goes to a file, which the message names
    (with MALLARD_DEBUG set it is shown instead).
    """
    from mallard import reporting

    try:
        app()
    except MallardError as failure:
        reporting.fail(failure)
        sys.exit(failure.exit_code)
    except KeyboardInterrupt:
        reporting.note("interrupted")
        sys.exit(130)
    except Exception as fault:
        if "MALLARD_DEBUG" in os.environ:
            raise
        reporting.fail(_unforeseen(fault))
        sys.exit(1)


def _unforeseen(fault: Exception) -> MallardError:
    import tempfile
    import traceback

    with tempfile.NamedTemporaryFile("w", prefix="mallard-", suffix=".txt", delete=False) as report:
        traceback.print_exception(fault, file=report)
    said = str(fault).partition("\n")[0]
    return MallardError(
        f"Something went wrong that Mallard did not foresee: {type(fault).__name__}: {said}",
        f"Please report it with {report.name}, which says where.",
    )


def _open(project: Path | None) -> tuple[Settings, State]:
    from mallard import settings as file
    from mallard.state import State

    loaded = file.load(project)
    return loaded, State(loaded.state_path)


def _date(value: datetime | None) -> date | None:
    return value.date() if value is not None else None


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(f"mallard {__version__}")


@app.command()
def init(
    project: Annotated[
        Path, typer.Option("--project", "-p", metavar="DIR", help="Folder to write mallard.toml into.")
    ] = Path(),
    preset: Annotated[
        Literal["mallard", "mall", "woocommerce", "magento"] | None, typer.Option(help="The shop's schema.")
    ] = None,
) -> None:
    """Write a commented mallard.toml."""
    from mallard import reporting
    from mallard.flow.init import init as write

    path = write(project.resolve(), preset)
    reporting.say(f"{path} written. Edit it, then: mallard collect, mallard run, mallard dashboard.")


@app.command()
def demo(
    folder: Annotated[
        Path, typer.Option("--dir", help="Folder of the demo; empty, or that of a demo.")
    ] = Path(),
    days: Annotated[int, typer.Option(min=2, max=1100, help="Days of the shop's life.")] = 90,
    seed: Annotated[int, typer.Option(help="Another seed is another shop.")] = 1,
    serve: Annotated[bool, typer.Option(help="Open the dashboard at the end.")] = True,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port of the dashboard.")] = None,
) -> None:
    """Simulate a shop, run the real pipeline over it, and show the dashboard."""
    from mallard.flow.demo import demo as show

    show(folder.resolve(), days=days, seed=seed, serve=serve, port=port)


@app.command()
def collect(
    project: Project = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Server processes.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port to listen on.")] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    try_: Annotated[bool, typer.Option("--try", help="Print events as they come.")] = False,
) -> None:
    """Receive events over HTTP (the Segment API) and keep them durably."""
    from mallard import settings as file
    from mallard.collect.server import serve

    given = {"workers": workers, "port": port, "host": host}
    changed = {key: value for key, value in given.items() if value is not None}
    loaded = file.load(project)
    serve(loaded.model_copy(update={"collect": loaded.collect.model_copy(update=changed)}), try_mode=try_)


@app.command()
def follow(
    files: Annotated[list[str] | None, typer.Argument(help="Log files or globs; else follow.files.")] = None,
    project: Project = None,
    once: Annotated[bool, typer.Option(help="Read what is there, then stop.")] = False,
    dialect: Annotated[
        Literal["user_action", "segment"] | None, typer.Option(help="What a line is; else follow.dialect.")
    ] = None,
) -> None:
    """Follow log files into the spool."""
    from mallard import reporting
    from mallard import settings as file
    from mallard.collect.follow import follow as tail

    loaded = file.load(project)
    changed: dict[str, object] = {"files": [str(Path(name).absolute()) for name in files]} if files else {}
    if dialect is not None:
        changed["dialect"] = dialect
    section = loaded.follow.model_copy(update=changed)
    report = tail(loaded.model_copy(update={"follow": section}), once=once)
    reporting.say(report.summary())


@app.command()
def land(
    project: Project = None,
    watch: Annotated[bool, typer.Option(help="Land again and again, as events come.")] = False,
) -> None:
    """Turn what was collected into Parquet in the lake, exactly once."""
    from mallard.flow.run import run_step
    from mallard.flow.schedule import repeat
    from mallard.flow.steps import LAND

    loaded, state = _open(project)
    with state:
        if watch:
            repeat(loaded.schedule.every, lambda: run_step(loaded, state, LAND))
        else:
            run_step(loaded, state, LAND)


@app.command("import")
def import_(
    tables: Annotated[list[str] | None, typer.Argument(help="Tables of the contract; else all.")] = None,
    project: Project = None,
    full: Annotated[bool, typer.Option(help="Read every table whole.")] = False,
) -> None:
    """Bring the shop's database into the lake."""
    from mallard.errors import SettingsError
    from mallard.flow.show import show_import
    from mallard.sources.load import load

    loaded, state = _open(project)
    if loaded.source.url is None:
        raise SettingsError(
            "source.url is not set.", "Set it in mallard.toml; 'mallard source check' tries it."
        )
    with state:
        show_import(load(loaded, state, tables=tables or None, full=full))


@app.command()
def build(
    project: Project = None,
    full: Annotated[bool, typer.Option(help="Rebuild every day from the lake.")] = False,
    first: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day to rebuild.")
    ] = None,
    last: Annotated[
        datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day to rebuild.")
    ] = None,
) -> None:
    """Refresh the touched days through all layers."""
    from mallard.flow.run import run_step
    from mallard.flow.steps import BUILD, Options

    loaded, state = _open(project)
    with state:
        run_step(loaded, state, BUILD, Options(full, _date(first), _date(last)))


@app.command()
def publish(project: Project = None) -> None:
    """Switch the serving database to the newest build, all tables at once."""
    from mallard.flow.run import run_step
    from mallard.flow.steps import PUBLISH

    loaded, state = _open(project)
    with state:
        run_step(loaded, state, PUBLISH)


@app.command()
def run(
    project: Project = None,
    full: Annotated[bool, typer.Option(help="Import and rebuild everything.")] = False,
    first: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day to rebuild.")
    ] = None,
    last: Annotated[
        datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day to rebuild.")
    ] = None,
) -> None:
    """Land, import, build and publish once."""
    from mallard.flow.run import run as run_steps
    from mallard.flow.steps import STEPS, Options

    loaded, state = _open(project)
    with state:
        run_steps(loaded, state, STEPS, Options(full, _date(first), _date(last)))


@app.command()
def schedule(project: Project = None) -> None:
    """Refresh again and again (schedule.every, schedule.import_every) until stopped."""
    from mallard.flow.schedule import schedule as keep_running

    loaded, state = _open(project)
    with state:
        keep_running(loaded, state)


@app.command()
def dashboard(
    project: Project = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port to listen on.")] = None,
) -> None:
    """Serve the dashboard over the published tables."""
    from mallard import settings as file
    from mallard.dashboard.app import serve

    serve(file.load(project), port=port)


@app.command()
def status(project: Project = None) -> None:
    """What came in, what is fresh, and what is touched but not built."""
    from mallard.flow.show import show_status

    loaded, state = _open(project)
    with state:
        show_status(loaded, state)
