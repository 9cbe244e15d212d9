"""Running steps in order, one run at a time, each step's result said as it ends."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from mallard import reporting
from mallard.flow.steps import STEPS, Options, Step
from mallard.settings import Settings
from mallard.state import State

_EVERYTHING = Options()


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
    """Run steps in order; the first failure ends the run, and what was done stays done."""
    results = []
    with state.lease("run"), state.run("run") as detail:
        for step in steps:
            result = run_step(settings, state, step, options)
            detail[step.name] = result.summary
            results.append(result)
    return results


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
