"""Commands to begin with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from mallard import __version__
from mallard.cli.app import app


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
        Literal["mallard", "mall", "woocommerce", "magento", "prestashop", "opencart", "shopware"] | None,
        typer.Option(help="The shop's schema."),
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
