"""The built-in scheduler: refresh again and again, wait longer after failures, stop at a signal."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from types import FrameType

from mallard import reporting
from mallard.errors import EmptyLakeError, MallardError
from mallard.flow.run import run
from mallard.flow.steps import BUILD, IMPORT, LAND, PUBLISH, Step
from mallard.settings import Settings
from mallard.state import State

_LONGEST_WAIT = 600.0


def schedule(settings: Settings, state: State, rounds: int | None = None) -> None:
    """Refresh every ``schedule.every`` seconds, importing every ``schedule.import_every``, until a signal."""
    imported_at: float | None = None

    def refresh() -> None:
        nonlocal imported_at
        importing = _import_due(settings, imported_at)
        steps: list[Step] = [LAND, *([IMPORT] if importing else []), BUILD, PUBLISH]
        if importing:  # also where it fails: a shop's database that is away keeps no event waiting
            imported_at = time.monotonic()
        run(settings, state, steps)

    repeat(settings.schedule.every, refresh, rounds)


def repeat(every: float, work: Callable[[], object], rounds: int | None = None) -> None:
    """Do some work, wait ``every`` seconds from its end, and again, until SIGTERM or SIGINT.

    The work under way at the signal ends first, unless Ctrl-C comes again. A failure is said and tried again
    after a wait that doubles up to ten minutes; one that another try cannot mend is treated the same way,
    since somebody may mend its cause meanwhile. An empty lake is no failure: what is to fill it may come at
    any moment. rounds: stop after that many; None goes on.
    """
    stop = _stopped_by_signal()
    failures = done = 0
    while not stop.is_set():
        try:
            work()
            failures = 0
        except EmptyLakeError as early:
            reporting.note(str(early))
        except MallardError as failure:
            failures += 1
            reporting.fail(failure)
        done += 1
        if done == rounds:
            return
        stop.wait(min(every * 2.0**failures, _LONGEST_WAIT))


def _import_due(settings: Settings, imported_at: float | None) -> bool:
    if settings.source.url is None:
        return False
    return imported_at is None or time.monotonic() - imported_at >= settings.schedule.import_every


def _stopped_by_signal() -> threading.Event:
    """An event that SIGTERM and SIGINT set, so that the running step can end first; Ctrl-C again ends it."""
    stop = threading.Event()
    usual = signal.getsignal(signal.SIGINT)

    def handler(_signum: int, _frame: FrameType | None) -> None:
        stop.set()
        signal.signal(signal.SIGINT, usual)

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, handler)
        signal.signal(signal.SIGINT, handler)
    return stop
