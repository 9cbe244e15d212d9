"""Asking the tables in Spark's metastore, without being able to change them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mallard.errors import BuildError
from mallard.settings import Settings
from mallard.warehouse.spark_session import root_cause, spark_session
from mallard.warehouse.sql import Answer, Reader, refused

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_TELLS = re.compile(r"(show|describe|desc|explain)\b", re.I)
"""How the statements begin that change nothing and are no queries."""


class SparkReader:
    """A session of Spark's that is only asked."""

    def __init__(self, session: SparkSession) -> None:
        self._session = session

    def ask(self, query: str) -> Answer:
        text = query.strip().removesuffix(";").rstrip()
        if not _TELLS.match(text):  # Spark has no read-only sessions, but in brackets only a query can stand
            text = f"select * from ({text}\n)"
        try:
            table = self._session.sql(text).toArrow()
        except Exception as failed:
            raise refused(root_cause(failed)) from None
        columns = [column.to_pylist() for column in table.columns]
        return Answer(tuple(table.column_names), tuple(zip(*columns, strict=True)))


@contextmanager
def spark_reader(settings: Settings) -> Iterator[Reader]:
    """A session on the project's metastore; "name" stands for a column, as it does in DuckDB."""
    session = spark_session(settings)
    try:
        if not session.catalog.tableExists("dim_date"):
            raise BuildError(
                f"The metastore's database {settings.warehouse.spark.database} has no tables yet.",
                "Run 'mallard build' first.",
            )
        session.conf.set("spark.sql.ansi.doubleQuotedIdentifiers", "true")
        yield SparkReader(session)
    finally:
        session.stop()
