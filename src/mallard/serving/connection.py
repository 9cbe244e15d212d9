"""How the serving database is reached, and what its errors mean to the reader."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from mallard.errors import (
    LockedError,
    MallardError,
    PublishError,
    SettingsError,
    UnreachableError,
    without_password,
)
from mallard.settings import Settings

DIALECTS = {
    "sqlite": "sqlite",
    "mysql": "mysql+pymysql",
    "mariadb": "mysql+pymysql",
    "postgresql": "postgresql+psycopg",
    "postgres": "postgresql+psycopg",
}
CONNECT_SECONDS = 10
ANSWER_SECONDS = 300
MYSQL_SESSION = "set time_zone = '+00:00', sql_mode = 'STRICT_ALL_TABLES', lock_wait_timeout = 60"


def connect(settings: Settings) -> sa.Engine:
    """An engine for the serving database; nothing is contacted yet."""
    try:
        url = sa.make_url(settings.publish_url)
    except (sa.exc.ArgumentError, ValueError) as broken:
        raise SettingsError(
            "publish.url is not a database URL.", "Write it as 'sqlite:///data/serving.db' or 'mysql://…'."
        ) from broken
    kind = url.get_backend_name()
    if kind not in DIALECTS:
        raise SettingsError(
            f"publish.url names '{kind}', which Mallard does not publish to.",
            "Use sqlite, mysql, mariadb or postgresql.",
        )
    if kind == "sqlite" and not url.database:
        raise SettingsError(
            "publish.url names no file: what is published would be gone at once.",
            "Write it as 'sqlite:///data/serving.db'.",
        )
    url = url.set(drivername=DIALECTS[kind])
    try:
        return _ENGINES[url.get_backend_name()](url)
    except ModuleNotFoundError as missing:
        raise SettingsError(
            f"The driver for {kind} is not installed ({missing.name}).",
            "Run: pip install 'mallard-warehouse[postgres]'",
        ) from missing


def _sqlite(url: sa.URL) -> sa.Engine:
    engine = sa.create_engine(url, connect_args={"timeout": 30})

    @sa.event.listens_for(engine, "connect")
    def _manual_transactions(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # else the driver would commit before DDL, and nothing is atomic

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("begin")

    return engine


def _mysql(url: sa.URL) -> sa.Engine:
    return sa.create_engine(
        url,
        pool_pre_ping=True,
        pool_recycle=1800,
        connect_args={
            "charset": "utf8mb4",
            "connect_timeout": CONNECT_SECONDS,
            "read_timeout": ANSWER_SECONDS,
            "write_timeout": ANSWER_SECONDS,
            "local_infile": False,
            "init_command": MYSQL_SESSION,
        },
    )


def _postgres(url: sa.URL) -> sa.Engine:
    return sa.create_engine(
        url,
        pool_pre_ping=True,
        connect_args={
            "connect_timeout": CONNECT_SECONDS,
            "options": "-c timezone=UTC -c lock_timeout=60s",
            "keepalives_idle": 30,
            "tcp_user_timeout": ANSWER_SECONDS * 1000,
        },
    )


_ENGINES = {"sqlite": _sqlite, "mysql": _mysql, "postgresql": _postgres}


def absent(engine: sa.Engine) -> bool:
    """Whether it is a SQLite file that does not exist yet; connecting would create it."""
    return engine.dialect.name == "sqlite" and not Path(engine.url.database or "").is_file()


def shown(engine: sa.Engine) -> str:
    """The database's address without its password; a file's path as people write it."""
    if engine.dialect.name == "sqlite":
        return f"sqlite:///{engine.url.database}"
    return engine.url.render_as_string(hide_password=True)


_BUSY = re.compile(r"database is locked|lock wait timeout|lock timeout|deadlock", re.IGNORECASE)


_DENIED = re.compile(r"access denied|authentication failed|no password supplied|role .* does not exist", re.I)
_AWAY = re.compile(
    r"can't connect|connection refused|could not connect|connection failed|lost connection|gone away"
    r"|timed out|server closed|terminating connection|connection (is|was) (lost|closed)"
    r"|name or service not known|connection timeout|administrator command"
    r"|could not translate host|failed to resolve|no route",
    re.IGNORECASE,
)

_OTHER = re.compile(
    r"no such (column|table)|unknown column|(column|relation|table) \S+ does(n't| not) exist", re.IGNORECASE
)


def explain(error: sa.exc.SQLAlchemyError, engine: sa.Engine) -> MallardError:
    """What a database error means for the reader; the password never shows."""
    cause = getattr(error, "orig", None) or error
    text = " ".join(str(part) for part in getattr(cause, "args", ()) if part) or str(cause)
    text = " ".join(without_password(text, engine.url.password).split())[:300]
    where = shown(engine)
    if _DENIED.search(text):
        return PublishError(
            f"The serving database {where} refuses the login: {text}.",
            "Check the user and password of publish.url in mallard.toml.",
        )
    if _BUSY.search(text):
        return LockedError(
            f"The serving database {where} is held by somebody else: {text}.",
            "Close the session that holds it, then publish again.",
        )
    if _AWAY.search(text) or getattr(error, "connection_invalidated", False):
        return UnreachableError(
            f"The serving database {where} does not answer: {text}.",
            "Check that the server runs and can be reached; the tables published before are untouched.",
        )
    if _OTHER.search(text):
        return PublishError(
            f"The serving database {where} holds other tables than this version of Mallard knows: {text}.",
            "Run 'mallard run' with this version: it publishes every table anew.",
        )
    return PublishError(
        f"The serving database {where} refused: {text}.",
        "Mend that in the database and try again; nothing was changed.",
    )
