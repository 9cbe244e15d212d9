"""A real collector for the tests: a project of its own, the real process, what it landed in the lake."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from mallard import settings as settings_file
from mallard.lake.land import LandReport, land
from mallard.state import State
from tests.servers import free_port, wait_until

KEY = "wk-{}"
"""Write key of a source, by its name."""


@dataclass
class Collector:
    """``mallard collect`` on a fixed port, so that it can be stopped and started again under its clients."""

    project: Path
    port: int
    process: subprocess.Popen[bytes] | None = None
    seen: int = -1

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self.project / "collector.log"

    @property
    def settings(self) -> settings_file.Settings:
        return settings_file.load(self.project)

    def start(self) -> None:
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "mallard", "collect", "--project", str(self.project)],
                stdout=output,
                stderr=output,
                start_new_session=True,  # so that kill() reaches the workers too
            )
        wait_until(self.healthy, self.process, self.log, 30)

    def healthy(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/health", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def stop(self) -> None:
        """SIGTERM: what a service manager does."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(30)
            self.process = None

    def kill(self) -> None:
        """SIGKILL for the server and its workers: what a power cut does to a process."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(30)
            self.process = None

    def counted(self, metric: str) -> float:
        """A figure of /metrics, such as 'name_total{code="rate_limited"}'; 0 where it is not there."""
        with urllib.request.urlopen(f"{self.url}/metrics", timeout=5) as answer:
            lines = answer.read().decode().splitlines()
        return next((float(line.rpartition(" ")[2]) for line in lines if line.startswith(f"{metric} ")), 0.0)

    def memory(self) -> int:
        """Highest resident bytes that any process of the server has had."""
        assert self.process is not None
        return max(_high_water(pid) for pid in _tree(self.process.pid))

    def land(self) -> LandReport:
        with State(self.settings.state_path) as state:
            return land(self.settings, state)

    def events(self, source: str | None = None) -> list[dict[str, Any]]:
        """Every landed row of a source, duplicates too, in order of arrival."""
        self.land()
        return self._rows("ods/event", source)

    def quarantined(self, source: str | None = None) -> list[dict[str, Any]]:
        self.land()
        return self._rows("quarantine/event", source)

    def fresh(self) -> tuple[LandReport, list[dict[str, Any]], list[dict[str, Any]]]:
        """Land, and show what came since this was last asked: the report, rows, quarantined rows."""
        report = self.land()
        both = [self._rows(folder, None, self.seen) for folder in ("ods/event", "quarantine/event")]
        self.seen = max([self.seen, *(row["landed_seq"] for rows in both for row in rows)])
        return report, both[0], both[1]

    def _rows(self, folder: str, source: str | None, after: int = -1) -> list[dict[str, Any]]:
        files = Path(self.settings.lake_url) / folder
        if not any(files.glob("dt=*/*.parquet")):
            return []
        with duckdb.connect() as db:
            db.execute("set timezone = 'UTC'")
            table = db.execute(
                "select * from read_parquet(?, hive_partitioning = true)"
                " where (? is null or source = ?) and landed_seq > ? order by landed_seq, origin",
                [f"{files}/dt=*/*.parquet", source, source, after],
            )
            names = [column[0] for column in table.description or []]
            return [dict(zip(names, row, strict=True)) for row in table.fetchall()]


def once(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The first copy of each event, as the warehouse keeps it."""
    first: dict[str, dict[str, Any]] = {}
    for row in rows:
        first.setdefault(row["event_id"], row)
    return list(first.values())


@contextmanager
def collector(project: Path, sources: Iterable[str], rate: int = 0, **options: object) -> Iterator[Collector]:
    """A started collector whose write keys are named like the sources; options go to [collect]."""
    port = free_port()
    lines = ["[shop]", 'name = "Duck Pond"', "[collect]", f"port = {port}"]
    lines += [f"{name} = {str(value).lower()}" for name, value in options.items()]
    for name in sources:
        lines += ["[[collect.keys]]", f'name = "{name}"', f'key = "{KEY.format(name)}"', f"rate = {rate}"]
    project.mkdir(parents=True, exist_ok=True)
    (project / "mallard.toml").write_text("\n".join(lines) + "\n")
    running = Collector(project, port)
    running.start()
    try:
        yield running
    finally:
        running.stop()


def eventually(true: Any, seconds: float = 30) -> bool:
    """Ask again until it holds or time is up; the answer is the last one."""
    deadline = time.monotonic() + seconds
    while not (found := true()) and time.monotonic() < deadline:
        time.sleep(0.3)
    return bool(found)


def _tree(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(below for child in children for below in _tree(int(child)))]


def _high_water(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0
