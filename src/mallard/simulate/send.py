"""What the shop's visitors send, on its way: into the spool, over HTTP, or as lines of a log."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from multiprocessing import get_context
from pathlib import Path

from mallard import days as calendar
from mallard.settings import Settings
from mallard.simulate.day import simulate_day
from mallard.simulate.devices import SOURCES
from mallard.simulate.diary import Day, Send
from mallard.simulate.log_lines import write_user_action_log as write_user_action_log
from mallard.simulate.post import as_posted as as_posted
from mallard.simulate.post import post_sends
from mallard.simulate.shop import Shop
from mallard.simulate.trouble import LATE_DAYS
from mallard.simulate.wire import BodyEncoder
from mallard.spool import Record, SpoolWriter

NODE = "history"
"""Name of the made-up collector node whose spool segments hold simulated history."""

_GROUP = 2_000


@dataclass(frozen=True)
class SentReport:
    """How much was sent: requests, items in them (copies and malformed ones included), malformed items."""

    requests: int = 0
    items: int = 0
    malformed: int = 0

    def __add__(self, other: SentReport) -> SentReport:
        return SentReport(
            self.requests + other.requests, self.items + other.items, self.malformed + other.malformed
        )


def report(sends: Sequence[Send]) -> SentReport:
    """The counts of some requests."""
    items = [item for send in sends for item in send.items]
    return SentReport(len(sends), len(items), sum(item.malformed is not None for item in items))


def arrivals(shop: Shop, days: Sequence[date]) -> Iterator[Day]:
    """For each day of a run of days what was received on it, in order of arrival; its orders come along.

    Late requests of the days before are among it, as far as those days belong to the shop.
    """
    waiting: list[Send] = []
    first = max(days[0] - timedelta(days=LATE_DAYS), shop.first_day)
    for day in calendar.day_range(first, days[-1]):
        made = simulate_day(shop, day)
        start, end = shop.start(day), shop.start(day + timedelta(days=1))
        waiting.extend(made.sends)
        now = sorted((s for s in waiting if s.received_at < end), key=lambda send: send.received_at)
        waiting = [send for send in waiting if send.received_at >= end]
        if day >= days[0]:
            yield Day(day, [send for send in now if send.received_at >= start], made.orders)


def spool_days(
    shop: Shop,
    days: Sequence[date],
    settings: Settings,
    progress: Callable[[int], None] | None = None,
    processes: int = 2,
) -> SentReport:
    """Write what was received on a run of days into the spool, as the collector would have.

    days: consecutive. progress is called with the number of days done since the call before.
    """
    parts = _parts(list(days), processes)
    if len(parts) == 1:
        return _spool_part(shop, parts[0], settings.spool_path, 0, progress)
    total = SentReport()
    with ProcessPoolExecutor(len(parts), mp_context=get_context("spawn")) as pool:
        waiting = [
            pool.submit(_spool_part, shop, part, settings.spool_path, place, None)
            for place, part in enumerate(parts)
        ]
        for future, part in zip(waiting, parts, strict=True):
            total += future.result()
            if progress is not None:
                progress(len(part))
    return total


def _parts(days: list[date], count: int) -> list[list[date]]:
    """Runs of days of about equal length, in order; short histories are not worth a second process."""
    count = max(1, min(count, len(days) // 10))
    edges = [len(days) * place // count for place in range(count + 1)]
    return [days[low:high] for low, high in itertools.pairwise(edges)]


def _spool_part(
    shop: Shop, days: Sequence[date], folder: Path, worker: int, progress: Callable[[int], None] | None
) -> SentReport:
    total = SentReport()
    with SpoolWriter(folder, NODE, worker) as writer:
        for day in arrivals(shop, days):
            records = list(day_records(day.sends))
            for start in range(0, len(records), _GROUP):
                writer.append(records[start : start + _GROUP])
            total += report(day.sends)
            if progress is not None:
                progress(1)
    return total


def day_records(sends: Sequence[Send]) -> Iterator[Record]:
    """Requests as the collector keeps them, addresses truncated."""
    encoder = BodyEncoder()
    for send in sends:
        user_agent = send.items[0].event.device.model.user_agent
        ip = send.ip.rpartition(".")[0] + ".0"
        yield Record("segment", send.kind, send.source, send.received_at, encoder.body(send), ip, user_agent)


def post_day(day: Day, url: str, write_key: str | Mapping[str, str]) -> SentReport:
    """Send a day's requests to a collector over HTTP, as they are :func:`as_posted`.

    url: of the collector, without a path. write_key: one for all, or one for each platform.
    Raises UnreachableError where the collector does not answer or refuses.
    """
    keys = write_key if isinstance(write_key, Mapping) else dict.fromkeys(SOURCES, write_key)
    post_sends(day.sends, url, keys)
    return report(day.sends)
