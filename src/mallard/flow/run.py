"""Running steps in order, one run at a time, each step's result said as it ends; the lake is tidied daily."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from mallard import days, reporting
from mallard.errors import EmptyLakeError, LockedError, MallardError
from mallard.flow.steps import STEPS, Options, Step
from mallard.lake.compact import CompactReport, compact
from mallard.settings import Settings
from mallard.state import State

_EVERYTHING = Options()

_TIDIED = "lake.tidied"
_MANY_FILES = 16
"""Of one day and table: fewer are left, or one late event a day would have a day rewritten each night."""


@dataclass(frozen=True)
class StepResult:
    """What a step did, in a sentence, and how long it took (seconds)."""

    name: str
    summary: str
    seconds: float


def run(
    settings: Settings,
    state: State,
    steps: Sequence[Step] = STEPS,
    options: Options = _EVERYTHING,
) -> list[StepResult]:
    """Run steps in order; a failure ends the run, and what was done stays done.

    While the shop's database is away events are built and published all the same: a step that is not needed
    by those behind it lets them go on, and its failure is raised at the end.
    """
    results = []
    failed: MallardError | None = None
    with state.lease("run"), state.run("run") as detail:
        for step in steps:
            try:
                result = run_step(settings, state, step, options)
            except MallardError as failure:
                if step.needed:
                    raise _first(failed, failure) from failure
                failed = failure
                reporting.note(f"{step.name:<8} failed, as is told at the end; the rest goes on without it")
            else:
                detail[step.name] = result.summary
                results.append(result)
        tidy(settings, state)
        if failed is not None:
            raise failed
    return results


def _first(before: MallardError | None, failure: MallardError) -> MallardError:
    """Which of two failures ends the run: of an empty lake the one before it is the cause."""
    if before is None or isinstance(failure, EmptyLakeError):
        return before or failure
    reporting.fail(before)
    return failure


def tidy(settings: Settings, state: State) -> None:
    """On the first run of a business day, join the small files that landings and imports have left.

    One landing every half minute leaves a million files a year, and every import opens all of its tables'.
    It may wait for the next run while somebody is at work on the lake, and a failure fails no run.
    """
    today = days.today(settings.shop.timezone).isoformat()
    if state.get(_TIDIED) == today:
        return
    started = time.monotonic()
    try:
        report = compact(settings, state, at_least=_MANY_FILES)
    except LockedError:
        return
    except MallardError as failed:
        reporting.warn(f"small files were not joined: {failed}")
        report = CompactReport()
    state.put(_TIDIED, today)
    if report.days:
        what = f"{report.files_before:,} small files of the lake became {report.files_after:,}"
        say_step("compact", what, time.monotonic() - started)


def run_step(settings: Settings, state: State, step: Step, options: Options = _EVERYTHING) -> StepResult:
    """Run one step and say what it did."""
    started = time.monotonic()
    if reporting.err.is_terminal:
        with reporting.err.status(f"{step.name}: {step.does} …"):
            summary = step.run(settings, state, options)
    else:
        summary = step.run(settings, state, options)
    result = StepResult(step.name, summary, time.monotonic() - started)
    say_step(result.name, result.summary, result.seconds)
    return result


def say_step(name: str, summary: str, seconds: float) -> None:
    """The line that says what a step did."""
    reporting.say(f"{name:<8} {summary}  ({seconds:.1f} s)")
