"""The connection to the shop's database, and what its errors mean to the reader."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from mallard.contract import TABLES
from mallard.errors import MallardError, SettingsError, SourceError, UnreachableError, without_password
from mallard.settings import Settings
from mallard.sources.address import address, for_readers
from mallard.sources.dialects import Dialect, SourceColumn
from mallard.sources.dialects import quote as quote_name
from mallard.sources.plan import TablePlan, timezone

CONNECT_SECONDS = 10

_REFUSED = {"1044", "1045", "1698", "28P01", "28000"}
_REFUSED_BY_POSTGRES = r'password authentication failed|role ".*" does not exist|no pg_hba\.conf entry'
_NO_DATABASE = {"1049", "3D000"}
_NO_TABLE = {"1146", "42P01"}
_NO_COLUMN = {"1054", "42703"}
_FORBIDDEN = {"1142", "1143", "42501"}
_LOCKED = {"1205", "55P03"}
_TOO_MANY = {"1040", "1203", "1226", "53300"}
_GONE = {"2003", "2002", "2006", "2013", "1927", "1053", "57P01", "57P03", "08006"}


class MissingTable(SourceError):
    """A query names a table that the shop's database does not have."""


@dataclass
class Database:
    """An open connection to the shop's database, for everything but the reading of rows.

    url holds the password: it is never to be shown. session: what every connection says first.
    """

    url: sa.URL
    dialect: Dialect
    connection: sa.Connection
    timezone: str
    session: tuple[str, ...]

    @property
    def place(self) -> str:
        """Which database it is, without the secrets."""
        return f"{self.dialect.name}://{_where(self.url)}/{self.url.database}"

    @property
    def for_readers(self) -> str:
        """The address for connectorx; it holds the password."""
        return for_readers(self.url, self.connection.connection.driver_connection)

    def scrub(self, text: str) -> str:
        """A server's message without the password that it may repeat."""
        return without_password(text, self.url.password)

    def rows(self, sql: str, table: str = "") -> list[tuple[object, ...]]:
        """What a small query returns."""
        with self.explained(table):
            return [tuple(row) for row in self.connection.exec_driver_sql(sql)]

    def describe(self, plan: TablePlan) -> list[SourceColumn]:
        """The columns of a table's query, as the server sees them."""
        return self.columns(self.query(plan), plan.name)

    def columns(self, query: str, table: str) -> list[SourceColumn]:
        """The columns of any query."""
        with self.explained(table):
            result = self.connection.exec_driver_sql(f"select * from ({query}) q limit 0")
            found = self.dialect.columns(result.cursor)
            result.close()
        return found

    def query(self, plan: TablePlan) -> str:
        """The table's query, with the shop's own columns that the preset does not know put in."""
        if plan.base is None:
            return plan.query
        known = {name.lower() for name in plan.known}
        named = {column.name.lower() for column in self.columns(plan.query.replace("{more}", ""), plan.name)}
        base = self.columns(f"select * from {plan.base}", plan.name)
        more = [c.name for c in base if c.name.lower() not in known | named]
        quoted = (f", b.{quote_name(self.dialect, name)}" for name in more)
        return plan.query.replace("{more}", "".join(quoted))

    def since(self, cursor: SourceColumn, at: datetime, alias: str = "q") -> str:
        """The condition of what has changed since; rows without a cursor are always among them.

        Where the cursor is text nobody knows its zone: a day and more is read again, which does no harm.
        """
        name = f"{alias}.{quote_name(self.dialect, cursor.name)}"
        if cursor.family not in ("time", "date"):
            low = (at.astimezone(ZoneInfo(self.timezone)) - timedelta(days=1)).strftime("%Y-%m-%d")
        elif cursor.type == "timestamptz":
            low = at.isoformat(sep=" ")
        else:
            zone = ZoneInfo("UTC" if cursor.utc else self.timezone)
            low = at.astimezone(zone).replace(tzinfo=None).isoformat(sep=" ")
        return f"({name} >= '{low}' or {name} is null)"

    def oldest_transaction(self) -> float:
        """Seconds since the oldest open transaction began; 0 where the server does not tell us."""
        if self.dialect.oldest_transaction is None:
            return 0.0
        try:
            age = self.connection.exec_driver_sql(self.dialect.oldest_transaction).scalar()
        except sa.exc.DBAPIError:
            return 0.0
        return float(age or 0)

    @contextmanager
    def explained(self, table: str = "") -> Iterator[None]:
        """Errors of the server become one clear message; ``table`` is the contract table at work."""
        try:
            yield
        except sa.exc.DBAPIError as broken:
            raise explain(broken, self.url, table) from None


@contextmanager
def connect(settings: Settings) -> Iterator[Database]:
    """The shop's database, reached and ready; SourceError or UnreachableError where it cannot be."""
    source = settings.source
    if source.url is None:
        raise SettingsError("source.url is not set.", "Set it in mallard.toml to the shop's database.")
    url, dialect = address(settings.database_url(source.url, source.password, "source.password"))
    engine = _engine(url, dialect)
    try:
        with _reach(engine, url) as connection:
            session = tuple(one.format(lock_wait=source.lock_wait_seconds) for one in dialect.session)
            for statement in session:
                connection.exec_driver_sql(statement)
            yield Database(url, dialect, connection, timezone(settings), session)
    finally:
        engine.dispose()


@contextmanager
def _reach(engine: sa.Engine, url: sa.URL) -> Iterator[sa.Connection]:
    try:
        connection = engine.connect().execution_options(no_parameters=True)  # a query's % is its own
    except sa.exc.DBAPIError as broken:
        raise explain(broken, url) from None
    except (TypeError, ValueError, RuntimeError, AttributeError, OSError) as wrong:
        # an option that the driver does not know, a file that is missing, a plugin
        raise SettingsError(
            f"The driver cannot use source.url: {without_password(str(wrong), url.password)}.",
            "Check its options.",
        ) from None
    try:
        yield connection
    finally:
        with suppress(sa.exc.DBAPIError):  # the server may have gone meanwhile
            connection.close()


def _engine(url: sa.URL, dialect: Dialect) -> sa.Engine:
    arguments: dict[str, Any] = {
        "timeout" if dialect.name == "sqlite" else "connect_timeout": CONNECT_SECONDS
    }
    if dialect.name == "mysql" and url.password:
        arguments["password"] = str(url.password).encode()  # as text the driver would take latin1 alone
    try:
        return sa.create_engine(
            url, isolation_level="AUTOCOMMIT", connect_args=arguments, poolclass=sa.NullPool
        )
    except ModuleNotFoundError as missing:
        raise SettingsError(
            f"The driver for {dialect.name} is not installed ({missing.name}).",
            "Run: pip install 'mallard-warehouse[postgres]'",
        ) from missing


def _where(url: sa.URL) -> str:
    host = f"[{url.host}]" if url.host and ":" in url.host else url.host or ""
    return f"{host}:{url.port}" if url.port else host


def explain(broken: sa.exc.DBAPIError, url: sa.URL, table: str = "") -> MallardError:
    """A driver's error as one of ours."""
    original = broken.orig
    message = _first_line(original)
    codes = {
        str(getattr(original, "sqlstate", None)),
        str(original.args[0]) if original and original.args else "",
    }
    return meaning(without_password(message, url.password), codes, url, table)


def meaning(message: str, codes: set[str], url: sa.URL, table: str = "") -> MallardError:
    """What a server's message and error codes mean, as one sentence and a remedy."""
    where = _where(url) if url.host else url.database
    of = f"Table '{table}': " if table else ""
    if codes & _REFUSED or re.search(_REFUSED_BY_POSTGRES, message):
        return SourceError(
            f"The database at {where} refuses the user '{url.username}': wrong user, password or rights.",
            "Check source.url and source.password, and that the user may connect from this machine.",
        )
    if "invalid connection option" in message:
        return SettingsError(f"The driver cannot use source.url: {message}.", "Check its options.")
    if codes & _NO_DATABASE or re.search(r'database ".*" does not exist', message):
        return SourceError(f"There is no database '{url.database}' at {where}.", "Check source.url.")
    if codes & _NO_TABLE or "no such table" in message:
        return MissingTable(
            f"{of}the shop's database has no such table ({message}).",
            f"Give [source.tables.{table}] a query for your schema, or skip = true if it is optional.",
        )
    if codes & _NO_COLUMN or "no such column" in message:
        return SourceError(
            f"{of}the shop's database lacks a column that its query names ({message}).",
            f"Give [source.tables.{table}] a query that names what your schema has.",
        )
    if codes & _FORBIDDEN:
        return SourceError(
            f"{of}the user '{url.username}' may not read it ({message}).",
            f"Grant SELECT on it to that user{_or_skip(table)}.",
        )
    if codes & _LOCKED or "lock timeout" in message:
        return UnreachableError(
            f"{of}it is locked, by an ALTER TABLE or the like, for longer than source.lock_wait_seconds"
            f" ({message}).",
            "Nothing was taken over; run the import again when the lock is gone, or wait longer.",
        )
    if codes & _TOO_MANY:
        return UnreachableError(
            f"The database at {where} has no connection to spare ({message}).",
            f"An import opens one for each table and one more; let '{url.username}' have as many.",
        )
    if codes & _GONE or not table:
        return UnreachableError(
            f"The database at {where} cannot be reached: {message}.",
            "Check that it is running and that source.url is right; then try again.",
        )
    return SourceError(
        f"{of}its query failed: {message}.",
        f"Mend the query in [source.tables.{table}]; 'mallard source check' tries every one.",
    )


def _or_skip(table: str) -> str:
    """MySQL refuses a user with rights on single tables a table that is not there in the same words."""
    if table not in TABLES or TABLES[table].required:
        return ""
    return f"; if the shop has no such table, set skip = true in [source.tables.{table}]"


def _first_line(original: BaseException | None) -> str:
    if original is None:
        return "no details"
    said = original.args[1] if len(original.args) > 1 else original
    return str(said).strip().splitlines()[0].rstrip(".") if str(said).strip() else type(original).__name__
