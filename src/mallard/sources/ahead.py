"""Working ahead in a thread, so that whoever waits can be interrupted.

A reader written in Rust waits for its server without hearing Ctrl-C. Here it waits in a thread of its own.
"""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterable
from queue import Empty, Full, Queue
from typing import TypeVar

T = TypeVar("T")

DEPTH = 2
"""Items that lie ready at most."""

_LOOK_SECONDS = 0.2


class Stopped(Exception):
    """Whoever wanted the items has left."""


def ahead(
    source: Iterable[T], stop: threading.Event, patience: float | None = None
) -> Generator[T, None, None]:
    """The items of a source, which runs in a thread; its failure is raised here.

    stop: set by whoever leaves; raises Stopped. patience: seconds that one item may take; raises TimeoutError
    behind them, and the thread, which may wait for ever, is left to itself.
    """
    ready: Queue[tuple[T | None, BaseException | None]] = Queue(DEPTH)
    left = threading.Event()
    thread = threading.Thread(target=_run, args=(source, ready, (left, stop)), daemon=True)
    thread.start()
    try:
        while (item := _next(ready, stop, patience)) is not None:
            yield item
    finally:
        left.set()
        if patience is None:
            thread.join()


def _next(
    ready: Queue[tuple[T | None, BaseException | None]], stop: threading.Event, patience: float | None
) -> T | None:
    waited = 0.0
    while not stop.is_set():
        try:
            item, failure = ready.get(timeout=_LOOK_SECONDS)
        except Empty:
            waited += _LOOK_SECONDS
            if patience is not None and waited > patience:
                raise TimeoutError from None
            continue
        if failure is not None:
            raise failure
        return item
    raise Stopped


def _run(
    source: Iterable[T],
    ready: Queue[tuple[T | None, BaseException | None]],
    leaving: tuple[threading.Event, ...],
) -> None:
    try:
        for item in source:
            if not _put(ready, (item, None), leaving):
                return
        _put(ready, (None, None), leaving)
    except BaseException as failure:
        _put(ready, (None, failure), leaving)


def _put(ready: Queue[T], item: T, leaving: tuple[threading.Event, ...]) -> bool:
    while not any(event.is_set() for event in leaving):
        try:
            ready.put(item, timeout=_LOOK_SECONDS)
        except Full:
            continue
        return True
    return False
