"""The same build on DuckDB and on Spark: ``python bench/engines.py [--events 1000000 …] [--spark-up-to N]``.

A made-up shop of each size is sent, landed and imported once; each engine builds everything from that lake in
a process of its own (the JVM and its start count for Spark), then one touched day again. Says seconds, CPU
seconds and the most memory, what Spark shuffles and spills, bytes per event in each layer, and where the
lines would cross. Prints a table and, as its last line, the figures as JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path

from mallard.lake.land import land
from mallard.settings import Settings, Shop, Source, Warehouse
from mallard.simulate.database import write_database
from mallard.simulate.send import spool_days
from mallard.simulate.shop import Shop as MadeUpShop
from mallard.sources.load import load
from mallard.state import State
from mallard.warehouse.build import build

FIRST_DAY = date(2025, 1, 1)
DAYS = 90
ITEMS_AT_SIZE_ONE = 968_000


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


def settings_of(project: Path, engine: str) -> Settings:
    config = {
        "spark.driver.memory": "6g",
        "spark.eventLog.enabled": "true",
        "spark.eventLog.compress": "false",
        "spark.eventLog.dir": (project / "spark-events").as_uri(),
    }
    spark = {"master": "local[*]", "config": config}
    return Settings(
        project=project,
        shop=Shop(timezone="Asia/Shanghai"),
        source=Source(url="sqlite:///data/shop.db", timezone="UTC"),
        warehouse=Warehouse(engine=engine, spark=spark),
    )


def make_lake(project: Path, events: int) -> int:
    """A shop's ninety days, landed and imported; how many events they are."""
    (project / "data").mkdir(parents=True)
    (project / "spark-events").mkdir()
    settings = settings_of(project, "duckdb")
    shop = MadeUpShop(7, FIRST_DAY, DAYS, "Asia/Shanghai", events / ITEMS_AT_SIZE_ONE)
    spool_days(shop, shop.all_days, settings)
    write_database(shop, shop.last_day, settings.database_url("sqlite:///data/shop.db", None, ""))
    with State(settings.state_path) as state:
        landed = land(settings, state).landed
        load(settings, state)
    shutil.rmtree(settings.spool_path)
    return landed


def build_once(project: Path, engine: str) -> None:
    """What the child process does: everything, then one touched day."""
    settings = settings_of(project, engine)
    with State(settings.state_path) as state:
        began = time.perf_counter()
        build(settings, state, full=True)
        full = time.perf_counter() - began
        cpu = tree_cpu(os.getpid())
        day = FIRST_DAY + timedelta(days=DAYS - 10)
        began = time.perf_counter()
        build(settings, state, first=day, last=day)
        took = time.perf_counter() - began
    told = {"full": full, "cpu": cpu, "day": took, "day_cpu": tree_cpu(os.getpid()) - cpu}
    print(json.dumps(told))


def tree(pid: int) -> list[int]:
    """A process and all below it."""
    found = [pid]
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += [each for child in path.read_text().split() for each in tree(int(child))]
        except OSError:
            continue
    return found


def tree_cpu(pid: int) -> float:
    ticks = 0
    for each in tree(pid):
        fields = Path(f"/proc/{each}/stat").read_text().rsplit(")", 1)[1].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def tree_memory(pid: int) -> int:
    pages = 0
    for each in tree(pid):
        try:
            pages += int(Path(f"/proc/{each}/statm").read_text().split()[1])
        except OSError:
            continue
    return pages * os.sysconf("SC_PAGE_SIZE") >> 20


def measure(project: Path, engine: str, events: int) -> Figure:
    with subprocess.Popen(
        [sys.executable, __file__, "--child", str(project), engine],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        env={**os.environ, "MALLARD_NOW": f"{FIRST_DAY + timedelta(days=DAYS)}T02:00:00+00:00"},
    ) as child:  # fmt: skip
        most = [0]

        def watch() -> None:
            while child.poll() is None:
                most[0] = max(most[0], tree_memory(child.pid))
                time.sleep(0.1)

        watcher = threading.Thread(target=watch)
        watcher.start()
        told, _ = child.communicate()
        watcher.join()
    if child.returncode:
        raise SystemExit(f"the build on {engine} failed")
    said = json.loads(told.splitlines()[-1])
    shuffled, spilled = moved(project) if engine == "spark" else ((), ())
    return Figure(
        engine, events, said["full"], said["cpu"], said["day"], said["day_cpu"], most[0], shuffled, spilled
    )


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
    """Where Spark on so many cores as here would take as long as DuckDB, from the two largest sizes."""
    lines = {}
    for engine in ("duckdb", "spark"):
        points = [f for f in figures if f.engine == engine][-2:]
        if len(points) < 2:
            return "two sizes are needed to say where the lines cross"
        slope = (points[1].full_seconds - points[0].full_seconds) / (points[1].events - points[0].events)
        lines[engine] = (slope, points[1].full_seconds - slope * points[1].events)
    rise = lines["duckdb"][0] - lines["spark"][0]
    if rise <= 0:
        ratio = lines["spark"][0] / lines["duckdb"][0]
        return f"no crossing on one machine: each further event costs Spark {ratio:.1f} times DuckDB's time"
    return f"the lines cross at {(lines['spark'][1] - lines['duckdb'][1]) / rise:,.0f} events"


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--events", type=int, nargs="+", default=[200_000, 1_000_000])
    arguments.add_argument("--spark-up-to", type=int, default=10_000_000)
    arguments.add_argument("--child", nargs=2)
    given = arguments.parse_args()
    if given.child:
        build_once(Path(given.child[0]), given.child[1])
        return
    figures: list[Figure] = []
    layers: dict[int, dict[str, int]] = {}
    for wanted in given.events:
        with tempfile.TemporaryDirectory() as folder:
            project = Path(folder) / "shop"
            events = make_lake(project, wanted)
            engines = ("duckdb", "spark") if wanted <= given.spark_up_to else ("duckdb",)
            for engine in engines:
                figures.append(measure(project, engine, events))
                f = figures[-1]
                print(
                    f"{f.engine:8} {f.events:12,} events   full {f.full_seconds:8.1f} s"
                    f" ({f.full_cpu:8.1f} CPU s)   one day {f.day_seconds:7.1f} s ({f.day_cpu:7.1f} CPU s)"
                    f"   {f.memory:7,} MB   shuffled {'/'.join(f'{each >> 20:,}' for each in f.shuffled)} MB"
                    f"   spilled {'/'.join(f'{each >> 20:,}' for each in f.spilled)} MB",
                    flush=True,
                )
            layers[events] = layer_bytes(project)
    for events, sizes in layers.items():
        told = ", ".join(f"{layer} {size / events:.0f}" for layer, size in sorted(sizes.items()))
        print(f"bytes per event at {events:,}: {told}")
    print(crossing(figures))
    summary = {"bench": "engines", "cores": os.cpu_count(), "machine": platform.machine(), "layers": layers}
    print(json.dumps({**summary, "figures": [asdict(figure) for figure in figures]}))


if __name__ == "__main__":
    main()
