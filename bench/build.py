"""A build beside its limits: ``python bench/build.py [--copies 1 10] [--orders 1000000] [--spark-up-to 10]``.

A made-up shop's ninety days are landed once; larger lakes hold them several times over, with other persons
and orders. Over each lake everything is built from nothing by Mallard, by the hand-written script beside this
file (the same published tables, compared when both are done) and by Mallard on Spark local[2], each in a
process of its own. Then one day is touched and refreshed, in a history of 30 days and in a long one of the
same shop: what history costs, beside the rebuild. Prints a table and, as its last line, the figures as JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
from sides import alone, tree_cpu, watched

from lakes import FIRST, ZONE, grown, lengthened, made, night_after, settings_of
from mallard.catalog import CatalogTable, published_tables
from mallard.settings import Settings
from mallard.state import State
from mallard.warehouse.build import build
from mallard.warehouse.duck import DuckEngine

SCRIPT = Path(__file__).with_suffix(".sql")


def full(settings: Settings) -> dict[str, Any]:
    """Everything by Mallard; how long, and how long each model took."""
    started = time.perf_counter()
    with State(settings.state_path) as state:
        report = build(settings, state, full=True)
    return _told(started) | {"models": report.models}


def _told(started: float) -> dict[str, Any]:
    """Seconds since then, and the processor seconds of this process and those below it."""
    return {"seconds": time.perf_counter() - started, "cpu_seconds": tree_cpu(os.getpid())}


def by_hand(settings: Settings, last: date) -> dict[str, Any]:
    """The same tables by the script, in a file of its own and with the same settings of DuckDB."""
    text = SCRIPT.read_text(encoding="utf-8")
    text = text.replace("$timezone", f"'{ZONE}'").replace("$today", f"date '{last}'")
    started = time.perf_counter()
    with DuckEngine(_hand(settings)) as engine:
        engine.clear()
        engine.lay_ods()
        for statement in duckdb.extract_statements(text):
            engine.query(statement.query)
    return _told(started)


def _hand(settings: Settings) -> Settings:
    other = settings.warehouse.model_copy(update={"path": "data/hand.duckdb"})
    return settings.model_copy(update={"warehouse": other})


def unequal(settings: Settings) -> list[str]:
    """Published columns in which the two warehouses differ; the script's rates are doubles."""
    with duckdb.connect() as db:
        db.execute(f"attach '{settings.warehouse_path}' as ours (read_only)")
        db.execute(f"attach '{_hand(settings).warehouse_path}' as hand (read_only)")
        return [found for table in published_tables().values() for found in _unequal(db, table)]


def _unequal(db: duckdb.DuckDBPyConnection, table: CatalogTable) -> Iterator[str]:
    same = " and ".join(f"ours.{name} is not distinct from hand.{name}" for name in table.key)
    joined = f"from ours.{table.name} as ours full join hand.{table.name} as hand on {same}"
    conditions = {table.key[0]: f"ours.{table.key[0]} is null or hand.{table.key[0]} is null"}
    for column in table.columns:
        if column.name not in table.key:
            ours, hand = f"ours.{column.name}", f"hand.{column.name}"
            if column.type.startswith(("decimal", "double", "bigint")):
                conditions[column.name] = (
                    f"({ours} is null) <> ({hand} is null)"
                    f" or abs(cast({ours} as double) - cast({hand} as double)) > 0.0011"
                )
            else:
                conditions[column.name] = f"{ours} is distinct from {hand}"
    counted = ", ".join(f"count(*) filter ({condition})" for condition in conditions.values())
    [found] = db.execute(f"select {counted} {joined}").fetchall()
    for name, rows in zip(conditions, found, strict=True):
        if rows:
            yield f"{table.name}.{name}: {rows} rows"


def refreshed(settings: Settings) -> dict[str, Any]:
    """One touched day, the last, as a landing would touch it; the best of five. And the rebuild."""
    started = time.perf_counter()
    with State(settings.state_path) as state:
        report = build(settings, state)
        whole = time.perf_counter() - started
        taken, spent, models = [], [], {}
        for _ in range(5):
            state.touch("event", [report.last_day])  # type: ignore[list-item]
            before = time.process_time()
            refresh = build(settings, state)
            taken.append(refresh.seconds)
            spent.append(time.process_time() - before)
            models = {name: min(models.get(name, 1e9), took) for name, took in refresh.models.items()}
        idle = build(settings, state).seconds
    return {"refresh": min(taken), "cpu": min(spent), "rebuild": whole, "nothing": idle, "models": models}


def measured(name: str, work: Callable[..., Any], *arguments: Any) -> dict[str, Any]:
    """A side of the comparison: what it told and the most memory of its processes; shown at once."""
    with watched() as most:
        told = alone(work, *arguments)
    told["memory_mb"] = most[0]
    sys.stdout.write(
        f"  {name:16} {told['seconds']:9.1f} s {told['cpu_seconds']:9.1f} s of processor {most[0]:8,} MB\n"
    )
    for model in sorted(told.get("models", {}), key=lambda model: -told["models"][model])[:8]:
        sys.stdout.write(f"      {model:26} {told['models'][model]:8.2f} s\n")
    sys.stdout.flush()
    return dict(told)


def compared(folder: Path, memory: str, by_script: bool, spark: bool, length: int) -> dict[str, Any]:
    """All sides over one lake."""
    settings = settings_of(folder, memory)
    ours = measured("mallard", full, settings)
    with duckdb.connect(str(settings.warehouse_path), read_only=True) as warehouse:
        [(events,)] = warehouse.execute("select count(*) from dwd_event").fetchall()
        [(orders,)] = warehouse.execute("select count(*) from dwd_order").fetchall()
    figures: dict[str, Any] = {"events": events, "orders": orders, "mallard": ours}
    ratios = [f"  {events:,} events, {orders:,} orders"]
    if by_script:
        figures["hand"] = hand = measured("by hand", by_hand, settings, FIRST + timedelta(days=length))
        figures["to_hand"] = ours["seconds"] / hand["seconds"]
        figures["cpu_to_hand"] = ours["cpu_seconds"] / hand["cpu_seconds"]
        figures["unequal"] = unequal(settings)
        ratios.append(f"{figures['to_hand']:.2f} x by hand ({figures['cpu_to_hand']:.2f} x of processor)")
        ratios.append(f"columns that differ: {figures['unequal'] or 'none'}")
    if spark:
        local = {"master": "local[2]", "config": {"spark.driver.memory": "6g"}}
        figures["spark"] = measured("spark local[2]", full, settings_of(folder, engine="spark", spark=local))
        figures["spark_to_ours"] = figures["spark"]["seconds"] / ours["seconds"]
        ratios.append(f"Spark {figures['spark_to_ours']:.1f} x ours")
    for side in ("mallard", "hand", "spark"):
        figures.get(side, {}).pop("models", None)
    sys.stdout.write("; ".join(ratios) + "\n")
    return figures


def histories(folder: Path, history: int, size: float) -> dict[str, Any]:
    """A refresh in a history of 30 days and in one that holds those again and again before it."""
    figures: dict[str, Any] = {}
    os.environ["MALLARD_NOW"] = night_after(30)
    for length in (30, history):
        project = folder / str(length)
        if not project.exists() and length == 30:
            alone(made, project, 30, size)
        elif not project.exists():
            alone(lengthened, folder / "30", project, max(1, history // 30))
        figures[str(length)] = told = alone(refreshed, settings_of(project))
        sys.stdout.write(
            f"  {length:4} days: one day {told['refresh']:.2f} s ({told['cpu']:.2f} s of processor),"
            f" nothing to do {told['nothing']:.2f} s, everything {told['rebuild']:.2f} s\n"
        )
        sys.stdout.flush()
    rise = {
        name: took - figures["30"]["models"].get(name, 0)
        for name, took in figures[str(history)]["models"].items()
    }
    for name in sorted(rise, key=lambda name: -rise[name])[:8]:
        sys.stdout.write(f"      {name:26} {rise[name]:+8.3f} s\n")
    for length in ("30", str(history)):
        figures[length].pop("models")
    figures["cpu_ratio"] = figures[str(history)]["cpu"] / figures["30"]["cpu"]
    figures["refresh_ratio"] = figures[str(history)]["refresh"] / figures["30"]["refresh"]
    sys.stdout.write(
        f"  a day in {history} days: {figures['refresh_ratio']:.2f} x a day in 30"
        f" ({figures['cpu_ratio']:.2f} x of processor)\n"
    )
    return figures


def main() -> None:
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--days", type=int, default=90)
    given.add_argument("--copies", type=int, nargs="*", default=[1])
    given.add_argument("--orders", type=int, default=1_000_000, help="in lakes of ten copies or more")
    given.add_argument("--by-hand-up-to", type=int, default=10, help="copies")
    given.add_argument("--spark-up-to", type=int, default=1, help="copies")
    given.add_argument(
        "--memory", default="", help="DuckDB's limit, such as 4GB; mallard's own default if not given"
    )
    given.add_argument("--history", type=int, default=360, help="0 leaves the refreshes out")
    given.add_argument("--folder", type=Path, help="where to work; what is there already is not made again")
    asked = given.parse_args()
    figures: dict[str, Any] = {
        "bench": "build",
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
    }
    with tempfile.TemporaryDirectory() as scratch:
        folder = asked.folder or Path(scratch)
        for copies in asked.copies:
            project = grown(folder, copies, asked.days, asked.orders)
            sides = (copies <= asked.by_hand_up_to, copies <= asked.spark_up_to)
            figures[f"copies_{copies}"] = compared(project, asked.memory, *sides, asked.days)
        if asked.history:
            figures["history"] = histories(folder, asked.history, 0.2)
    sys.stdout.write(json.dumps(figures) + "\n")


if __name__ == "__main__":
    main()
