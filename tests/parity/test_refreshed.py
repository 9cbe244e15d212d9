"""Refreshed day by day, the warehouse shows what the made-up shop's diary gives in plain Python."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from mallard import days
from mallard.catalog import published_tables
from mallard.lake.land import land
from mallard.settings import Settings, parse
from mallard.simulate import truth
from mallard.simulate.database import write_database
from mallard.simulate.send import spool_days
from mallard.simulate.shop import Shop
from mallard.sources.load import load
from mallard.state import State
from mallard.warehouse.build import build


def _after(shop: Shop, day: date) -> datetime:
    return days.day_start(day + timedelta(days=1), shop.timezone) + timedelta(hours=1)


def _bring_in(shop: Shop, stretch: list[date], settings: Settings, state: State) -> int:
    """Events and the database of a stretch; the instant of the import in microseconds."""
    spool_days(shop, stretch, settings, processes=1)
    land(settings, state)
    write_database(shop, stretch[-1], settings.database_url(str(settings.source.url), None, ""))
    load(settings, state)
    return int(days.now().timestamp() * 1_000_000)


def _shown(settings: Settings, name: str) -> list[dict[str, Any]]:
    table = published_tables()[name]
    kinds = {"string": "varchar", "timestamp": "timestamptz"}
    columns = ", ".join(
        f'cast("{c.name}" as {kinds.get(c.type, c.type)}) as "{c.name}"' for c in table.columns
    )
    with duckdb.connect(str(settings.warehouse_path), read_only=True) as warehouse:
        warehouse.execute("set TimeZone = 'UTC'")
        rows = warehouse.execute(f"select {columns} from {name}").fetchall()
    return _sorted([dict(zip((c.name for c in table.columns), row, strict=True)) for row in rows], table.key)


def _sorted(rows: list[dict[str, Any]], key: tuple[str, ...]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: tuple(row[name] for name in key))


def _assert_true(settings: Settings, figures: dict[str, list[dict[str, Any]]]) -> None:
    assert set(figures) == set(published_tables())
    for name, rows in figures.items():
        assert _shown(settings, name) == _sorted(rows, published_tables()[name].key), name


@pytest.mark.slow
def test_figures_refreshed_day_by_day_are_true(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    shop = Shop(4, date(2024, 2, 20), days=16, timezone="America/New_York", size=0.1)
    settings = parse(
        {
            "shop": {"timezone": shop.timezone},
            "source": {"url": "sqlite:///data/shop.db", "timezone": "UTC"},
        },
        tmp_path / "mallard.toml",
    )
    whole = list(shop.all_days)
    imports = []
    with State(settings.state_path) as state:
        for stretch in (whole[:12], whole[12:13], whole[13:14], whole[14:]):
            monkeypatch.setenv("MALLARD_NOW", _after(shop, stretch[-1]).isoformat())
            imports.append((stretch[-1], _bring_in(shop, stretch, settings, state)))
            report = build(settings, state)
            assert report.full == (stretch == whole[:12])
    _assert_true(settings, truth.figures(shop, whole, days.today(shop.timezone), imports=imports))
