"""Working ahead: the next item is made by a thread while somebody works on the one before it."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def ahead(source: Iterator[T]) -> Generator[T, None, None]:
    """The items of a source, none of them None, each made while the one before it is worked on.

    The source's failure is raised here. Closed early, it waits for the item that is being made.
    """
    with ThreadPoolExecutor(1) as other:
        following = other.submit(next, source, None)
        while (one := following.result()) is not None:
            following = other.submit(next, source, None)
            yield one
            del one
