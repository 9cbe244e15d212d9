"""The collector's throughput beside its limits: ``python bench/collector.py [--seconds N]``.

Single events and batches of 100, each acknowledged only when durable, next to the same server without
fdatasync (the price of durability), nginx answering 200 at once (the ceiling of HTTP), and the same bytes
written and fdatasynced by one process (the ceiling of the disk). Load comes from wrk on the same cores.
Prints a table and, as its last line, the figures as JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

BATCH = 100
PUBLISHED_RUDDERSTACK = 1700
"""Events a second that RudderStack publishes for a server of 2 cores."""

EVENT = {
    "type": "track", "event": "Product Viewed", "messageId": "ajs-next-1700000000-0123456789abcdef",
    "anonymousId": "6b0a1f1e-6a0f-4a53-9b1f-0f0e0d0c0b0a", "userId": "u-1",
    "timestamp": "2026-11-24T05:00:00Z",
    "properties": {"product_id": "p-1", "category": "Shoes", "name": "Shoe", "price": 19.99, "position": 3},
    "context": {
        "page": {"path": "/p/1", "url": "https://shop.example/p/1", "title": "Shoe", "referrer": ""},
        "userAgent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/130 Safari/537.36",
        "locale": "en-US", "library": {"name": "analytics.js", "version": "npm:next-1.84.0"},
    },
}  # fmt: skip
SINGLE = json.dumps(EVENT, separators=(",", ":"))
BATCHED = json.dumps({"batch": [EVENT] * BATCH, "sentAt": "2026-11-24T05:00:01Z"}, separators=(",", ":"))

DURABLE = "from mallard.cli import main; main()"
NOT_DURABLE = f"import os; os.fdatasync = lambda file: None; {DURABLE}"


@dataclass(frozen=True)
class Figure:
    """requests and events a second; latencies in milliseconds."""

    what: str
    requests: float
    events: float
    p50: float | None = None
    p99: float | None = None
    failed: int = 0


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--seconds", type=int, default=10, help="How long each figure is measured.")
    arguments.add_argument("--workers", type=int, default=1, help="Server processes.")
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="mallard-bench-", dir=Path.cwd()) as folder:
        figures = measure(Path(folder), given.seconds, given.workers)
    show(figures)


def measure(folder: Path, seconds: int, workers: int) -> list[Figure]:
    kinds = (("single", "/v1/track", SINGLE, 1), ("batch", "/v1/batch", BATCHED, BATCH))
    figures, groups = [], {}
    with mallard(folder / "durable", DURABLE, workers) as url:
        for kind, path, body, events in kinds:
            before = commits(url)
            figures.append(load(folder, url + path, body, seconds, events, f"{kind}, durable"))
            after = commits(url)
            groups[kind] = round((after[0] - before[0]) / (after[1] - before[1])) or 1
    with mallard(folder / "fast", NOT_DURABLE, workers) as url:
        for kind, path, body, events in kinds:
            figures.append(load(folder, url + path, body, seconds, events, f"{kind}, no fdatasync"))
    with nginx(folder / "nginx") as url:
        for kind, path, body, events in kinds:
            figures.append(load(folder, url + path, body, seconds, events, f"{kind}, nginx"))
    for kind, _, body, events in kinds:
        name = f"{kind}, disk, groups of {groups[kind]}"
        figures.append(disk(folder, body.encode(), groups[kind], seconds, events, name))
    return figures


def commits(url: str) -> tuple[float, float]:
    """Requests that were committed so far, and commits."""
    with urllib.request.urlopen(url + "/metrics") as answer:
        page = answer.read().decode()
    lines = re.findall(r"^mallard_collect_group_requests_(sum|count)\b.* (\S+)$", page, re.M)
    requests, groups = (
        sum(float(value) for name, value in lines if name == part) for part in ("sum", "count")
    )
    return requests, groups


def load(folder: Path, url: str, body: str, seconds: int, events: int, what: str) -> Figure:
    """64 connections that each send the next request when the last was answered, after a warm-up."""
    script = folder / "post.lua"
    script.write_text(
        f'wrk.method = "POST"\nwrk.headers["Content-Type"] = "application/json"\nwrk.body = [==[{body}]==]\n'
    )
    command = ["wrk", "-t1", "-c64", "--latency", "-s", str(script), url]
    subprocess.run([*command, "-d2"], capture_output=True, check=True)
    done = subprocess.run([*command, f"-d{seconds}"], capture_output=True, text=True, check=True)
    rate = float(_found(r"Requests/sec:\s+([\d.]+)", done.stdout))
    failed = re.search(r"Non-2xx or 3xx responses: (\d+)", done.stdout)
    return Figure(
        what=what, requests=rate, events=rate * events, p50=_latency("50%", done.stdout),
        p99=_latency("99%", done.stdout), failed=int(failed[1]) if failed else 0,
    )  # fmt: skip


def disk(folder: Path, body: bytes, requests: int, seconds: int, events: int, what: str) -> Figure:
    """The same bytes in groups of as many requests, each written and fdatasynced by one process."""
    data = body * requests
    file = os.open(folder / "raw", os.O_WRONLY | os.O_CREAT)
    groups, end = 0, time.monotonic() + seconds
    while time.monotonic() < end:
        os.pwrite(file, data, groups * len(data))
        os.fdatasync(file)
        groups += 1
    os.close(file)
    (folder / "raw").unlink()
    rate = groups * requests / seconds
    return Figure(what, rate, rate * events)


@contextmanager
def mallard(project: Path, program: str, workers: int) -> Iterator[str]:
    port = _free_port()
    project.mkdir()
    (project / "mallard.toml").write_text(f"[collect]\nport = {port}\nworkers = {workers}\n")
    command = [sys.executable, "-c", program, "collect", "--project", str(project)]
    yield from _running(command, f"http://127.0.0.1:{port}", "/health")


@contextmanager
def nginx(folder: Path) -> Iterator[str]:
    port = _free_port()
    folder.mkdir()
    (folder / "nginx.conf").write_text(
        f"pid {folder}/pid; error_log {folder}/error.log; worker_processes 1; daemon off;\n"
        "events { worker_connections 1024; }\n"
        f"http {{ access_log off; client_body_temp_path {folder}/body; client_body_buffer_size 1m;\n"
        f"  server {{ listen 127.0.0.1:{port}; location / {{ return 200 'ok'; }} }} }}\n"
    )
    yield from _running(["nginx", "-c", str(folder / "nginx.conf")], f"http://127.0.0.1:{port}", "/")


def _running(command: list[str], url: str, ready: str) -> Iterator[str]:
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            for _ in range(300):
                try:
                    urllib.request.urlopen(url + ready).close()
                    break
                except (urllib.error.URLError, OSError):
                    time.sleep(0.1)
            yield url
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def show(figures: list[Figure]) -> None:
    print(f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    heads = ("requests/s", "events/s", "p50 ms", "p99 ms", "failed", "durable is")
    print(f"{'':30}" + "".join(f"{head:>12}" for head in heads))
    durable = {figure.what.partition(",")[0]: figure for figure in figures if figure.what.endswith("durable")}
    for figure in figures:
        ratio = durable[figure.what.partition(",")[0]].events / figure.events
        p50, p99 = ("–" if value is None else f"{value:.1f}" for value in (figure.p50, figure.p99))
        cells = (f"{figure.requests:,.0f}", f"{figure.events:,.0f}", p50, p99, figure.failed, f"{ratio:.2f}×")
        print(f"{figure.what:30}" + "".join(f"{cell:>12}" for cell in cells))
    published = durable["single"].events / PUBLISHED_RUDDERSTACK
    print(f"RudderStack's published {PUBLISHED_RUDDERSTACK} events/s on 2 cores: {published:.1f}×")
    print(json.dumps([asdict(figure) for figure in figures]))


def _latency(name: str, text: str) -> float:
    value, unit = re.search(rf"{name}\s+([\d.]+)(us|ms|s)\b", text).groups()  # type: ignore[union-attr]
    return float(value) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[unit]


def _found(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    if found is None:
        raise SystemExit(f"wrk said something else:\n{text}")
    return found[1]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    main()
