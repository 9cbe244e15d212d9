"""Node.js and Python SDKs, set up as docs/sdks.md says, against the real collector."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.collectors import Collector, collector, eventually, once
from tests.sdk.expected import PHONE, check_journey
from tests.sdk.faults import (
    BUSY,
    CUT_AFTER,
    CUT_BEFORE,
    ERROR,
    HALF_ANSWER,
    LIMITED,
    OK,
    SILENT_AFTER,
    fault_proxy,
)
from tests.sdk.programs import SERVER_SDKS, Sdk, finish

pytestmark = [pytest.mark.node, pytest.mark.slow, pytest.mark.usefixtures("node_packages")]
ACCEPTED = 'mallard_collect_events_accepted_total{{source="{}"}}'
sdks = pytest.mark.parametrize("sdk", SERVER_SDKS, ids=lambda sdk: sdk.name)


@sdks
def test_the_journey_lands_exactly_once(sdk: Sdk, mallard: Collector, tmp_path: Path) -> None:
    sdk.run(mallard.url, tmp_path, rounds=2)
    rows = mallard.events(sdk.name)
    assert len(rows) == len(once(rows))  # nothing went wrong, so nothing was sent twice
    check_journey(rows, 2, PHONE | {"source": sdk.name})
    assert mallard.quarantined(sdk.name) == []


@sdks
def test_faults_on_the_way_lose_nothing_and_double_nothing(
    sdk: Sdk, mallard: Collector, tmp_path: Path
) -> None:
    faults = [ERROR, OK, LIMITED, OK, BUSY, OK, CUT_BEFORE, OK, CUT_AFTER, OK, HALF_ANSWER, OK, SILENT_AFTER]
    before = len(mallard.events(sdk.name))
    with fault_proxy(mallard.port, faults) as proxy:
        sdk.run(proxy.url, tmp_path, rounds=7)
    assert proxy.seen() == [fault for fault in faults if fault != OK]
    rows = mallard.events(sdk.name)[before:]
    assert len(rows) > len(once(rows))  # the three *-after faults made the SDK send again what had landed
    check_journey(once(rows), 7, PHONE | {"source": sdk.name})


def test_a_collector_killed_and_restarted_under_its_clients(tmp_path: Path) -> None:
    """Commits are rare here, so that at any moment there is something that must not be acknowledged yet."""
    names = [sdk.name for sdk in SERVER_SDKS]
    with collector(tmp_path / "project", names, commit_interval_ms=300) as mallard:
        running = [sdk.start(mallard.url, tmp_path / "programs", rounds=30, pause=0.1) for sdk in SERVER_SDKS]
        for leave in (mallard.kill, mallard.stop, mallard.kill):
            assert eventually(lambda: sum(mallard.counted(ACCEPTED.format(name)) for name in names) > 60)
            leave()
            time.sleep(0.3)
            mallard.start()
        for process in running:
            finish(process)
        for name in names:
            check_journey(once(mallard.events(name)), 30, PHONE | {"source": name})


def test_a_rate_limit_delays_and_loses_nothing(tmp_path: Path) -> None:
    """The collector's own 429 with Retry-After, kept to by every SDK."""
    names = [sdk.name for sdk in SERVER_SDKS]
    with collector(tmp_path / "project", names, rate=1) as mallard:
        for process in [sdk.start(mallard.url, tmp_path / "programs", rounds=5) for sdk in SERVER_SDKS]:
            finish(process)
        assert mallard.counted('mallard_collect_requests_refused_total{code="rate_limited"}') > 0
        for name in names:
            rows = mallard.events(name)
            assert len(rows) == len(once(rows))  # a refused request is refused as a whole
            check_journey(rows, 5, PHONE | {"source": name})
