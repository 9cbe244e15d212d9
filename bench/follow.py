"""Following a log beside its limit: ``python bench/follow.py [--lines N]``.

Our side reads a log and makes its lines durable in the spool, with offsets saved. The other side is the
least that could keep the same bytes: read, write, fdatasync by the same 4 MiB. Prints a table and, as its
last line, the figures as JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from pathlib import Path

LINE = (
    b'{"ver":"3.3.2","display":"1280x768","goods_id":%d,"osver":"win10","platform":3,"uid":%d,"act":3,'
    b'"loading_time":182,"model":"computer","acttime":%d,"net":1,"xaid":"","brand":"computer",'
    b'"vercode":"35100064","stay_time":21}\n'
)


def make(log: Path, lines: int) -> None:
    with log.open("wb") as file:
        for number in range(lines):
            file.write(LINE % (7_000_000 + number % 9999, 10_000 + number // 5, 1773140400000 + number))


def ours(folder: Path, log: Path) -> float:
    from mallard.collect.follow import follow
    from mallard.settings import parse

    settings = parse({"follow": {"files": [str(log)]}}, folder / "mallard.toml")
    started = time.perf_counter()
    follow(settings, once=True)
    return time.perf_counter() - started


def least(folder: Path, log: Path) -> float:
    started = time.perf_counter()
    with log.open("rb") as source, (folder / "copy").open("wb", buffering=0) as target:
        while chunk := source.read(4 << 20):
            target.write(chunk)
            os.fdatasync(target.fileno())
    return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=2_000_000)
    lines = parser.parse_args().lines
    with tempfile.TemporaryDirectory() as name:
        log = Path(name) / "app.log"
        make(log, lines)
        size = log.stat().st_size
        sides = {"read + write + fdatasync": least(Path(name), log), "mallard follow": ours(Path(name), log)}
    for what, seconds in sides.items():
        print(
            f"{what:<26}{seconds:>8.2f} s{lines / seconds:>14,.0f} lines/s{size / seconds / 1e6:>9,.0f} MB/s"
        )
    ratio = sides["read + write + fdatasync"] / sides["mallard follow"]
    print(f"{'ratio':<26}{ratio:>8.2f}")
    print(json.dumps({"lines": lines, "bytes": size, "seconds": sides, "ratio": ratio}))


if __name__ == "__main__":
    main()
