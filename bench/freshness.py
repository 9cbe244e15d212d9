"""From an event to its published figure: ``python bench/freshness.py [--days N] [--rounds N]``.

A shop of some days up to yesterday is built and published; then ``mallard collect`` and ``mallard schedule``
run as they do by default. An event is sent over HTTP at a random moment of the scheduler's turn, and the
serving database is asked until today's figure has it. Beside it stands the refresh alone: each event waits
for one, behind up to ``schedule.every`` seconds. Prints a table and, as its last line, the figures as JSON.
"""

from __future__ import annotations

import argparse
import base64
import json
import platform
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parent.parent))

from sides import alone
from tests.servers import free_port, stop

from mallard import days, settings
from mallard.flow.run import run
from mallard.lake.land import land
from mallard.settings import Settings
from mallard.simulate.send import spool_days
from mallard.simulate.shop import Shop
from mallard.state import State

if TYPE_CHECKING:
    from collections.abc import Iterator

GOAL = 60
ZONE = "UTC"
KEY = "bench"


def prepared(folder: Path, length: int, port: int) -> None:
    """A project with so many days of history, built and published."""
    (folder / "mallard.toml").write_text(
        f'[shop]\ntimezone = "{ZONE}"\n[collect]\nport = {port}\n'
        f'[[collect.keys]]\nname = "web"\nkey = "{KEY}"\n'
    )
    project = settings.load(folder)
    shop = Shop(1, days.today(ZONE) - timedelta(days=length), days=length, timezone=ZONE, size=0.2)
    with State(project.state_path) as state:
        spool_days(shop, list(shop.all_days), project)
        land(project, state)
        run(project, state)


@contextmanager
def running(folder: Path, command: str) -> Iterator[None]:
    process = subprocess.Popen(
        [sys.executable, "-m", "mallard", command, "--project", str(folder)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        stop(process)


def opens(project: Settings) -> int:
    """Today's app opens, as they are published."""
    with closing(sqlite3.connect(project.path("data/serving.db"))) as db:
        [(found,)] = db.execute(
            "select coalesce(sum(opens), 0) from app_open_count where dt = ?", (str(days.today(ZONE)),)
        ).fetchall()
        return int(found)


def sent_and_seen(project: Settings, number: int) -> float:
    """Seconds from an event's 200 until the published figure counts it."""
    before = opens(project)
    request = urllib.request.Request(
        f"http://127.0.0.1:{project.collect.port}/v1/track",
        json.dumps({"userId": f"fresh-{number}", "event": "Application Opened"}).encode(),
        {"Authorization": "Basic " + base64.b64encode(f"{KEY}:".encode()).decode()},
    )
    with urllib.request.urlopen(request):
        began = time.perf_counter()
    while opens(project) == before:
        time.sleep(0.05)
    return time.perf_counter() - began


def refreshed(folder: Path) -> float:
    """Seconds of one refresh of the last day, from landing to publishing."""
    project = settings.load(folder)
    with State(project.state_path) as state:
        state.touch("event", [days.today(ZONE)])
        began = time.perf_counter()
        run(project, state)
        return time.perf_counter() - began


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--days", type=int, default=90)
    arguments.add_argument("--rounds", type=int, default=8)
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        alone(prepared, folder, given.days, free_port())
        project = settings.load(folder)
        taken = []
        with running(folder, "collect"), running(folder, "schedule"):
            time.sleep(15)
            for number in range(given.rounds):
                time.sleep(random.uniform(0, project.schedule.every))
                taken.append(sent_and_seen(project, number))
                sys.stdout.write(f"  event {number + 1}: {taken[-1]:.1f} s\n")
                sys.stdout.flush()
        alone_seconds = alone(refreshed, folder)
    worst = max(taken)
    print(f"{'event to published figure':28} median {statistics.median(taken):6.1f} s, worst {worst:6.1f} s")
    print(f"{'the refresh alone':28} {alone_seconds:13.1f} s")
    print(f"{'worst of the goal':28} {worst / GOAL:13.2f}   (goal: below {GOAL} s)")
    figures = {"median": statistics.median(taken), "worst": worst, "refresh": alone_seconds}
    summary = {"bench": "freshness", "days": given.days, "every": project.schedule.every}
    print(json.dumps({**summary, **figures, "ratio": worst / GOAL, "machine": platform.machine()}))


if __name__ == "__main__":
    main()
