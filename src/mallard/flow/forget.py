"""Forgetting a person everywhere: spool, lake, quarantine, then the warehouse and the published tables."""

from __future__ import annotations

from mallard import reporting
from mallard.errors import BuildError, EmptyLakeError
from mallard.flow.run import run
from mallard.flow.steps import BUILD, PUBLISH
from mallard.lake.forget import forget as forget_in_lake
from mallard.reporting import counted
from mallard.serving.connection import connect, shown
from mallard.settings import Settings
from mallard.state import State
from mallard.warehouse.export import remove_older


def forget(settings: Settings, state: State, user: str) -> None:
    """Remove a person's events and rows, then build and publish the days they stood in."""
    report = forget_in_lake(settings, state, user)
    reporting.say(
        f"removed {counted(report.events, 'event')} and {counted(report.quarantined, 'quarantined record')}"
        f" on {counted(len(report.days), 'day')}, and {counted(report.shop_rows, 'row')} of shop tables"
    )
    if report.segments_left:
        reporting.warn(
            f"{report.segments_left} spool segments still hold the id, because they are being written;"
            " run the command again when they are sealed"
        )
    try:
        run(settings, state, [BUILD, PUBLISH])
    except EmptyLakeError as empty:
        raise BuildError(
            "The lake is empty now, so there is nothing to build and publish; what was before still stands.",
            f"Remove {settings.path('data/app')}, {settings.warehouse_path} and the tables in"
            f" {shown(connect(settings))}, or send events and run.",
        ) from empty
    finally:
        remove_older(settings)
