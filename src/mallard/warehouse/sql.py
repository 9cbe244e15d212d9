"""Asking the warehouse, without being able to change it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from mallard.errors import BuildError, UsageError
from mallard.settings import Settings


@dataclass(frozen=True)
class Answer:
    """The rows of a query."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


class Reader(Protocol):
    """A warehouse that is open for reading; queries one after another."""

    def ask(self, query: str) -> Answer:
        """The rows of one statement, instants in UTC. UsageError where it cannot be answered."""


def refused(reason: object) -> UsageError:
    """What is said of a statement that the engine does not answer."""
    return UsageError(f"The query was refused: {reason}", "Mend it; 'show tables' lists what there is.")


class DuckReader:
    """DuckDB's file, opened for reading only."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def ask(self, query: str) -> Answer:
        import duckdb

        try:
            statements = self._connection.extract_statements(query)
            if len(statements) != 1:
                raise UsageError(
                    f"The query has {len(statements)} statements.", "Give one, such as 'show tables'."
                )
            result = self._connection.execute(statements[0])
            return Answer(tuple(column[0] for column in result.description), tuple(result.fetchall()))
        except duckdb.Error as failed:
            raise refused(failed) from None


@contextmanager
def reader(settings: Settings) -> Iterator[Reader]:
    """Open the warehouse for reading. LockedError while a build has it, BuildError where there is none."""
    if settings.warehouse.engine == "spark":
        from mallard.warehouse.spark_reader import spark_reader

        with spark_reader(settings) as tables:
            yield tables
        return
    from mallard.storage import open_storage
    from mallard.warehouse.duck import connect

    if not settings.warehouse_path.is_file():
        raise BuildError(f"There is no {settings.warehouse_path} yet.", "Run 'mallard build' first.")
    connection = connect(settings.warehouse_path, read_only=True)
    try:
        open_storage(settings).register(connection)
        connection.execute("set TimeZone = 'UTC'")
        yield DuckReader(connection)
    finally:
        connection.close()


def query(settings: Settings, text: str) -> Answer:
    """The rows of one statement over the warehouse."""
    with reader(settings) as warehouse:
        return warehouse.ask(text)
