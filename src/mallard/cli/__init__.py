"""The command line: one verb for each stage, no logic of its own.

Imports of the stages stand inside the commands, so that ``mallard --help`` answers at once.
Exit codes: 0 done, 1 a run failed, 2 wrong usage or settings, 130 interrupted.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from types import FrameType
from typing import NoReturn

from mallard.cli import care, engines, look, stages, start
from mallard.cli.app import app
from mallard.errors import REFUSALS, MallardError

__all__ = ["app", "care", "engines", "look", "main", "stages", "start"]


def main() -> None:
    """Run the command line; every failure ends as one clear message.

    What Mallard did not foresee is its own fault: the traceback goes to a file, which the message names
    (with MALLARD_DEBUG set it is shown instead).
    """
    from mallard import reporting

    interrupted = _note_interrupts()
    try:
        app()
    except (KeyboardInterrupt, SystemExit):
        if interrupted.is_set():  # Typer ends without a word
            _say_interrupted()
        raise
    except Exception as failure:
        if interrupted.is_set():
            _say_interrupted()
        if isinstance(failure, MallardError):
            reporting.fail(failure)
            sys.exit(failure.exit_code)
        if "MALLARD_DEBUG" in os.environ:
            raise
        reporting.fail(_unforeseen(failure))
        sys.exit(1)


def _note_interrupts() -> threading.Event:
    """An event that Ctrl-C sets: engines turn it into errors of their own, which then are none."""
    interrupted = threading.Event()

    def handler(signum: int, frame: FrameType | None) -> None:
        interrupted.set()
        signal.default_int_handler(signum, frame)

    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # not where it is to be ignored
        signal.signal(signal.SIGINT, handler)
    return interrupted


def _say_interrupted() -> NoReturn:
    from mallard import reporting

    reporting.note("interrupted")
    sys.exit(130)


def _unforeseen(fault: Exception) -> MallardError:
    if isinstance(fault, OSError) and fault.errno in REFUSALS:
        where = fault.filename or "A file"
        return MallardError(f"{where} cannot be used: {fault.strerror}.", REFUSALS[fault.errno])
    import tempfile
    import traceback

    with tempfile.NamedTemporaryFile("w", prefix="mallard-", suffix=".txt", delete=False) as report:
        traceback.print_exception(fault, file=report)
    said = str(fault).partition("\n")[0]
    return MallardError(
        f"Something went wrong that Mallard did not foresee: {type(fault).__name__}: {said}",
        f"Please report it with {report.name}, which says where.",
    )
