"""Node.js and Python SDKs, set up as docs/sdks.md says, against the real collector."""

from __future__ import annotations

import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import duckdb
import pytest

from mallard.state import State
from mallard.warehouse.build import build
from tests.collectors import Collector, collector, eventually, once
from tests.sdk.expected import EVENTS, PHONE, check_journey
from tests.sdk.faults import (
    BUSY,
    CUT_AFTER,
    CUT_BEFORE,
    ERROR,
    HALF_ANSWER,
    LIMITED,
    OK,
    SILENT_AFTER,
    FaultProxy,
    fault_proxy,
)
from tests.sdk.programs import SERVER_SDKS, Sdk, finish

pytestmark = [pytest.mark.node, pytest.mark.slow, pytest.mark.usefixtures("node_packages")]
Landed = dict[str, tuple[FaultProxy, list[dict[str, Any]]]]
NAMES = [sdk.name for sdk in SERVER_SDKS]
FAULTS = [ERROR, OK, LIMITED, OK, BUSY, OK, CUT_BEFORE, OK, CUT_AFTER, OK, HALF_ANSWER, OK, SILENT_AFTER]
ACCEPTED = 'mallard_collect_events_accepted_total{{source="{}"}}'
REFUSED = 'mallard_collect_requests_refused_total{{code="{}"}}'
sdks = pytest.mark.parametrize("sdk", SERVER_SDKS, ids=NAMES)


@sdks
def test_the_journey_lands_exactly_once(sdk: Sdk, mallard: Collector, tmp_path: Path) -> None:
    finish(sdk.start(mallard.url, tmp_path, rounds=2))
    rows = mallard.events(sdk.name)
    assert len(rows) == len(once(rows))  # nothing went wrong, so nothing was sent twice
    check_journey(rows, 2, PHONE | {"source": sdk.name})
    assert mallard.quarantined(sdk.name) == []


@pytest.fixture(scope="module")
def after_faults(
    tmp_path_factory: pytest.TempPathFactory,
) -> Landed:
    """Each SDK has sent seven journeys through a proxy of its own with the same faults: what landed."""
    folder = tmp_path_factory.mktemp("faults")
    with collector(folder / "project", NAMES) as mallard, ExitStack() as proxies:
        ways = {name: proxies.enter_context(fault_proxy(mallard.port, FAULTS)) for name in NAMES}
        for process in [sdk.start(ways[sdk.name].url, folder, rounds=7) for sdk in SERVER_SDKS]:
            finish(process)
        return {name: (ways[name], mallard.events(name)) for name in NAMES}


@sdks
def test_faults_on_the_way_lose_nothing_and_double_nothing(sdk: Sdk, after_faults: Landed) -> None:
    proxy, rows = after_faults[sdk.name]
    assert proxy.seen() == [fault for fault in FAULTS if fault != OK]
    assert len(rows) > len(once(rows))  # the three *-after faults made the SDK send again what had landed
    check_journey(once(rows), 7, PHONE | {"source": sdk.name})


def test_a_collector_killed_and_restarted_under_its_clients(tmp_path: Path) -> None:
    """Commits are rare here, so that at any moment there is something that must not be acknowledged yet."""
    with collector(tmp_path / "project", NAMES, workers=2, commit_interval_ms=300) as mallard:
        running = [sdk.start(mallard.url, tmp_path / "programs", rounds=20, pause=0.1) for sdk in SERVER_SDKS]
        for leave in (mallard.kill, mallard.stop, mallard.kill):
            assert eventually(lambda: sum(mallard.counted(ACCEPTED.format(name)) for name in NAMES) > 60)
            leave()
            time.sleep(0.3)
            mallard.start()
        for process in running:
            finish(process)
        for name in NAMES:
            check_journey(once(mallard.events(name)), 20, PHONE | {"source": name})
        check_warehouse(mallard, {f"user-{turn}" for turn in range(20)}, 20 * len(EVENTS) * len(NAMES))


def check_warehouse(mallard: Collector, people: set[str], events: int) -> None:
    """Every event once in DWD, and each belongs to somebody known: who logs in has had a past."""
    with State(mallard.settings.state_path) as state:
        build(mallard.settings, state)
    with duckdb.connect(str(mallard.settings.warehouse_path), read_only=True) as db:
        counted = db.execute("select count(*), count(distinct event_id) from dwd_event").fetchone()
        found = db.execute("select distinct person_id from dwd_event").fetchall()
    assert counted == (events, events)
    assert {person for (person,) in found} == people


def test_a_rate_limit_delays_and_loses_nothing(tmp_path: Path) -> None:
    """The collector's own 429 with Retry-After, kept to by every SDK."""
    with collector(tmp_path / "project", NAMES, rate=1) as mallard:
        for process in [sdk.start(mallard.url, tmp_path / "programs", rounds=5) for sdk in SERVER_SDKS]:
            finish(process)
        assert mallard.counted(REFUSED.format("rate_limited")) > 0
        for name in NAMES:
            rows = mallard.events(name)
            assert len(rows) == len(once(rows))  # a refused request is refused as a whole
            check_journey(rows, 5, PHONE | {"source": name})
