"""How the shop's database is reached: the readers of rows go the way of the connection that sends them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from mallard.errors import SettingsError, SourceError
from mallard.sources.database import connect
from tests import servers
from tests.servers import DatabaseServer
from tests.sources.conftest import NOW
from tests.sources.proxy import cutting_proxy
from tests.sources.shops import USUAL, Shop, contract_tables, order

AT = "2026-11-20 10:00:00"
PASSWORD = "ca@:/%# +?&é密x"


def _as(shop: Shop, user: str, more: str = "", password: str = PASSWORD, **url: Any) -> None:
    """The shop's database by another user of it."""
    known, word = sa.make_url(shop.url), password.replace("%", "%%")
    shop.sql(
        f"create or replace user {user}@127.0.0.1 identified by '{word}' {more}",
        f"create or replace user {user}@localhost identified by '{word}' {more}",
        f"grant select on `{known.database}`.* to {user}@127.0.0.1",
        f"grant select on `{known.database}`.* to {user}@localhost",
    )
    found = known.set(username=user, password=password, **url)
    shop.url = found.render_as_string(hide_password=False)


@pytest.mark.mariadb
@pytest.mark.parametrize("way", ["tcp", "socket"])
def test_a_password_of_any_characters(
    mariadb_shop: Shop, way: str, capfd: pytest.CaptureFixture[str]
) -> None:
    mariadb_shop.insert("orders", order("A1", AT))
    socket = str(mariadb_shop.rows("select @@socket")[0][0])
    _as(mariadb_shop, "odd", query={"unix_socket": socket} if way == "socket" else {})
    assert mariadb_shop.load(["orders"])["orders"].new == 1
    assert PASSWORD not in "".join(capfd.readouterr())


@pytest.mark.mariadb
def test_a_user_with_rights_on_single_tables(mariadb_shop: Shop) -> None:
    """To such a user MariaDB does not say whether the table of payments is missing or forbidden."""
    contract_tables(mariadb_shop, "category")
    name = sa.make_url(mariadb_shop.url).database
    mariadb_shop.insert("orders", order("A1", AT))
    granted = ("category", *USUAL)
    _as(mariadb_shop, "sparing")
    mariadb_shop.sql(
        f"revoke select on `{name}`.* from sparing@127.0.0.1",
        *(f"grant select on `{name}`.`{table}` to sparing@127.0.0.1" for table in granted),
    )
    with pytest.raises(SourceError, match="Table 'payment': the user 'sparing' may not read it") as refused:
        mariadb_shop.load([*granted, "payment"])
    assert "set skip = true in [source.tables.payment]" in refused.value.fix
    mariadb_shop.options["source"] = {"tables": {"payment": {"skip": True}}}
    assert mariadb_shop.load([*granted, "payment"])["orders"].new == 1


@pytest.fixture(scope="module")
def encrypting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[DatabaseServer, Path]]:
    """A MariaDB with a certificate, and the authority that signed it."""
    servers.need("openssl")
    folder = tmp_path_factory.mktemp("encrypting")
    run = ["openssl", "req", "-newkey", "rsa:2048", "-nodes", "-subj"]
    authority = ["-x509", "-keyout", folder / "ca.key", "-out", folder / "ca.pem"]
    signed = ["-CA", folder / "ca.pem", "-CAkey", folder / "ca.key", "-addext", "subjectAltName=IP:127.0.0.1"]
    own = ["-x509", *signed, "-keyout", folder / "server.key", "-out", folder / "server.pem"]
    subprocess.run([*run, "/CN=authority", *authority], check=True, capture_output=True)
    subprocess.run([*run, "/CN=server", *own], check=True, capture_output=True)
    files = (f"--ssl-ca={folder}/ca.pem", f"--ssl-cert={folder}/server.pem", f"--ssl-key={folder}/server.key")
    with servers.mariadb(folder / "server", *files) as server:
        yield server, folder / "ca.pem"


@pytest.mark.mariadb
@pytest.mark.parametrize("checked", [False, True])
def test_rows_travel_encrypted_where_the_connection_is(
    encrypting: tuple[DatabaseServer, Path], tmp_path: Path, checked: bool
) -> None:
    """The user may not come otherwise; where the server's certificate is checked, the readers check it."""
    server, authority = encrypting
    (tmp_path / "data").mkdir()
    shop = Shop(server.create("encrypted"), tmp_path, {})
    contract_tables(shop, "orders")
    shop.insert("orders", order("A1", AT))
    _as(shop, "careful", "require ssl", query={"ssl_ca": str(authority)} if checked else {})
    assert shop.load(["orders"])["orders"].new == 1
    with connect(shop.settings) as database:
        assert ("ssl-mode=VERIFY_IDENTITY" in database.for_readers) is checked


@pytest.mark.mariadb
def test_a_limit_on_the_time_of_statements_is_not_the_imports(mariadb_shop: Shop) -> None:
    mariadb_shop.insert("orders", order("A1", AT))
    query = "select *, sleep(0.4) as _slept from orders"
    mariadb_shop.options["source"] = {"tables": {"orders": {"query": query}}}
    _as(mariadb_shop, "hurried", "with max_statement_time 0.2")
    assert mariadb_shop.load(["orders"])["orders"].new == 1


_WAITING = """
    import signal, sys
    from pathlib import Path
    from mallard.settings import parse
    from mallard.sources.load import load
    from mallard.state import State
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job would ignore it
    settings = parse({"source": {"url": sys.argv[2]}}, Path(sys.argv[1]) / "mallard.toml")
    with State(settings.state_path) as state:
        load(settings, state, ["orders"])
"""


@pytest.mark.mariadb
def test_an_import_that_waits_for_a_stalled_server_can_be_interrupted(mariadb_shop: Shop) -> None:
    shop = mariadb_shop
    shop.sql(
        "insert into orders (order_id, created_at, status, total_amount, province)"
        f" select seq, '{AT}', 'paid', seq, repeat('x', 90) from seq_1_to_150000"
    )
    direct = sa.make_url(shop.url)
    with cutting_proxy(direct.port or 0, 12_000_000, silent=True) as port:
        stalled = direct.set(port=port).render_as_string(hide_password=False)
        command = [sys.executable, "-c", textwrap.dedent(_WAITING), str(shop.project), stalled]
        waiting = subprocess.Popen(command, env={**os.environ, "MALLARD_NOW": NOW})
        log = shop.project / "data/staging/reader.log"
        deadline = time.monotonic() + 30
        try:
            while not log.exists() and time.monotonic() < deadline:
                time.sleep(0.1)
            time.sleep(2)
            waiting.send_signal(signal.SIGINT)
            assert waiting.wait(20) == -signal.SIGINT
        finally:
            waiting.kill()
    assert shop.files("") == []
    assert shop.load(["orders"])["orders"].new == 150_000


@pytest.mark.postgres
@pytest.mark.parametrize("way", ["tcp", "socket"])
def test_postgres_options_reach_the_readers(postgres_shop: Shop, way: str) -> None:
    """Else the tables of another schema would be read than those that were looked at."""
    postgres_shop.sql("create schema other", "alter table orders set schema other")
    postgres_shop.insert("other.orders", order("A1", AT))
    postgres_shop.sql("create table orders as select * from other.orders where false")
    options = {"options": "-csearch_path=other"}
    known = sa.make_url(postgres_shop.url)
    if way == "socket":
        folder = str(postgres_shop.rows("show unix_socket_directories")[0][0])
        known, options = known.set(host=None), options | {"host": folder}
    postgres_shop.url = known.set(query=options).render_as_string(hide_password=False)
    assert postgres_shop.load(["orders"])["orders"].new == 1


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mysql://root@127.0.0.1:port/shop", "is not a database URL"),
        ("mysql://root@127.0.0.1/", "names no database"),
        ("mysql://root@127.0.0.1/shop?ssl_cert=mine.pem", "'ssl_cert'"),
        ("oracle://root@127.0.0.1/shop", "names 'oracle'"),
    ],
)
def test_an_address_that_cannot_work_is_a_setting_to_mend(tmp_path: Path, url: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said) as wrong:
        Shop("sqlite://", tmp_path, {"source": {"url": url}}).load(["orders"])
    assert wrong.value.fix


@pytest.mark.mariadb
def test_an_option_that_the_driver_does_not_know_is_said(mariadb_shop: Shop) -> None:
    mariadb_shop.url += "?colour=blue"
    with pytest.raises(SettingsError, match=r"cannot use source\.url: .*colour"):
        mariadb_shop.load(["orders"])
