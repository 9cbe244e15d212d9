"""A build that is killed, JVM and all, as soon as it has run a certain statement: run as a program.

Arguments: the project's folder and, if it is to be killed, a regular expression that finds the statement and
a query. Printed as JSON: what a build that ends did, or the query's rows at the moment of death. Each is a
process of its own, because embedded Derby serves one.
"""

from __future__ import annotations

import json
import os
import re
import signal
import sys
from pathlib import Path
from typing import Any

from mallard.settings import Settings
from mallard.state import State
from mallard.warehouse.build import build
from tests.spark import on_spark


def die() -> None:
    """As in a power loss: nobody gets to do anything any more."""
    for child in Path("/proc/self/task").glob("*/children"):
        for pid in child.read_text().split():
            os.kill(int(pid), signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)


def kill_after(wanted: re.Pattern[str], query_then: str) -> None:
    """End this process as soon as such a statement has been run; a query's rows are its last words."""
    from pyspark.sql import SparkSession

    ordinary = SparkSession.sql

    def sql(self: SparkSession, query: str, *given: Any, **named: Any) -> Any:
        rows = ordinary(self, query, *given, **named)
        if wanted.search(" ".join(query.split())):
            last_words = [list(row) for row in ordinary(self, query_then).collect()]
            sys.stdout.write(json.dumps(last_words, default=str) + "\n")
            sys.stdout.flush()
            die()
        return rows

    SparkSession.sql = sql  # type: ignore[method-assign]


def main(project: str, *statement: str) -> None:
    if statement:
        wanted, query_then = statement
        kill_after(re.compile(wanted), query_then)
    settings = on_spark(Settings(project=Path(project)))
    with State(settings.state_path) as state:
        report = build(settings, state)
    sys.stdout.write(json.dumps({"full": report.full, "reason": report.reason}) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
