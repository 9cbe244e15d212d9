"""Where the shop's database is: for SQLAlchemy as the settings say, for connectorx as SQLAlchemy got there.

The rows travel no less guarded than the connection that asked for them: its encryption, its check of the
server's certificate and the password it found are the readers' too.
"""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import sqlalchemy as sa

from mallard.errors import SettingsError, UnreachableError
from mallard.sources.dialects import DIALECTS, Dialect

_MYSQL_TCP = {
    "prefer_socket": "false",
    "tcp_keepalive_time_ms": "30000",
    "tcp_keepalive_probe_interval_secs": "10",
    "tcp_keepalive_probe_count": "6",
}
"""A server that has vanished is noticed within minutes, however long a query may think."""

_POSTGRES_TCP = {"keepalives_idle": "30", "keepalives_interval": "10", "keepalives_retries": "6"}
_POSTGRES_KEPT = ("options", "application_name", "target_session_attrs")
_NOT_FOR_READERS = ("ssl_cert", "ssl_key", "ssl_capath", "ssl_cipher")


def address(text: str) -> tuple[sa.URL, Dialect]:
    """The URL of the settings, with the driver in it, and the kind of server."""
    try:
        url = sa.make_url(text)
    except (sa.exc.ArgumentError, ValueError):
        raise SettingsError(
            "source.url is not a database URL.", "Write it as 'mysql://user:{password}@host/database'."
        ) from None
    dialect = DIALECTS.get(url.get_backend_name())
    if dialect is None:
        raise SettingsError(
            f"source.url names '{url.get_backend_name()}', which Mallard does not read.",
            "Use mysql, mariadb, postgresql or sqlite.",
        )
    if dialect.name == "sqlite" and not Path(url.database or "").is_file():
        raise UnreachableError(
            f"There is no SQLite file {url.database or '(in memory)'}.", "Check source.url in mallard.toml."
        )
    if dialect.name == "mysql" and not url.database:
        raise SettingsError("source.url names no database.", "Write its name behind the host: '…@host/shop'.")
    for option in _NOT_FOR_READERS:
        if option in url.query and dialect.name == "mysql":
            raise SettingsError(
                f"source.url has '{option}', which the readers of rows cannot follow.",
                "Use ssl_ca, and a user without a certificate of its own.",
            )
    return url.set(drivername=dialect.driver), dialect


def for_readers(url: sa.URL, connection: Any) -> str:
    """The address in the form that connectorx's own clients take; it holds the password.

    connection: the driver's, open.
    """
    backend = url.get_backend_name()
    if backend == "sqlite":
        return f"sqlite://{quote(url.database or '')}"
    if backend == "postgresql":
        return _postgres(connection)
    socket = url.query.get("unix_socket")
    query = {"socket": str(socket)} if socket else {**_MYSQL_TCP, **_mysql_tls(url, connection)}
    return _written("mysql", url.username, url.password, url.host, url.port, url.database, query)


def _mysql_tls(url: sa.URL, connection: Any) -> dict[str, str]:
    if not isinstance(connection._sock, ssl.SSLSocket):
        return {}
    if connection.ctx.verify_mode == ssl.CERT_NONE:
        return {"ssl-mode": "REQUIRED"}
    mode = "VERIFY_IDENTITY" if connection.ctx.check_hostname else "VERIFY_CA"
    authority = url.query.get("ssl_ca")
    return {"ssl-mode": mode, **({"ssl-ca": str(authority)} if authority else {})}


def _postgres(connection: Any) -> str:
    """What libpq made of the URL, the environment and the password file."""
    info = connection.info
    given = info.get_parameters()
    query = {key: given[key] for key in _POSTGRES_KEPT if key in given} | _POSTGRES_TCP
    query |= _postgres_tls(given) if connection.pgconn.ssl_in_use else {"sslmode": "disable"}
    return _written("postgresql", info.user, info.password, info.host, info.port, info.dbname, query)


def _postgres_tls(given: dict[str, str]) -> dict[str, str]:
    """connectorx checks a certificate's authority where it is given one; the name in it, it cannot."""
    if given.get("sslmode") == "verify-full":
        raise SettingsError(
            "source.url asks for sslmode=verify-full, and the readers of rows cannot check a host's name.",
            "Use sslmode=verify-ca with sslrootcert.",
        )
    files = {key: given[key] for key in ("sslrootcert", "sslcert", "sslkey") if key in given}
    return {"sslmode": "require", **files}


def _written(
    scheme: str, user: str | None, password: object, host: str | None, port: int | None,
    database: str | None, query: dict[str, str],
) -> str:  # fmt: skip
    who = ":".join(quote(str(part), safe="") for part in (user, password) if part)
    where = f"[{host}]" if host and ":" in host else quote(host or "", safe="")  # a socket's folder is a host
    at = f"{who}@{where}:{port}" if port and where else f"{who}@{where}"
    return f"{scheme}://{at}/{quote(database or '', safe='')}?{urlencode(query, quote_via=quote)}"
