"""Every published figure equals the truth: over time, in several zones, in both dialects and schemas."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from mallard import settings as file
from mallard.collect.follow import follow
from mallard.lake.land import land
from mallard.publish.tables import publish
from mallard.settings import Settings
from mallard.simulate import truth
from mallard.simulate.database import Schema, write_database
from mallard.simulate.day import simulate_day
from mallard.simulate.mall import STATUS_CODES
from mallard.simulate.send import spool_days, write_user_action_log
from mallard.simulate.shop import Shop, instant
from mallard.sources.load import load
from mallard.state import State
from mallard.warehouse.build import build
from tests.journey.compare import differences

pytestmark = pytest.mark.slow

BY_CHANGES = ("orders", "order_item", "payment", "shipment", "refund")


@dataclass
class Journey:
    """A shop whose life is taken into a project, some days at a time; an hour after midnight each time."""

    folder: Path
    shop: Shop
    patch: pytest.MonkeyPatch
    schema: Schema = "mallard"
    imports: list[tuple[date, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        lines = [
            f'[shop]\ntimezone = "{self.shop.timezone}"',
            '[follow]\nfiles = ["user_action.log"]',
            '[source]\nurl = "sqlite:///data/shop.db"',
        ]
        if self.schema == "mall":
            codes = "".join(f'{code} = "{status}"\n' for status, code in STATUS_CODES.items())
            lines.append(f'preset = "mall"\n[source.order_status]\n{codes}')
        else:
            lines.append('timezone = "UTC"')
        lines += [f"[source.tables.{name}]\nsweep = 1" for name in BY_CHANGES if self.shop.purges]
        (self.folder / "data").mkdir()
        (self.folder / "mallard.toml").write_text("\n".join(lines))

    @property
    def settings(self) -> Settings:
        return file.load(self.folder)

    def step(self, days: list[date], *, lines: bool = False) -> None:
        """What happened on some days arrives, and everything is refreshed."""
        now = self.shop.start(days[-1] + timedelta(days=1)) + 3_600_000_000
        self.patch.setenv("MALLARD_NOW", instant(now).isoformat())
        if lines:
            for day in days:
                write_user_action_log(simulate_day(self.shop, day), self.folder / "user_action.log")
            follow(self.settings, once=True)
        else:
            spool_days(self.shop, days, self.settings, processes=1)
        write_database(self.shop, days[-1], f"sqlite:///{self.folder}/data/shop.db", self.schema)
        self.imports.append((days[-1], now))
        with State(self.settings.state_path) as state:
            land(self.settings, state)
            load(self.settings, state)
            build(self.settings, state)
            publish(self.settings, state)

    def wrong(self, **more: Any) -> list[str]:
        """What is published otherwise than it is true; rows of the running day are none of the spine's."""
        shop = self.shop
        today = shop.last_day + timedelta(days=1)
        figures = truth.figures(shop, shop.all_days, today, imports=self.imports, schema=self.schema, **more)
        return differences(self.folder, figures)


def steps(shop: Shop, length: int) -> Iterable[list[date]]:
    return (shop.all_days[place : place + length] for place in range(0, shop.days, length))


@pytest.mark.parametrize(
    ("seed", "first", "days", "timezone", "length"),
    [
        (4, date(2026, 3, 22), 16, "Europe/Berlin", 4),  # the day of 23 hours
        (5, date(2026, 9, 1), 45, "Asia/Kolkata", 30),  # a zone of half an hour
        (6, date(2026, 10, 25), 12, "America/New_York", 6),  # the day of 25 hours
    ],
)
def test_a_life_taken_in_step_by_step(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    seed: int,
    first: date,
    days: int,
    timezone: str,
    length: int,
) -> None:
    """Late events, copies, bots, changed and deleted orders, changed products: all with every refresh."""
    journey = Journey(tmp_path, Shop(seed, first, days, timezone, size=0.06, purges=True), monkeypatch)
    for part in steps(journey.shop, length):
        journey.step(part)
    assert journey.wrong() == []


def test_a_year_and_the_29th_of_february(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journey = Journey(tmp_path, Shop(7, date(2027, 2, 20), 380, "UTC", size=0.002), monkeypatch)
    journey.step(journey.shop.all_days)
    assert journey.wrong() == []


def test_lines_of_a_log_and_a_mall(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = Shop(8, date(2026, 5, 1), 20, "Asia/Shanghai", size=0.06)
    journey = Journey(tmp_path, shop, monkeypatch, "mall")
    journey.step(shop.all_days, lines=True)
    assert journey.wrong(log=("user_action", journey.imports[0][1])) == []
