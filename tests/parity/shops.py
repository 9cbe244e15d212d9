"""A made-up shop with all its difficulties, landed and imported by the real stages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest

from mallard.lake.land import land
from mallard.settings import Settings, Shop, Source
from mallard.simulate.database import write_database
from mallard.simulate.send import spool_days
from mallard.simulate.shop import Shop as MadeUpShop
from mallard.sources.load import load
from mallard.state import State


class SimulatedShop:
    """A project with a made-up shop's life up to a day; ``live`` goes on with it.

    Its zone is one whose clocks change at midnight within the days lived through.
    """

    def __init__(self, project: Path, first: date, days: int, timezone: str, size: float) -> None:
        self.shop = MadeUpShop(seed=11, first_day=first, days=days, timezone=timezone, size=size)
        (project / "data").mkdir(parents=True)
        self.settings = Settings(
            project=project,
            shop=Shop(timezone=timezone),
            source=Source(url="sqlite:///data/shop.db", timezone="UTC"),
        )
        self.state = State(self.settings.state_path)

    def live(self, days: Sequence[date], monkeypatch: pytest.MonkeyPatch) -> None:
        """Send what arrives on these days, and import the shop's books as of the last of them."""
        through = days[-1]
        monkeypatch.setenv("MALLARD_NOW", f"{through + timedelta(days=1)}T02:00:00+00:00")
        spool_days(self.shop, days, self.settings, processes=1)
        write_database(self.shop, through, self.settings.database_url("sqlite:///data/shop.db", None, ""))
        land(self.settings, self.state)
        load(self.settings, self.state)
