"""Landing beside its limit: ``python bench/landing.py [--events N] [--dialect user_action|segment]``.

Our side lands a spool: durable records in, judged, mapped onto the canonical event, Parquet by day,
committed. The other side is DuckDB alone, ``COPY (read_json) TO parquet`` of the same lines; beside it DuckDB
writing the columns of the canonical event from the same lines, without a spool, a judgement or a commit
(user_action only). Each runs in a process of its own, one after the other; wall time, processor time and
peak memory are those of the process.
Prints a table and, as its last line, the figures as JSON.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

BLOCK = 256 << 10
FIRST = 1773140400000
GOAL = 0.7


@dataclass(frozen=True)
class Figure:
    """What one side took for all events; memory in MB at its peak."""

    what: str
    seconds: float
    cpu_seconds: float
    memory_mb: int
    events_per_second: float


def user_action(number: int, dice: random.Random) -> dict[str, object]:
    person = number // 5
    line: dict[str, object] = {
        "uid": 10_000 + person, "ver": f"3.{person % 5}.{person % 9}", "display": "1280x768",
        "osver": ("7.1.1", "ios12", "win10")[person % 3], "platform": 1 + person % 3, "act": 1 + number % 5,
        "model": f"oppo{person % 60}", "acttime": FIRST + number, "net": person % 6,
        "xaid": "" if person % 3 == 2 else f"ab25617-c38910-m{person}", "brand": "oppo",
        "vercode": f"35{person % 9999:06d}",
    }  # fmt: skip
    of_act: tuple[dict[str, object], ...] = (
        {"ad_status": 1, "loading_time": dice.randrange(1000)},
        {"goods_id": 10**8 + dice.randrange(10**6), "location": number % 9},
        {
            "goods_id": 10**8 + dice.randrange(10**6), "stay_time": dice.randrange(6000),
            "loading_time": dice.randrange(1000),
        },
        {"goods_num": number % 14, "loading_time": dice.randrange(1000), "loading_type": 1},
        {},
    )  # fmt: skip
    return line | of_act[number % 5]


def segment(number: int, dice: random.Random) -> dict[str, object]:
    person = number // 8
    return {
        "type": "track", "event": "Product Viewed", "messageId": f"ajs-{number:032d}",
        "anonymousId": f"a-{person:030d}", "userId": f"u{person}", "timestamp": "2026-03-10T11:00:00.123Z",
        "properties": {
            "product_id": f"p{dice.randrange(5000)}", "category": "Shoes", "name": "Shoe",
            "price": 19.99 + person % 50, "position": number % 9, "currency": "USD",
        },
        "context": {
            "library": {"name": "analytics.js", "version": "next-1.84.0"}, "locale": "en-US",
            "page": {"path": f"/p/{number % 999}", "url": f"https://shop.example/p/{number % 999}"},
            "userAgent": f"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/{100 + person % 30}.0",
        },
    }  # fmt: skip


def make(folder: Path, dialect: str, events: int) -> None:
    """The same events as a spool and as a file of JSON lines."""
    from mallard.spool import Record, SpoolWriter

    dice = random.Random(1)
    row = user_action if dialect == "user_action" else segment
    received = (FIRST + 3_600_000) * 1000
    with (folder / "lines.json").open("wb") as plain, SpoolWriter(folder / "data/spool", "node1") as writer:
        offset = 0
        for group in _groups((row(number, dice) for number in range(events)), dialect):
            plain.write(b"\n".join(group) + b"\n")
            if dialect == "user_action":
                body = b"\n".join(group) + b"\n"
                writer.append([Record(dialect, "lines", "log", received, body, origin=f"f@{offset}")])
                offset += len(body)
            else:
                body = b'{"batch":[' + b",".join(group) + b'],"sentAt":"2026-03-10T11:59:59Z"}'
                writer.append([Record(dialect, "batch", "web", received, body, "203.0.113.0", "")])


def _groups(rows: Iterator[dict[str, object]], dialect: str) -> Iterator[list[bytes]]:
    group: list[bytes] = []
    size = 0
    for row in rows:
        group.append(json.dumps(row, separators=(",", ":")).encode())
        size += len(group[-1]) + 1
        if size > BLOCK - 2000 if dialect == "user_action" else len(group) == 100:
            yield group
            group, size = [], 0
    if group:
        yield group


def side_land(folder: Path) -> None:
    from mallard.lake.land import land
    from mallard.settings import parse
    from mallard.state import State

    settings = parse({}, folder / "mallard.toml")
    with State(settings.state_path) as state:
        report = land(settings, state)
    if report.quarantined or not report.landed:
        raise SystemExit(f"not everything landed: {report}")


def side_duckdb(folder: Path) -> None:
    import duckdb

    connection = duckdb.connect()
    connection.execute(f"set memory_limit = '1GB'; set temp_directory = '{folder}/spill'")
    connection.execute(
        f"copy (from read_json('{folder}/lines.json', format = 'newline_delimited'))"
        f" to '{folder}/lines.parquet' (format parquet, compression zstd)"
    )


def side_columns(folder: Path) -> None:
    """The canonical columns of user_action lines, straight from the file."""
    import duckdb

    from mallard.events.event import EVENT_COLUMNS
    from mallard.events.timing import timed
    from mallard.events.user_action import mapping
    from mallard.lake.rows import typed

    connection = duckdb.connect()
    connection.execute(
        f"set timezone = 'UTC'; set memory_limit = '1GB'; set temp_directory = '{folder}/spill'"
    )
    lines = f"""(
        select
            json::varchar as item, null::varchar as refusal, 'log' as source, '' as place, '' as origin,
            timestamp '2026-03-10 12:00' as received_at, date '2026-03-10' as arrived,
        from read_ndjson_objects('{folder}/lines.json')
    )"""
    events = timed(f"({mapping(lines, 32 << 10)})")
    present = {str(row[0]) for row in connection.execute(f"describe {events}").fetchall()}
    connection.execute(
        f"copy (select {typed(EVENT_COLUMNS, 1, present)} from ({events}))"
        f" to '{folder}/columns.parquet' (format parquet, compression zstd)"
    )


SIDES = {"land": ("mallard land", side_land), "duckdb": ("DuckDB copy (read_json)", side_duckdb),
         "columns": ("DuckDB, our columns", side_columns)}  # fmt: skip


def measured(side: str, folder: Path, events: int) -> Figure:
    """One side in a process of its own."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, __file__, "--side", side, "--folder", str(folder)], check=True, capture_output=True
    )
    seconds = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Figure(SIDES[side][0], seconds, cpu, int(done.stdout) >> 10, events / seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--dialect", choices=["user_action", "segment"], default="user_action")
    parser.add_argument("--side", choices=list(SIDES))
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    if given.side:
        SIDES[given.side][1](given.folder)
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
        return
    with tempfile.TemporaryDirectory() as name:
        make(Path(name), given.dialect, given.events)
        other = measured("duckdb", Path(name), given.events)
        same = measured("columns", Path(name), given.events) if given.dialect == "user_action" else None
        ours = measured("land", Path(name), given.events)
    ratio = ours.events_per_second / other.events_per_second
    print(f"{given.events:,} events of {given.dialect}")
    for figure in (ours, other, *([same] if same else [])):
        print(
            f"{figure.what:<26}{figure.seconds:>8.2f} s{figure.cpu_seconds:>8.2f} s cpu"
            f"{figure.memory_mb:>7,} MB{figure.events_per_second:>12,.0f} events/s"
        )
    print(f"{'ratio':<26}{ratio:>8.2f}   (goal {GOAL})")
    figures = {"ours": asdict(ours), "other": asdict(other), "same_columns": asdict(same) if same else None}
    print(
        json.dumps(
            {"dialect": given.dialect, "events": given.events, **figures, "ratio": ratio, "goal": GOAL}
        )
    )


if __name__ == "__main__":
    main()
