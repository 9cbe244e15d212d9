"""Importing orders beside ``mysql --quick`` and Spark: ``python bench/import.py [--orders N]``.

A real MariaDB holds the orders of preset mall. Our side is the whole import of that table, from the first
connection to the files of the lake, and then the import of a thousand changed ones. The limit is the mysql
client that reads the same rows and throws them away: from the bare table, and with the very query that the
import sends, which maps the preset's columns and so is what no import of it can go below. Spark reads the
bare table over JDBC in two partitions into Parquet; it is shown with the start of its session and without.
Each is a process of its own; memory is its peak. Prints a table and, as its last line, the figures as JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import sqlalchemy as sa

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests import maven, servers

from mallard import settings
from mallard.sources.database import connect
from mallard.sources.dialects import select
from mallard.sources.plan import plans

GOAL, GOAL_MB = 0.8, 500
CHANGED = 1_000

_COLUMNS = (
    "order_id bigint primary key, order_date datetime(6), user_id bigint, order_money decimal(20, 4),"
    " order_type varchar(20), order_status tinyint, pay_id varchar(20), update_time datetime(6)"
)

_IMPORT = """
import sys, time
from pathlib import Path
from mallard import settings
from mallard.sources.load import load
from mallard.state import State
found = settings.load(Path(sys.argv[1]))
with State(found.state_path) as state:
    (report,) = load(found, state, ["orders"])
assert report.new + report.changed == int(sys.argv[2]), report
"""

_SPARK = """
import json, os, sys, time
from pathlib import Path
from pyspark.sql import SparkSession
jars, url, user, count, to = sys.argv[1:]
built = SparkSession.builder.master("local[2]").config("spark.jars", jars)
built = built.config("spark.ui.enabled", "false").config("spark.sql.parquet.compression.codec", "zstd")
spark = built.getOrCreate()
started = time.monotonic()
options = {"url": url, "dbtable": "user_order", "user": user, "password": os.environ["MYSQL_PWD"],
    "driver": "org.mariadb.jdbc.Driver", "fetchsize": "10000", "numPartitions": "2",
    "partitionColumn": "order_id", "lowerBound": "1", "upperBound": count}
spark.read.format("jdbc").options(**options).load().write.parquet(to)
seconds = time.monotonic() - started
java = Path("/proc") / str(spark.sparkContext._gateway.proc.pid)
used = java.joinpath("stat").read_text().rsplit(")", 1)[1].split()
peak = next(x for x in java.joinpath("status").read_text().splitlines() if x.startswith("VmHWM"))
cpu = (int(used[11]) + int(used[12])) / os.sysconf("SC_CLK_TCK")
Path(to + ".json").write_text(json.dumps([seconds, cpu, int(peak.split()[1]) // 1024]))
assert spark.read.parquet(to).count() == int(count)
"""


@dataclass(frozen=True)
class Figure:
    """Seconds of a process from start to end, of a processor in it, rows a second and peak memory."""

    what: str
    seconds: float
    cpu_seconds: float
    rows: float
    memory_mb: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=2_000_000)
    parser.add_argument("--without-spark", action="store_true")
    asked = parser.parse_args()
    count = asked.orders
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        with servers.mariadb(home / "server", "--innodb-buffer-pool-size=1G") as server:
            url = sa.make_url(server.create("mall"))
            _fill(url, count)
            figures = _measure(home, url, count)
            figures += [] if asked.without_spark else _spark(home, url, count)
    _print(figures, count)


def _fill(url: sa.URL, count: int) -> None:
    _run(
        url,
        f"create table user_order ({_COLUMNS})",
        "create table payment_flow (pay_id varchar(20) primary key, pay_time datetime(6))",
        "insert into user_order select seq, '2026-01-01' + interval seq second, seq % 100000, seq * 0.37,"
        f" 'web', seq % 5, null, '2026-01-01' + interval seq second from seq_1_to_{count}",
        "analyze table user_order",
    )


def _run(url: sa.URL, *statements: str) -> None:
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect().execution_options(no_parameters=True) as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


def _measure(home: Path, url: sa.URL, count: int) -> list[Figure]:
    bare, whole = "select * from user_order", _importer(home, url, count)
    _timed("warm-up", _client(url, bare), count)
    limit = _timed("mysql --quick to /dev/null", _client(url, bare), count)
    mapped = _timed("the same, the import's own query", _client(url, _query(home / "project")), count)
    ours = _timed("import, whole", whole, count)
    _run(
        url,
        "update user_order set order_status = 1, order_money = order_money + 1, update_time = now(6)"
        f" where order_id % {count // CHANGED} = 0",
    )
    changes = _timed(f"import, {CHANGED:,} changed", _importer(home, url, CHANGED), CHANGED)
    return [limit, mapped, ours, changes]


def _client(url: sa.URL, query: str) -> list[str]:
    return [
        "mysql", "--quick", "--protocol=tcp", f"--host={url.host}", f"--port={url.port}",
        f"--user={url.username}", url.database or "", f"--execute={query}",
    ]  # fmt: skip


def _query(project: Path) -> str:
    """What the import sends for the orders."""
    found = settings.load(project)
    (plan,) = plans(found, ["orders"])
    with connect(found) as database:
        query = database.query(plan)
        return select(database.dialect, query, database.columns(query, plan.name))


def _importer(home: Path, url: sa.URL, expected: int) -> list[str]:
    project = home / "project"
    project.mkdir(exist_ok=True)
    shown = url.set(password="{password}").render_as_string(hide_password=False).replace("%7B", "{")
    (project / "mallard.toml").write_text(
        f'[source]\nurl = "{shown.replace("%7D", "}")}"\npassword = "env:MYSQL_PWD"\npreset = "mall"\n'
        "[source.order_status]\n1 = 'paid'\n2 = 'shipped'\n3 = 'completed'\n4 = 'cancelled'\n"
    )
    os.environ["MYSQL_PWD"] = url.password or ""
    return [sys.executable, "-c", _IMPORT, str(project), str(expected)]


def _spark(home: Path, url: sa.URL, count: int) -> list[Figure]:
    quotes = "sessionVariables=sql_mode=ANSI_QUOTES"  # Spark quotes columns as the standard has it
    address = f"jdbc:mariadb://{url.host}:{url.port}/{url.database}?{quotes}"
    jars, to = ",".join(map(str, maven.jars("spark"))), home / "spark"
    command = [sys.executable, "-c", _SPARK, jars, address, url.username or "", str(count), str(to)]
    whole = _timed("Spark local[2], JDBC to Parquet", command, count)
    seconds, cpu, memory = json.loads(to.with_suffix(".json").read_text())
    return [
        replace(whole, cpu_seconds=cpu, memory_mb=memory),
        Figure("the same, in a session already up", seconds, cpu, count / seconds, memory),
    ]


def _timed(what: str, command: list[str], rows: int) -> Figure:
    """Run a process; its wall time and the peak memory that the kernel counted for it."""
    started = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    errors = process.stderr.read() if process.stderr is not None else b""
    _, status, used = os.wait4(process.pid, 0)
    seconds = time.monotonic() - started
    if status != 0:
        raise SystemExit(f"{what} failed:\n{errors.decode(errors='replace')[-2000:]}")
    return Figure(what, seconds, used.ru_utime + used.ru_stime, rows / seconds, used.ru_maxrss // 1024)


def _print(figures: list[Figure], count: int) -> None:
    limit, mapped, ours = figures[:3]
    ratio, of_mapped = limit.seconds / ours.seconds, mapped.seconds / ours.seconds
    print(f"{count:,} orders on {os.cpu_count()} processors, {platform.machine()}\n")
    for figure in figures:
        print(
            f"{figure.what:34} {figure.seconds:8.2f} s {figure.cpu_seconds:8.2f} s cpu"
            f" {figure.rows:12,.0f} rows/s {figure.memory_mb:6} MB"
        )
    print(f"\nimport / limit: {ratio:.2f} (goal {GOAL}); memory {ours.memory_mb} MB (goal {GOAL_MB})")
    print(f"import / the client with the import's own query: {of_mapped:.2f}")
    for spark in figures[4:]:
        print(f"{spark.what}: {spark.seconds / ours.seconds:.2f} times our seconds")
    print(
        json.dumps(
            {
                "ratio": round(ratio, 3),
                "ratio_mapped": round(of_mapped, 3),
                "figures": [asdict(figure) for figure in figures],
            }
        )
    )


if __name__ == "__main__":
    main()
