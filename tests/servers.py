"""Real servers for the tests: started on loopback, on free ports, in temporary folders, and stopped."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

IN_CI = os.environ.get("CI") == "true"


def need(*programs: str) -> None:
    """Skip where a program is missing; fail instead where CI promises it."""
    missing = [name for name in programs if shutil.which(name) is None]
    if missing and IN_CI:
        pytest.fail(f"missing under CI: {', '.join(missing)}")
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)} (make test-components installs it, as root)")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(
    ready: Callable[[], bool], process: subprocess.Popen[bytes], log: Path, seconds: float
) -> None:
    """Wait for a server; its log is shown where it never comes."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None or ready():
            break
        time.sleep(0.1)
    if process.poll() is not None or not ready():
        raise RuntimeError(f"server did not start:\n{log.read_text(errors='replace')[-3000:]}")


def stop(process: subprocess.Popen[Any], seconds: float = 30) -> None:
    """End a server as a service manager does: asked first, killed where it does not go."""
    process.terminate()
    left(process, seconds)


def left(process: subprocess.Popen[Any], seconds: float = 30) -> None:
    """Wait for a server that was asked to go, and kill it where it does not."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def answers(url: sa.URL) -> bool:
    engine = sa.create_engine(url)
    try:
        with engine.connect():
            return True
    except sa.exc.DBAPIError:
        return False
    finally:
        engine.dispose()


@dataclass
class DatabaseServer:
    """A running database server; ``url(name)`` is the SQLAlchemy URL of a database in it."""

    admin: sa.URL
    process: subprocess.Popen[bytes]

    def url(self, database: str) -> str:
        return self.admin.set(database=database).render_as_string(hide_password=False)

    def create(self, database: str) -> str:
        """A new empty database; its URL."""
        engine = sa.create_engine(self.admin, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(sa.text(f"drop database if exists {database}"))
            connection.execute(sa.text(f"create database {database}"))
        engine.dispose()
        return self.url(database)


@contextmanager
def mariadb(folder: Path, *options: str) -> Iterator[DatabaseServer]:
    """A MariaDB server with a fresh data folder; user root with password 'canary-secret' over TCP."""
    need("mariadbd", "mariadb-install-db")
    data, port, log = folder / "data", free_port(), folder / "mariadb.log"
    folder.mkdir(parents=True, exist_ok=True)
    user = pwd.getpwuid(os.getuid()).pw_name
    subprocess.run(
        ["mariadb-install-db", "--no-defaults", f"--datadir={data}", f"--user={user}", "--skip-test-db",
         "--auth-root-authentication-method=normal"],
        check=True, capture_output=True,
    )  # fmt: skip
    init = folder / "init.sql"
    init.write_text(
        "create or replace user root@127.0.0.1 identified by 'canary-secret';\n"
        "grant all on *.* to root@127.0.0.1 with grant option;\n"
    )
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["mariadbd", "--no-defaults", f"--datadir={data}", f"--user={user}", f"--port={port}",
             "--bind-address=127.0.0.1", f"--socket={folder}/s.sock", f"--init-file={init}",
             "--skip-name-resolve", "--innodb-flush-log-at-trx-commit=2", "--character-set-server=utf8mb4",
             *options],
            stdout=output, stderr=output,
        )  # fmt: skip
    url = sa.URL.create("mysql+pymysql", "root", "canary-secret", "127.0.0.1", port)
    try:
        wait_until(lambda: answers(url), process, log, 60)
        yield DatabaseServer(url, process)
    finally:
        stop(process)


def _postgres_programs() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    if not found and IN_CI:
        pytest.fail("missing under CI: postgresql")
    if not found:
        pytest.skip("not installed: postgresql (make test-components installs it, as root)")
    return found[-1].parent


@contextmanager
def postgres() -> Iterator[DatabaseServer]:
    """A PostgreSQL server with a fresh data folder; under root it runs as its own user 'postgres'.

    Its folder is not one of pytest's: those are root's alone, and pytest closes them again at any new run.
    """
    programs = _postgres_programs()
    with tempfile.TemporaryDirectory(prefix="mallard-postgres-") as name:
        folder = Path(name)
        data, port, log = folder / "data", free_port(), folder / "postgres.log"
        drop = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        as_user = drop if os.getuid() == 0 else []
        if as_user:
            shutil.chown(folder, "postgres")
        subprocess.run(
            [*as_user, programs / "initdb", "-D", data, "-A", "trust", "-U", "postgres", "-E", "UTF8"],
            check=True, capture_output=True, cwd=folder,
        )  # fmt: skip
        with log.open("wb") as output:
            process = subprocess.Popen(
                [*as_user, programs / "postgres", "-D", data, "-p", str(port), "-h", "127.0.0.1",
                 "-k", folder, "-c", "fsync=off"],
                stdout=output, stderr=output, cwd=folder,
            )  # fmt: skip
        url = sa.URL.create("postgresql+psycopg", "postgres", None, "127.0.0.1", port, "postgres")
        try:
            wait_until(lambda: answers(url), process, log, 60)
            yield DatabaseServer(url, process)
        finally:
            process.send_signal(signal.SIGINT)  # at once, without waiting for clients to leave
            left(process)
