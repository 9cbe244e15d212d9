"""What the collector counts, for Prometheus. Several worker processes count into files they share."""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector as MetricSource

from mallard import days
from mallard.collect.answers import Rejection
from mallard.collect.backlog import backlog
from mallard.errors import MallardError
from mallard.settings import Settings

_log = logging.getLogger(__name__)

FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
"""prometheus_client shares counts through the files of this folder when it is set before the import."""

CONTENT_TYPE = b"text/plain; version=0.0.4; charset=utf-8"

_COMMIT_BUCKETS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
_GROUP_BUCKETS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)


class Metrics:
    """The counters of one worker, and the page that shows those of all."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.registry = CollectorRegistry()
        shared = self.registry
        self.accepted = Counter(
            "mallard_collect_events_accepted", "Events kept that look sound.", ["source"], registry=shared
        )
        self.rejected = Counter(
            "mallard_collect_events_rejected",
            "Events kept for the quarantine.",
            ["source", "reason"],
            registry=shared,
        )
        self.refused = Counter(
            "mallard_collect_requests_refused", "Requests not taken.", ["code"], registry=shared
        )
        self.commit_seconds = Histogram(
            "mallard_collect_fsync_seconds",
            "Time to write a group of requests and bring it to the disk.",
            buckets=_COMMIT_BUCKETS,
            registry=shared,
        )
        self.commit_requests = Histogram(
            "mallard_collect_group_requests",
            "Requests that shared one fdatasync.",
            buckets=_GROUP_BUCKETS,
            registry=shared,
        )

    def count(self, source: str, items: int, rejected: Sequence[Rejection]) -> None:
        """Note a request that is durable."""
        self.accepted.labels(source).inc(items - len(rejected))
        for one in rejected:
            self.rejected.labels(source, one.reason).inc()

    def observe_commit(self, seconds: float, requests: int) -> None:
        """Note a group commit."""
        self.commit_seconds.observe(seconds)
        self.commit_requests.observe(requests)

    def page(self) -> bytes:
        """The exposition of all workers' counts and of the spool as it is now. Reads files: may block."""
        registry = CollectorRegistry()
        if FOLDER_VARIABLE in os.environ:
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        else:
            registry = self.registry
        text: bytes = generate_latest(registry)
        now = CollectorRegistry()
        now.register(_Spool(self._settings))
        spool: bytes = generate_latest(now)
        return text + spool


class _Spool(MetricSource):
    """The gauges that are read from the disk when asked for."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def collect(self) -> Iterator[GaugeMetricFamily]:
        try:
            free = free_bytes(self._settings.spool_path)
            yield GaugeMetricFamily("mallard_spool_disk_free_bytes", "Free space of the spool's disk.", free)
            waiting = backlog(self._settings)
        except (MallardError, OSError):  # better no figure than a wrong one, and better than no page
            _log.exception("what waits in the spool cannot be told")
            return
        yield GaugeMetricFamily(
            "mallard_spool_unlanded_bytes", "Bytes of the spool that are not landed yet.", waiting.size
        )
        yield GaugeMetricFamily(
            "mallard_spool_oldest_unlanded_seconds",
            "Age of the oldest record that is not landed yet; 0 without one.",
            waiting.age(days.now()),
        )


def free_bytes(folder: Path) -> int:
    """Free space of the disk that holds a folder."""
    return shutil.disk_usage(folder).free
