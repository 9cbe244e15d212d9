"""Working ahead: a source runs in a thread of its own, a few items before whoever takes them."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterable
from queue import Full, Queue
from typing import TypeVar

T = TypeVar("T")

DEPTH = 2
"""Items that lie ready at most."""

_LOOK_SECONDS = 0.2


def ahead(source: Iterable[T]) -> Generator[T, None, None]:
    """The items of a source; its failure is raised here. Closed early, it waits for the source to end."""
    ready: Queue[tuple[T | None, BaseException | None]] = Queue(DEPTH)
    left = threading.Event()
    thread = threading.Thread(target=_run, args=(source, ready, left), daemon=True)
    thread.start()
    try:
        while (found := ready.get()) != (None, None):
            item, failure = found
            if failure is not None:
                raise failure
            yield item  # type: ignore[misc]  # an item where there is no failure
    finally:
        left.set()
        thread.join()


def _run(
    source: Iterable[T], ready: Queue[tuple[T | None, BaseException | None]], left: threading.Event
) -> None:
    try:
        for item in source:
            if not _put(ready, (item, None), left):
                return
        _put(ready, (None, None), left)
    except BaseException as failure:
        _put(ready, (None, failure), left)


def _put(ready: Queue[T], item: T, left: threading.Event) -> bool:
    while not left.is_set():
        try:
            ready.put(item, timeout=_LOOK_SECONDS)
        except Full:
            continue
        return True
    return False
