"""A build beside its limits: ``python bench/build.py [--days 90] [--size 1.0] [--history 365]``.

A made-up shop's life is landed and built from nothing; next to it the same SELECTs run straight in DuckDB, in
the same order and with nothing around them (no dbt, no plan, no checks, no export): what the machinery costs.
Then one day is touched and refreshed, in a history of 30 days and in a long one of the same shop: what
history costs. Prints a table and, as its last line, the figures as JSON.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import platform
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb

from mallard import days
from mallard.lake.land import land
from mallard.settings import Settings, parse
from mallard.simulate.database import write_database
from mallard.simulate.send import spool_days
from mallard.simulate.shop import Shop
from mallard.sources.load import load
from mallard.state import State
from mallard.warehouse.build import build
from mallard.warehouse.duck import DuckEngine

FIRST = date(2024, 1, 1)


def made(folder: Path, length: int, size: float) -> Settings:
    """A project whose lake holds a life of so many days."""
    shop = Shop(1, FIRST, days=length, timezone="Europe/Berlin", size=size)
    os.environ["MALLARD_NOW"] = (
        days.day_start(shop.last_day + timedelta(days=1), shop.timezone) + timedelta(hours=1)
    ).isoformat()
    settings = parse(
        {
            "shop": {"timezone": shop.timezone},
            "source": {"url": "sqlite:///data/shop.db", "timezone": "UTC"},
        },
        folder / "mallard.toml",
    )
    with State(settings.state_path) as state:
        spool_days(shop, list(shop.all_days), settings)
        land(settings, state)
        write_database(shop, shop.last_day, settings.database_url("sqlite:///data/shop.db", None, ""))
        load(settings, state)
    return settings


def full(settings: Settings) -> dict[str, Any]:
    """A build from nothing in a process of its own, with the most memory it held."""
    with State(settings.state_path) as state:
        report = build(settings, state, full=True)
    with duckdb.connect(str(settings.warehouse_path), read_only=True) as warehouse:
        [(events,)] = warehouse.execute("select count(*) from dwd_event").fetchall()
        [(orders,)] = warehouse.execute("select count(*) from dwd_order").fetchall()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "seconds": report.seconds,
        "events": events,
        "orders": orders,
        "peak_mb": peak,
        "order": list(report.models),
    }


def bare(settings: Settings, order: list[str]) -> float:
    """The models' own SELECTs, one after another in an empty file."""
    compiled = settings.path("data/dbt/target/compiled")
    texts = {path.stem: path.read_text(encoding="utf-8") for path in compiled.rglob("models/**/*.sql")}
    other = settings.model_copy(
        update={"warehouse": settings.warehouse.model_copy(update={"path": "data/bare.duckdb"})}
    )
    with DuckEngine(other) as engine:
        engine.clear()
        engine.lay_ods()
        started = time.perf_counter()
        for name in order:
            engine.query(f"create table {name} as {_alone(texts[name], settings.warehouse_path.stem)}")
        return time.perf_counter() - started


def _alone(text: str, database: str) -> str:
    """A compiled SELECT without the name of the file it was compiled for."""
    alone = text.replace(f'"{database}"."main".', "").replace(f"{database}.main.", "")
    if "is_deleted" in alone and "newest = 1" in alone:  # materialized as the latest versions
        return f"select * exclude (is_deleted) from ({alone}) where not is_deleted"
    return alone


def refreshed(settings: Settings) -> float:
    """One touched day, the last; the better of three."""
    with State(settings.state_path) as state:
        report = build(settings, state)
        taken = []
        for _ in range(3):
            state.touch("event", [report.last_day])  # type: ignore[list-item]
            taken.append(build(settings, state).seconds)
    return min(taken)


def alone(work: Callable[..., Any], *arguments: Any) -> Any:
    """In a fresh process, so that its memory and its caches are its own."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(work, *arguments).result()


def main() -> None:
    given = argparse.ArgumentParser()
    given.add_argument("--days", type=int, default=90)
    given.add_argument("--size", type=float, default=1.0)
    given.add_argument("--history", type=int, default=365)
    asked = given.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings = alone(made, Path(folder) / "whole", asked.days, asked.size)
        whole = alone(full, settings)
        selects = alone(bare, settings, whole.pop("order"))
        size = asked.size / 5
        short = alone(refreshed, alone(made, Path(folder) / "short", 30, size))
        long = alone(refreshed, alone(made, Path(folder) / "long", asked.history, size))
    figures = {
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
        **whole,
        "selects_seconds": selects,
        "full_to_selects": whole["seconds"] / selects,
        "refresh_30_days": short,
        f"refresh_{asked.history}_days": long,
        "refresh_ratio": long / short,
    }
    for name, value in figures.items():
        shown = (
            f"{value:,.2f}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else value
        )
        sys.stdout.write(f"{name:24} {shown}\n")
    sys.stdout.write(json.dumps(figures) + "\n")


if __name__ == "__main__":
    main()
