"""Publishing beside LOAD DATA: ``python bench/publish.py [--rows N]``.

The rows of one published table go into a real MariaDB, once as publishing loads them (multi-row inserts,
local files off) and once by LOAD DATA LOCAL from a file that lies ready, into tables of the same definition,
each the best of three. Prints a table and, as its last line, the figures as JSON.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pymysql
import sqlalchemy as sa

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests import servers
from tests.publish.exports import write_export

from mallard.publish.export import Export, read_export
from mallard.publish.load import LOADERS
from mallard.publish.schema import staging_table
from mallard.serving.connection import connect
from mallard.settings import Settings

TABLE = "app_product_sales"
ROUNDS = 3


@dataclass(frozen=True)
class Figure:
    """Seconds of the best round, and rows a second."""

    what: str
    seconds: float
    rows: float


def rows_of(count: int) -> list[dict[str, Any]]:
    """A thousand products a day."""
    return [
        {
            "dt": date(2025, 1, 1) + timedelta(days=n // 1000), "product_id": f"P{n % 1000:05d}",
            "product_name": f"Product number {n % 1000}", "level1_name": "Home", "level2_name": "Kitchen",
            "level3_name": "Cookware", "brand": "Nordhus", "orders": n % 7, "units": n % 11,
            "sales": Decimal(n) / 100,
        }
        for n in range(count)
    ]  # fmt: skip


def best(what: str, count: int, empty: Callable[[], None], work: Callable[[], None]) -> Figure:
    """The best of some rounds, each into an empty table."""
    times = []
    for _ in range(ROUNDS):
        empty()
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return Figure(what, min(times), count / min(times))


def ours(engine: sa.Engine, export: Export, count: int) -> Figure:
    stage = staging_table(engine, export, export.tables[TABLE], "bench")

    def empty() -> None:
        stage.drop(engine, checkfirst=True)
        stage.create(engine)

    def work() -> None:
        with engine.connect() as connection:
            LOADERS["mysql"](connection, stage, export.batches(TABLE))
            connection.commit()

    return best("publish (multi-row inserts)", count, empty, work)


def load_data(server: servers.DatabaseServer, file: Path, count: int) -> Figure:
    url = server.admin
    connection = pymysql.connect(
        host=url.host, port=url.port, user=url.username, password=url.password, database="bench",
        local_infile=True,
    )  # fmt: skip

    def empty() -> None:
        connection.query("drop table if exists loaded")
        connection.query(f"create table loaded like mallard_stage_{TABLE}")

    def work() -> None:
        connection.query(f"load data local infile '{file}' into table loaded")
        connection.commit()

    return best("LOAD DATA LOCAL", count, empty, work)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rows", type=int, default=200_000)
    count = arguments.parse_args().rows
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        rows = rows_of(count)
        file = home / "rows.tsv"
        file.write_text("".join("\t".join(map(str, row.values())) + "\n" for row in rows))
        with servers.mariadb(home / "server", "--local-infile=1") as server:
            settings = Settings(project=home, publish={"url": server.create("bench")})
            write_export(settings, "bench", {TABLE: rows})
            engine = connect(settings)
            with engine.connect():
                pass  # the dialect learns here which server it speaks to
            figures = [ours(engine, read_export(settings), count), load_data(server, file, count)]
    ratio = figures[0].rows / figures[1].rows
    for figure in figures:
        print(f"{figure.what:30} {figure.seconds:8.2f} s {figure.rows:12,.0f} rows/s")
    print(f"{'ratio':30} {ratio:8.2f}   (goal: at least 0.5)")
    summary = {"bench": "publish", "rows": count, "ratio": round(ratio, 3), "machine": platform.machine()}
    print(json.dumps({**summary, "figures": [asdict(figure) for figure in figures]}))


if __name__ == "__main__":
    main()
