"""One side of a comparison, in a process of its own, watched."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any


def alone(work: Callable[..., Any], *arguments: Any) -> Any:
    """In a fresh process, so that its memory and its caches are its own."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(work, *arguments).result()


@contextmanager
def watched() -> Iterator[list[int]]:
    """The most memory, MB, that the processes below this one hold meanwhile, in a list of one."""
    most, done, before = [0], threading.Event(), tree_memory(os.getpid())

    def watch() -> None:
        while not done.wait(0.1):
            most[0] = max(most[0], tree_memory(os.getpid()) - before)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield most
    finally:
        done.set()
        watcher.join()


def tree(pid: int) -> list[int]:
    """A process and all below it."""
    found = [pid]
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += [each for child in path.read_text().split() for each in tree(int(child))]
        except OSError:
            continue
    return found


def tree_cpu(pid: int) -> float:
    ticks = 0
    for each in tree(pid):
        fields = Path(f"/proc/{each}/stat").read_text().rsplit(")", 1)[1].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def tree_memory(pid: int) -> int:
    pages = 0
    for each in tree(pid):
        try:
            pages += int(Path(f"/proc/{each}/statm").read_text().split()[1])
        except OSError:
            continue
    return pages * os.sysconf("SC_PAGE_SIZE") >> 20
