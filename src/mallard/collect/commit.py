"""Group commit: many requests share one fdatasync, and each is answered after it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter

from mallard.collect.answers import Refusal, unavailable
from mallard.errors import SpoolError
from mallard.spool import Record, SpoolFullError, SpoolWriter

MAX_WAITING_BYTES = 64 << 20
"""Bytes of requests that may wait for the disk; more are refused rather than held in memory."""


class Committer:
    """Brings records to the spool in groups, in a thread of its own so that the loop never waits.

    A record that finds the disk idle goes at once; otherwise it goes with all that came meanwhile. Two
    commits start at least ``interval`` seconds apart. ``observe`` is told how long each one took.
    """

    def __init__(self, writer: SpoolWriter, interval: float, observe: Callable[[float, int], None]) -> None:
        self._writer = writer
        self._interval = interval
        self._observe = observe
        self._thread = ThreadPoolExecutor(1, "spool")
        self._waiting: list[tuple[Record, asyncio.Future[None]]] = []
        self._bytes = 0
        self._task: asyncio.Task[None] | None = None
        self._next = 0.0

    @property
    def failed(self) -> bool:
        """Whether the spool has failed for good."""
        return self._writer.failure is not None

    async def keep(self, record: Record) -> None:
        """Return when the record is durable; Refusal (503) where it is not kept."""
        if self._bytes + len(record.body) > MAX_WAITING_BYTES:
            raise unavailable("queue_full", "Too much is waiting for the disk.", 1)
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()
        self._waiting.append((record, done))
        self._bytes += len(record.body)
        if self._task is None:
            self._task = loop.create_task(self._drain())
        await done

    async def close(self) -> None:
        """Bring what waits to the disk and seal the segment."""
        while self._task is not None:
            await self._task
        await asyncio.get_running_loop().run_in_executor(self._thread, self._writer.close)
        self._thread.shutdown()

    async def _drain(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            wait = self._next - loop.time()
            if wait > 0:
                await asyncio.sleep(wait)
            self._next = loop.time() + self._interval
            group, self._waiting = self._waiting, []
            self._bytes = 0
            failure = await loop.run_in_executor(self._thread, self._append, [record for record, _ in group])
            for _, done in group:
                if done.cancelled():
                    continue
                if failure is None:
                    done.set_result(None)
                else:
                    done.set_exception(_refusal(failure))
        self._task = None

    def _append(self, records: list[Record]) -> Exception | None:
        start = perf_counter()
        try:
            self._writer.append(records)
            self._observe(perf_counter() - start, len(records))
        except Exception as failure:  # not foreseen either: those who wait would wait for ever
            return failure
        return None


def spool_failed() -> Refusal:
    """503: nothing can be kept until somebody has looked."""
    return unavailable("spool_failed", "Events cannot be kept durably at the moment.", 30)


def _refusal(failure: Exception) -> Exception:
    if not isinstance(failure, SpoolError):
        return failure
    if isinstance(failure, SpoolFullError):
        return unavailable("disk_full", "There is no space to keep events at the moment.")
    return spool_failed()
