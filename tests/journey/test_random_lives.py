"""Lives full of coincidences: whatever happened, every published figure is the true one."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from mallard import settings as file
from mallard.contract import TABLES
from mallard.lake.land import land
from mallard.publish.tables import publish
from mallard.simulate.database import write_rows
from mallard.simulate.diary import Send
from mallard.simulate.send import day_records
from mallard.simulate.shop import instant
from mallard.simulate.truth import figures_of
from mallard.sources.load import load
from mallard.spool import SpoolWriter
from mallard.state import State
from mallard.warehouse.build import build
from tests.journey.compare import differences
from tests.simulate.soup import Soup

pytestmark = pytest.mark.slow

ROUNDS = 3
"""How often everything is refreshed; each round also changes and deletes what was there before."""


def refresh(folder: Path, soup: Soup, sends: list[Send], patch: pytest.MonkeyPatch, morning: str) -> None:
    """Everything so far arrives, on a morning."""
    soup.life.imported(morning)
    patch.setenv("MALLARD_NOW", instant(soup.life.imports[-1].at).isoformat())
    write_rows(soup.life.books, f"sqlite:///{folder}/data/shop.db")
    settings = file.load(folder)
    with SpoolWriter(settings.spool_path, "node1") as writer:
        writer.append(day_records(sends))
    with State(settings.state_path) as state:
        land(settings, state)
        load(settings, state)
        build(settings, state)
        publish(settings, state)


@pytest.mark.parametrize(
    ("seed", "timezone", "first", "mode"),
    [
        (1, "UTC", date(2028, 2, 27), 'mode = "full"'),
        (2, "Europe/Berlin", date(2026, 3, 27), "sweep = 1"),
        (3, "Asia/Kathmandu", date(2026, 12, 29), "sweep = 1"),
    ],
)
def test_a_random_life(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int, timezone: str, first: date, mode: str
) -> None:
    soup = Soup(seed, timezone, first)
    (tmp_path / "data").mkdir()
    tables = "".join(f"[source.tables.{name}]\n{mode}\n" for name in TABLES)
    source = 'url = "sqlite:///data/shop.db"\ntimezone = "UTC"'
    text = f'[shop]\ntimezone = "{timezone}"\n[source]\n{source}\n{tables}'
    (tmp_path / "mallard.toml").write_text(text)
    soup.customers()
    soup.events(400)
    part = len(soup.life.sends) // ROUNDS + 1
    for round_ in range(ROUNDS):
        soup.catalogue(round_)
        soup.forget_orders()
        morning = f"{first + timedelta(days=soup.days + round_)} 06:00"
        soup.orders(20 * round_, 20, morning)
        sends = soup.life.sends[part * round_ : part * (round_ + 1)]
        refresh(tmp_path, soup, sends, monkeypatch, morning)

    as_of = str(first + timedelta(days=soup.days + ROUNDS - 1))
    wrong = differences(tmp_path, figures_of(soup.life.world(as_of)))
    assert wrong == [], "\n".join(wrong)
