"""Whatever comes in and whatever goes wrong, refreshing the touched days gives what a rebuild gives."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any
from unittest import mock

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from mallard.warehouse import project
from mallard.warehouse.build import BuildReport, build
from tests.warehouse.chance import FIRST, ZONES, Chance
from tests.warehouse.lakes import HandLake
from tests.warehouse.tables import contents, differences


class Killed(BaseException):
    """The process died."""


def dying(order: list[str], share: float) -> Any:
    """dbt that dies after a share of the models it should run."""
    whole = project.run

    def run(config: Any, engine: Any, command: str, select: Any = (), watch: Any = None) -> list[Any]:
        meant = [name for name in order if name in select]
        reached = meant[: int(len(meant) * share)]
        if reached:
            whole(config, engine, command, reached, watch)
        raise Killed

    return mock.patch.object(project, "run", run)


def rebuilt(lake: HandLake) -> dict[str, list[tuple[Any, ...]]]:
    """What a build from nothing gives, in a project of its own over the same lake."""
    folder = Path(tempfile.mkdtemp())
    try:
        other = lake.settings.model_copy(
            update={
                "project": folder,
                "lake": lake.settings.lake.model_copy(update={"url": str(lake.root)}),
            }
        )
        build(other, lake.state)
        return contents(other.warehouse_path)
    finally:
        shutil.rmtree(folder)


class Refreshing(RuleBasedStateMachine):
    """A shop's life: events, imports, hours passing, builds, builds that die."""

    @initialize(timezone=st.sampled_from(ZONES), rng=st.randoms(use_true_random=False))
    def begin(self, timezone: str, rng: Random) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.lake = HandLake(self.folder, timezone)
        self.chance = Chance(timezone)
        self._clock()
        self.lake.events(
            {"event_id": "e", "event_name": "Application Opened", "event_time": FIRST, "user_id": "c1"}
        )
        for _ in range(4):
            self.lake.events(*self.chance.events(rng))
            self.lake.load(self.chance.now, **self.chance.versions(rng))
        self.order = list(self._build().models)

    @rule(rng=st.randoms(use_true_random=False))
    def land(self, rng: Random) -> None:
        self.lake.events(*self.chance.events(rng))

    @rule(rng=st.randoms(use_true_random=False))
    def load(self, rng: Random) -> None:
        self.lake.load(self.chance.now, **self.chance.versions(rng))

    @rule(hours=st.sampled_from((1, 30)))
    def wait(self, hours: int) -> None:
        self.chance.now += timedelta(hours=hours)
        self._clock()

    @rule()
    def refresh(self) -> None:
        self._build()

    @rule(share=st.floats(0, 1))
    def die(self, share: float) -> None:
        with dying(self.order, share), suppress(Killed):
            self._build()

    def teardown(self) -> None:
        if not hasattr(self, "order"):
            return
        try:
            self._build()
            assert differences(contents(self.lake.settings.warehouse_path), rebuilt(self.lake)) == {}
        finally:
            self.lake.state.close()
            os.environ.pop("MALLARD_NOW", None)
            shutil.rmtree(self.folder)

    def _build(self) -> BuildReport:
        return build(self.lake.settings, self.lake.state)

    def _clock(self) -> None:
        os.environ["MALLARD_NOW"] = self.chance.now.isoformat()


Refreshing.TestCase.settings = settings(
    max_examples=int(os.environ.get("MALLARD_EXAMPLES", "2")),
    stateful_step_count=6,
    derandomize=True,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestRefreshing = pytest.mark.slow(Refreshing.TestCase)
