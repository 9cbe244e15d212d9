"""One moment for all tables, as far as the server gives one.

PostgreSQL exports a snapshot that every reader imports. MySQL cannot hand one on, so its readers each begin
their own while a global read lock stands still the commits; the lock is held only until the last has begun.
SQLite's file is copied whole. Where it cannot be had, the reports say so.
"""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from mallard.errors import MallardError, UnreachableError
from mallard.sources.database import Database, meaning

if TYPE_CHECKING:
    import pyarrow as pa

LOCK_SECONDS = 2
HELD_SECONDS = 5

_MYSQL_ERROR = re.compile(r"ERROR (\d+) \((\w{5})\): (.*?)(?: \}|$)", re.DOTALL)
"""How connectorx's client writes an error of the server."""

_WORD = re.compile(r"\w+")

_SNAPSHOT = (
    "set session transaction isolation level repeatable read",
    "start transaction with consistent snapshot",
)


@dataclass(frozen=True)
class Query:
    """What a reader sends, and how many rows it hands over at once."""

    sql: str
    batch_rows: int


@dataclass(frozen=True)
class Moment:
    """Readers that all see the database at one moment, or why they may not.

    doubt: empty where the moment is one; else the sentence for the report.
    """

    readers: dict[str, pa.RecordBatchReader]
    doubt: str = ""


@contextmanager
def moment(database: Database, queries: Mapping[str, Query], lock: bool, staging: Path) -> Iterator[Moment]:
    """Open a reader for each query. What Rust prints when a server goes away is kept out of the terminal."""
    with _quiet(staging / "reader.log"), _left_by_interrupt():
        opened = {"mysql": _mysql, "postgresql": _postgres, "sqlite": _sqlite}[database.dialect.name]
        yield opened(database, queries, lock, staging)


def _mysql(database: Database, queries: Mapping[str, Query], lock: bool, _: Path) -> Moment:
    session = (*database.session, *_SNAPSHOT)
    doubt = "" if len(queries) < 2 else _lock_commits(database) if lock else "source.lock is off"
    readers = {name: _open(database, query, session, name) for name, query in queries.items()}
    return Moment(readers, doubt or _unlock_commits(database) or _no_snapshot(database, queries))


def _no_snapshot(database: Database, queries: Mapping[str, Query]) -> str:
    """Which tables a transaction does not keep as they were, as those of MyISAM; empty where none is read."""
    apart = database.connection.exec_driver_sql(
        "select t.table_name from information_schema.tables t"
        " join information_schema.engines e on e.engine = t.engine"
        " where t.table_schema = database() and e.transactions <> 'YES'"
    )
    words = {word for query in queries.values() for word in _WORD.findall(query.sql)}
    read = sorted({str(name) for (name,) in apart} & words) if len(queries) > 1 else []
    if not read:
        return ""
    more = f" and {len(read) - 3} more" if len(read) > 3 else ""
    return (
        f"tables without transactions ({', '.join(read[:3])}{more}) were read one after another;"
        " alter table … engine = InnoDB gives them one moment"
    )


def _lock_commits(database: Database) -> str:
    """Stop commits for a moment; why not, where the server refuses.

    The server itself ends the lock's session where it is idle for too long, whatever becomes of this process:
    connecting can take half a minute at a server that has no connection to spare, and nobody may wait for it.
    """
    run = database.connection.exec_driver_sql
    try:
        run(f"set session lock_wait_timeout = {LOCK_SECONDS}, session wait_timeout = {HELD_SECONDS}")
        run("flush tables with read lock")
    except sa.exc.DBAPIError as refused:
        code = refused.orig.args[0] if refused.orig and refused.orig.args else ""
        if code in (1044, 1045, 1227):
            return "the user has no RELOAD right, so tables were read one after another"
        return "the server was too busy for a read lock, so tables were read one after another"
    return ""


def _unlock_commits(database: Database) -> str:
    try:
        database.connection.exec_driver_sql("unlock tables")
    except sa.exc.DBAPIError:
        return "opening the tables took too long for a read lock, so they were read one after another"
    return ""


def _postgres(database: Database, queries: Mapping[str, Query], _: bool, __: Path) -> Moment:
    run = database.connection.exec_driver_sql
    run("begin isolation level repeatable read read only")
    try:
        snapshot = run("select pg_export_snapshot()").scalar()
        session = (
            *database.session,
            "begin isolation level repeatable read read only",
            f"set transaction snapshot '{snapshot}'",
        )
        return Moment({name: _open(database, query, session, name) for name, query in queries.items()})
    finally:
        run("rollback")


def _sqlite(database: Database, queries: Mapping[str, Query], _: bool, staging: Path) -> Moment:
    copy = staging / "shop.db"
    with (
        closing(sqlite3.connect(database.url.database or "")) as source,
        closing(sqlite3.connect(copy)) as target,
    ):
        source.backup(target)
    url = database.url.set(database=str(copy))
    copied = replace(database, url=url)
    return Moment({name: _open(copied, query, (), name) for name, query in queries.items()})


def _open(database: Database, query: Query, session: tuple[str, ...], name: str) -> pa.RecordBatchReader:
    """A stream of batches; its transaction has begun when this returns."""
    import connectorx

    try:
        reader: pa.RecordBatchReader = connectorx.read_sql(  # type: ignore[call-overload]
            database.for_readers,
            query.sql,
            return_type="arrow_stream",
            batch_size=query.batch_rows,
            protocol=database.dialect.protocol,
            pre_execution_query=list(session) or None,
        )
    except BaseException as broken:
        raise reading_failed(broken, database, name) from None
    return reader


def reading_failed(broken: BaseException, database: Database, name: str) -> BaseException:
    """A failure of the reader as one of ours. Rust's panics come as BaseException, which nobody catches."""
    if isinstance(broken, MallardError | KeyboardInterrupt | SystemExit | GeneratorExit):
        return broken
    said = database.scrub(str(broken)).replace("cx writer failed: ", "")
    server = _MYSQL_ERROR.search(said)
    if server is not None:
        code, state, message = server.groups()
        return meaning(message.rstrip("."), {code, state}, database.url, name)
    lost = ("IO error", "IoError", "Io(", "Closed", "shutdown", "57P01", "timed out", "connection")
    if any(word.lower() in said.lower() for word in lost):
        return UnreachableError(
            f"The connection to the shop's database broke while '{name}' was being read ({said[:300]}).",
            "Nothing was taken over; run the import again.",
        )
    return meaning(said[:300], set(), database.url, name)


@contextmanager
def _left_by_interrupt() -> Iterator[None]:
    """Ctrl-C ends the process at once: the reader keeps Python's lock while it waits for a server.

    Nothing has been taken over yet, and the next run clears what lies in staging.
    """
    usual = signal.getsignal(signal.SIGINT)
    ours = threading.current_thread() is threading.main_thread() and usual is signal.default_int_handler
    if ours:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        if ours:
            signal.signal(signal.SIGINT, usual)


@contextmanager
def _quiet(log: Path) -> Iterator[None]:
    """File descriptor 2 goes to a log; Python's own standard error stays where it was."""
    sys.stderr.flush()
    kept, ours = os.dup(2), sys.stderr
    try:
        same = ours.fileno() == 2
    except (OSError, ValueError, AttributeError):
        same = False
    with log.open("ab") as sink:
        os.dup2(sink.fileno(), 2)
    try:
        if same:
            with os.fdopen(os.dup(kept), "w", buffering=1) as shown:
                sys.stderr = shown
                yield
        else:
            yield
    finally:
        sys.stderr = ours
        os.dup2(kept, 2)
        os.close(kept)
