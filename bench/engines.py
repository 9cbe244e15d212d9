"""The same build on DuckDB and on Spark: ``python bench/engines.py [--copies 1 10 100] [--spark-up-to 10]``.

A made-up shop's ninety days hold about a million events; larger lakes hold them several times over, with
other persons and orders. Each engine builds everything from that lake in a process of its own (the JVM and
its start count for Spark), then one touched day again. Says seconds, CPU seconds and the most memory, what
Spark shuffles and spills, bytes per event in each layer of the single shop (copies compress too well), and
where the lines would cross. Prints a table and, as its last line, the figures as JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import tempfile
import time
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
from sides import alone, tree_cpu, watched

from lakes import FIRST, grown, settings_of
from mallard.settings import Settings
from mallard.state import State
from mallard.warehouse.build import build

DAYS = 90


@dataclass(frozen=True)
class Figure:
    """One engine's builds of one lake.

    memory: MB of the whole process tree at its highest. shuffled, spilled: bytes that the tasks of the full
    build and of the one day wrote for one another, and to disk for want of memory; Spark alone tells.
    """

    engine: str
    events: int
    full_seconds: float
    full_cpu: float
    day_seconds: float
    day_cpu: float
    memory: int
    shuffled: tuple[int, ...] = ()
    spilled: tuple[int, ...] = ()


def on(engine: str, project: Path, memory: str) -> Settings:
    """The project's settings with that engine; memory: DuckDB's limit, such as 6GB."""
    if engine == "duckdb":
        return settings_of(project, memory)
    logs = project / "spark-events"
    logs.mkdir(exist_ok=True)
    config = {
        "spark.driver.memory": "6g",
        "spark.eventLog.enabled": "true",
        "spark.eventLog.compress": "false",
        "spark.eventLog.dir": logs.as_uri(),
    }
    return settings_of(project, engine=engine, spark={"master": "local[2]", "config": config})


def build_once(settings: Settings) -> dict[str, Any]:
    """What the child process does: everything, then one touched day."""
    with State(settings.state_path) as state:
        began = time.perf_counter()
        report = build(settings, state, full=True)
        full = time.perf_counter() - began
        cpu = tree_cpu(os.getpid())
        day = FIRST + timedelta(days=DAYS - 10)
        began = time.perf_counter()
        build(settings, state, first=day, last=day)
        took = time.perf_counter() - began
    slowest = sorted(report.models.items(), key=lambda model: -model[1])[:8]
    return {
        "full": full, "cpu": cpu, "day": took, "day_cpu": tree_cpu(os.getpid()) - cpu, "slowest": slowest,
    }  # fmt: skip


def measure(project: Path, engine: str, events: int, memory: str) -> Figure:
    """One engine's side, shown at once."""
    with watched() as most:
        said = alone(build_once, on(engine, project, memory))
    shuffled, spilled = moved(project) if engine == "spark" else ((), ())
    figure = Figure(
        engine, events, said["full"], said["cpu"], said["day"], said["day_cpu"], most[0], shuffled, spilled
    )
    print(
        f"{engine:8} {events:12,} events   full {figure.full_seconds:8.1f} s ({figure.full_cpu:8.1f} CPU s)"
        f"   one day {figure.day_seconds:7.1f} s ({figure.day_cpu:7.1f} CPU s)   {figure.memory:7,} MB"
        f"   shuffled {'/'.join(f'{each >> 20:,}' for each in shuffled) or '-'} MB"
        f"   spilled {'/'.join(f'{each >> 20:,}' for each in spilled) or '-'} MB"
    )
    print("    " + ", ".join(f"{name} {took:.1f} s" for name, took in said["slowest"]), flush=True)
    return figure


def moved(project: Path) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Bytes shuffled and spilled by each session of the builds, in their order, from Spark's event logs."""
    sums = []
    for session in sorted((project / "spark-events").iterdir(), key=lambda path: path.stat().st_mtime):
        shuffled = spilled = 0
        for log in session.rglob("events_*"):
            for line in log.read_text().splitlines():
                if not line.startswith('{"Event":"SparkListenerStageCompleted"'):
                    continue
                for metric in json.loads(line)["Stage Info"]["Accumulables"]:
                    if metric["Name"] == "internal.metrics.shuffle.write.bytesWritten":
                        shuffled += int(metric["Value"])
                    elif metric["Name"] == "internal.metrics.diskBytesSpilled":
                        spilled += int(metric["Value"])
        sums.append((shuffled, spilled))
    return tuple(one for one, _ in sums), tuple(other for _, other in sums)


def held(project: Path) -> int:
    """Events in the lake; a copy of an event is one of its own."""
    [(events,)] = duckdb.execute(
        f"select count(*) from '{project}/data/lake/ods/event/*/*.parquet'"
    ).fetchall()
    return int(events)


def layer_bytes(project: Path) -> dict[str, int]:
    """Bytes of the lake's events and of each layer's tables as Spark's Parquet files."""
    sizes: dict[str, int] = {}
    for path in (project / "data" / "lake" / "ods" / "event").rglob("*.parquet"):
        sizes["ods"] = sizes.get("ods", 0) + path.stat().st_size
    for path in (project / "data" / "spark-warehouse").rglob("*.parquet"):
        layer = path.relative_to(project / "data" / "spark-warehouse").parts[1].partition("_")[0]
        layer = "dwd" if layer == "dim" else layer
        sizes[layer] = sizes.get(layer, 0) + path.stat().st_size
    return sizes


def crossing(figures: list[Figure]) -> str:
    """Where Spark on so many cores as here would take as long as DuckDB, from its two largest sizes."""
    sizes = [f.events for f in figures if f.engine == "spark"][-2:]
    if len(sizes) < 2:
        return "Spark at two sizes is needed to say where the lines cross"
    lines = {}
    for engine in ("duckdb", "spark"):
        one, other = (next(f for f in figures if (f.engine, f.events) == (engine, size)) for size in sizes)
        slope = (other.full_seconds - one.full_seconds) / (other.events - one.events)
        lines[engine] = (slope, other.full_seconds - slope * other.events)
    rise = lines["duckdb"][0] - lines["spark"][0]
    if rise <= 0:
        ratio = lines["spark"][0] / lines["duckdb"][0]
        return f"no crossing on one machine: each further event costs Spark {ratio:.1f} times DuckDB's time"
    return f"the lines cross at {(lines['spark'][1] - lines['duckdb'][1]) / rise:,.0f} events"


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--copies", type=int, nargs="+", default=[1, 10], help="of a million events each")
    arguments.add_argument("--spark-up-to", type=int, default=10, help="copies")
    arguments.add_argument("--memory", default="", help="DuckDB's limit, such as 6GB")
    arguments.add_argument(
        "--folder", type=Path, help="where to work; lakes already there are not made again"
    )
    given = arguments.parse_args()
    figures: list[Figure] = []
    layers: dict[str, int] = {}
    with tempfile.TemporaryDirectory() as scratch:
        for copies in given.copies:
            project = grown(given.folder or Path(scratch), copies, DAYS)
            events = held(project)
            for engine in ("duckdb", "spark") if copies <= given.spark_up_to else ("duckdb",):
                figures.append(measure(project, engine, events, given.memory))
            if copies == 1:
                layers = {layer: round(size / events) for layer, size in layer_bytes(project).items()}
    if layers:
        print(f"bytes per event: {', '.join(f'{layer} {size}' for layer, size in sorted(layers.items()))}")
    print(crossing(figures))
    summary = {"bench": "engines", "cores": os.cpu_count(), "machine": platform.machine(), "layers": layers}
    print(json.dumps({**summary, "figures": [asdict(figure) for figure in figures]}))


if __name__ == "__main__":
    main()
