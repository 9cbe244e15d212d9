"""What a project holds: what came in, what is fresh, what waits."""

from __future__ import annotations

from typing import Any

from mallard import reporting
from mallard.reporting import counted
from mallard.settings import Settings
from mallard.state import Run, State

_STEPS = ("land", "import", "build", "publish")


def show_status(settings: Settings, state: State) -> None:
    """The last run of each step, what waits in the spool and for a build, and what is published."""
    reporting.table(
        "Runs", ("step", "last", "how it ended", "what it did"), [_last(state, step) for step in _STEPS]
    )
    reporting.say(_spool(settings))
    reporting.say(_built(settings))
    reporting.say(_waiting(settings, state))
    reporting.say(_published(settings))  # last: its database may be away, and the rest holds all the same


def _last(state: State, step: str) -> tuple[str, str, str, str]:
    runs: list[Run] = state.runs(step, limit=1)
    if not runs:
        return step, "never", "", ""
    run = runs[0]
    did = ", ".join(f"{key} {_brief(value)}" for key, value in run.detail.items())
    died = run.status == "running" and not state.is_held(step)
    ended = "died" if died else run.status
    return step, run.started_at.strftime("%Y-%m-%d %H:%M:%S UTC"), ended, did


def _brief(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:.1f}"
    if isinstance(value, dict | list):
        return f"{len(value)}"
    return str(value)


def _spool(settings: Settings) -> str:
    from mallard.spool import segments

    if not settings.spool_path.is_dir():
        return "spool: nothing was collected yet"
    found = segments(settings.spool_path)
    size = sum(one.path.stat().st_size for one in found)
    return f"spool: {counted(len(found), 'segment')}, {size / 1e6:,.1f} MB"


def _built(settings: Settings) -> str:
    from mallard.warehouse.export import CURRENT, current

    told = current(settings)
    if told is None:
        lost = (settings.path("data/app") / CURRENT).exists()
        return f"warehouse: {'its last build is damaged: mallard build' if lost else 'nothing was built yet'}"
    return (
        f"warehouse: {told['first_day']} to {told['last_day']}, built {told['built_at']} on {told['engine']}"
        f" (build {told['build_id']})"
    )


def _waiting(settings: Settings, state: State) -> str:
    from mallard.warehouse.touched import waiting

    touched = waiting(settings, state)
    if not touched:
        return "touched: nothing waits to be built"
    days = sorted({one.dt for one in touched})
    subjects = ", ".join(sorted({one.subject for one in touched}))
    wait = "waits" if len(days) == 1 else "wait"
    return (
        f"touched: {counted(len(days), 'day')} {wait} to be built, {days[0]} to {days[-1]} ({subjects}):"
        " mallard build"
    )


def _published(settings: Settings) -> str:
    import sqlalchemy as sa

    from mallard.serving.connection import absent, connect, explain
    from mallard.serving.tables import published

    engine = connect(settings)
    if absent(engine):
        return "published: nothing yet"
    try:
        with engine.connect() as connection:
            found = published(connection)
    except sa.exc.SQLAlchemyError as failed:
        raise explain(failed, engine) from failed
    finally:
        engine.dispose()
    if found is None:
        return "published: nothing yet"
    at = f"{found.published_at:%Y-%m-%d %H:%M:%S} UTC"
    return f"published: build {found.build_id} at {at}, up to {found.last_day}"
