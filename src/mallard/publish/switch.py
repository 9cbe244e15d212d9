"""Staging tables become the published ones, all in one step that nobody can catch half done.

SQLite and PostgreSQL have DDL in transactions: loading and switching are one. MySQL commits at each DDL
statement, so tables are loaded under names of their own and then renamed by a single RENAME TABLE.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from mallard.errors import LockedError, PublishError
from mallard.publish.schema import OLD, STAGE
from mallard.serving.connection import shown
from mallard.serving.tables import publication, published

if TYPE_CHECKING:
    from collections.abc import Iterator

LOCK = "mallard_publish"
LOCK_NUMBER = 0x6D616C6C  # 'mall': the same lock where locks are numbers

_AT_ONCE, _PATIENCE = 2, 60
"""Seconds to wait for a table's lock at one time, and in all."""

_HELD = {"55P03", 1205}
"""What PostgreSQL and MySQL call a lock that did not come in time."""

Fill = Callable[[sa.Connection], Mapping[str, sa.Table]]
"""Creates and loads the staging tables; returns them by their published names."""


@contextmanager
def alone(connection: sa.Connection) -> Iterator[None]:
    """Keep a second publisher, from whatever machine, out of this database."""
    name = connection.dialect.name
    if name == "sqlite":  # its write transaction is the lock
        yield
        return
    lock = f"{LOCK}:{connection.engine.url.database}"[:64]  # MySQL's locks are the whole server's
    take, give = {
        "mysql": (sa.func.get_lock(lock, 0), sa.func.release_lock(lock)),
        "postgresql": (sa.func.pg_try_advisory_lock(LOCK_NUMBER), sa.func.pg_advisory_unlock(LOCK_NUMBER)),
    }[name]
    if not connection.scalar(sa.select(take)):
        raise LockedError(f"Another publish to {shown(connection.engine)} is under way.", "Wait for it.")
    connection.commit()
    try:
        yield
    finally:
        if not connection.invalidated:
            connection.rollback()
            connection.scalar(sa.select(give))
            connection.commit()


def sweep(connection: sa.Connection) -> list[str]:
    """Drop what a killed publish left behind."""
    left = [n for n in sa.inspect(connection).get_table_names() if n.startswith((STAGE, OLD))]
    for name in left:
        connection.execute(_drop(name))
    connection.commit()
    return left


def check_ownership(connection: sa.Connection, names: Iterable[str]) -> None:
    """Refuse to replace a table that Mallard did not put there."""
    before = published(connection)
    mine = set(before.tables) if before else set()
    there = set(sa.inspect(connection).get_table_names())
    strangers = sorted((set(names) & there) - mine)
    connection.commit()
    if strangers:
        raise PublishError(
            f"{shown(connection.engine)} already has {', '.join(strangers)}, not written by Mallard.",
            "Publish to a database of its own: set publish.url.",
        )


def replace(connection: sa.Connection, fill: Fill) -> tuple[str, ...]:
    """Load and switch; returns the tables that are gone because the catalogue no longer has them."""
    if connection.dialect.name == "mysql":
        return _by_rename(connection, fill)
    return _in_transaction(connection, fill)


def _in_transaction(connection: sa.Connection, fill: Fill) -> tuple[str, ...]:
    with connection.begin():
        before = _tables_before(connection)
        staged = fill(connection)
        if connection.dialect.name == "postgresql":
            _copy_grants(connection, before, staged)
        # The publication goes first, as readers read it first: no reader and publisher wait for each other.
        before.sort(key=lambda each: each != publication.name)
        if connection.dialect.name == "postgresql" and before:
            _shortly(lambda: _lock(connection, before))
        for name in before:
            connection.execute(_drop(name))
        for name, table in staged.items():
            connection.execute(_rename_one(connection, table.name, name))
    return _gone(before, staged)


def _by_rename(connection: sa.Connection, fill: Fill) -> tuple[str, ...]:
    before = _tables_before(connection)
    connection.commit()
    staged = fill(connection)
    connection.commit()
    pairs = [(name, OLD + name) for name in before]
    pairs += [(table.name, name) for name, table in staged.items()]
    quote = connection.dialect.identifier_preparer.quote_identifier
    moves = ", ".join(f"{quote(old)} to {quote(new)}" for old, new in pairs)
    connection.exec_driver_sql(f"set session lock_wait_timeout = {_AT_ONCE}")
    _shortly(lambda: _rename(connection, moves))
    for name in before:
        connection.execute(_drop(OLD + name))
    connection.commit()
    return _gone(before, staged)


def _shortly(attempt: Callable[[], None]) -> None:
    """Ask for locks that somebody's open transaction holds, a moment at a time, until patience ends.

    Whoever waits for such a lock keeps every later reader waiting behind it.
    """
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            return attempt()
        except sa.exc.OperationalError as held:
            codes = {getattr(held.orig, "sqlstate", None), *getattr(held.orig, "args", ())}
            if not codes & _HELD or time.monotonic() > until:
                raise
        time.sleep(_AT_ONCE)


def _lock(connection: sa.Connection, names: Iterable[str]) -> None:
    quote = connection.dialect.identifier_preparer.quote_identifier
    tables = ", ".join(map(quote, names)).replace("%", "%%")
    with connection.begin_nested():
        connection.exec_driver_sql(f"set local lock_timeout = '{_AT_ONCE}s'")
        connection.exec_driver_sql(f"lock table {tables} in access exclusive mode")


def _rename(connection: sa.Connection, moves: str) -> None:
    try:
        connection.exec_driver_sql(f"rename table {moves}".replace("%", "%%"))
    except sa.exc.OperationalError:
        connection.rollback()
        raise


def _tables_before(connection: sa.Connection) -> list[str]:
    before = published(connection)
    there = set(sa.inspect(connection).get_table_names())
    names = {publication.name, *(before.tables if before else ())}
    return sorted(names & there)


def _gone(before: Iterable[str], staged: Mapping[str, sa.Table]) -> tuple[str, ...]:
    return tuple(name for name in before if name not in staged)


def _drop(name: str) -> sa.schema.DropTable:
    return sa.schema.DropTable(sa.Table(name, sa.MetaData()))


def _rename_one(connection: sa.Connection, old: str, new: str) -> sa.TextClause:
    quote = connection.dialect.identifier_preparer.quote_identifier
    return sa.text(f"alter table {quote(old)} rename to {quote(new)}".replace(":", r"\:"))


def _copy_grants(connection: sa.Connection, before: Iterable[str], staged: Mapping[str, sa.Table]) -> None:
    """PostgreSQL's grants go with the dropped table: give the new one the same."""
    quote = connection.dialect.identifier_preparer.quote_identifier
    grants = sa.text(
        "select grantee, privilege_type from information_schema.role_table_grants"
        " where table_schema = current_schema() and table_name = :name and grantee <> current_user"
    )
    for name in before:
        if name in staged:
            found: Sequence[Any] = connection.execute(grants, {"name": name}).all()
            for grantee, privilege in found:
                whom = "public" if grantee == "PUBLIC" else quote(grantee)
                connection.execute(
                    sa.text(f"grant {privilege} on {quote(staged[name].name)} to {whom}".replace(":", r"\:"))
                )
