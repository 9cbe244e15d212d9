"""Databases that go away, runs that die: the lake stays as it was, and the next run is complete."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa

from mallard.errors import MallardError, UnreachableError
from tests import servers
from tests.servers import DatabaseServer
from tests.sources.conftest import NOW
from tests.sources.proxy import cutting_proxy
from tests.sources.shops import Shop, contract_tables, item, order

ORDERS = 60_000


def _fill(shop: Shop, first: int, last: int) -> None:
    shop.sql(
        "insert into orders (order_id, created_at, status, total_amount, updated_at, province)"
        " select seq, '2026-11-20 10:00:00', 'paid', seq, '2026-11-20 10:00:00', repeat('x', 60)"
        f" from seq_{first}_to_{last}"
    )


@pytest.mark.mariadb
@pytest.mark.parametrize("cut_after", [10, 3_000, 400_000, 3_000_000])
def test_a_connection_that_breaks_leaves_the_lake_and_the_cursors(
    mariadb_shop: Shop, cut_after: int, capfd: pytest.CaptureFixture[str]
) -> None:
    """Cut in the greeting, while columns are asked for, in the first rows, in the middle."""
    shop, direct = mariadb_shop, sa.make_url(mariadb_shop.url)
    shop.insert("customer", {"customer_id": "1"})
    _fill(shop, 1, 10)
    shop.load()
    before, seq = shop.files(""), shop.last_touch()
    _fill(shop, 11, ORDERS)
    with cutting_proxy(direct.port or 0, cut_after) as port:
        shop.url = direct.set(port=port).render_as_string(hide_password=False)
        with pytest.raises(UnreachableError) as broken:
            shop.load()
    assert shop.files("") == before
    assert shop.last_touch() == seq
    shop.url = direct.render_as_string(hide_password=False)
    shop.load()
    assert len(shop.current("orders", "order_id")) == ORDERS
    shown = "".join(capfd.readouterr()) + str(broken.value)
    assert "canary-secret" not in shown
    assert "panicked" not in shown
    assert "Traceback" not in shown


@pytest.mark.mariadb
@pytest.mark.slow
def test_a_server_killed_in_the_middle_of_a_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from mallard.sources import reading

    with servers.mariadb(tmp_path / "server") as server:
        (tmp_path / "data").mkdir()
        shop = Shop(server.create("killed"), tmp_path, {})
        contract_tables(shop, "customer", "product", "orders", "order_item")
        _fill(shop, 1, 10 * ORDERS)  # more than lies in the buffers between
        batches = reading._batches

        def kill_at_the_first(*args: object) -> object:
            for batch in batches(*args):  # type: ignore[arg-type]
                if server.process.poll() is None:
                    server.process.send_signal(signal.SIGKILL)
                    server.process.wait(10)
                yield batch

        monkeypatch.setattr(reading, "_batches", kill_at_the_first)
        with pytest.raises(UnreachableError):
            shop.load()
        assert shop.files("") == []


POINTS = ("before announce", "after announce", "after file 1", "before settle", "after settle")

_DYING = """
    import os, signal, sys
    from pathlib import Path
    from mallard.settings import parse
    from mallard.sources.load import load
    from mallard.sources.memory import Memory
    from mallard.state import State
    from mallard.storage import LocalStorage

    when, what = sys.argv[3].split(" ", 1)

    def die(owner, name, before, at=1):
        original, calls = getattr(owner, name), []
        def wrapped(*args):
            calls.append(1)
            if before and len(calls) == at:
                os.kill(os.getpid(), signal.SIGKILL)
            result = original(*args)
            if not before and len(calls) == at:
                os.kill(os.getpid(), signal.SIGKILL)
            return result
        setattr(owner, name, wrapped)

    if what.startswith("file"):
        die(LocalStorage, "put_file", False, int(what.split()[1]))
    else:
        die(Memory, what, when == "before")
    project = Path(sys.argv[1])
    raw = {"shop": {"timezone": "Asia/Shanghai"}, "source": {"url": sys.argv[2]}}
    settings = parse(raw, project / "mallard.toml")
    with State(settings.state_path) as state:
        load(settings, state, ["customer", "orders", "order_item"])
"""


@pytest.mark.parametrize("point", POINTS)
def test_a_run_killed_anywhere_loses_neither_rows_nor_touched_days(sqlite_shop: Shop, point: str) -> None:
    """Somebody may have seen the touched days up to the kill: what landed is touched again behind it."""
    shop = sqlite_shop
    days = {date(2026, 10, 5), date(2026, 10, 6)}
    shop.insert("orders", *(order(f"A{day.day}", f"{day} 12:00:00") for day in days))
    shop.insert("order_item", *(item(f"A{day.day}", "1", f"{day} 12:00:00") for day in days))
    died = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(_DYING), str(shop.project), shop.url, point],
        env={**os.environ, "MALLARD_NOW": NOW},
        check=False,
        capture_output=True,
    )
    assert died.returncode == -signal.SIGKILL, died.stderr.decode()
    settled, seq = shop.touched("orders"), shop.last_touch()
    reports = shop.load(["customer", "orders", "order_item"])
    assert shop.current("orders", "order_id") == [("A5",), ("A6",)]
    assert shop.current("order_item", "order_id") == [("A5",), ("A6",)]
    assert len(shop.versions("orders")) == 2
    assert days <= (settled if point == "after settle" else shop.touched("orders", seq))
    assert reports["orders"].new == (0 if point in ("after file 1", "before settle", "after settle") else 2)
    assert not (shop.project / "data/staging").exists()


@pytest.mark.mariadb
def test_what_goes_wrong_at_the_door_is_said_in_one_sentence(
    mariadb: DatabaseServer, mariadb_shop: Shop, capfd: pytest.CaptureFixture[str]
) -> None:
    good = sa.make_url(mariadb_shop.url)
    wrong = {
        "refuses the user 'root'": good.set(password="canary-secret-2"),
        "no database 'nowhere'": good.set(database="nowhere"),
        "cannot be reached": good.set(port=servers.free_port()),
    }
    for said, url in wrong.items():
        mariadb_shop.url = url.render_as_string(hide_password=False)
        with pytest.raises(MallardError, match=said) as broken:
            mariadb_shop.load()
        assert broken.value.fix
        assert "\n" not in broken.value.what
        assert "canary-secret" not in str(broken.value)
    assert "canary-secret" not in "".join(capfd.readouterr())


@pytest.mark.postgres
def test_what_goes_wrong_at_postgres_door(postgres_shop: Shop) -> None:
    good = sa.make_url(postgres_shop.url)
    wrong = {
        "refuses the user 'nobody'": good.set(username="nobody"),
        "no database 'nowhere'": good.set(database="nowhere"),
        "cannot be reached": good.set(port=servers.free_port()),
        'cannot use source.url: invalid connection option "colour"': good.set(query={"colour": "blue"}),
    }
    for said, url in wrong.items():
        postgres_shop.url = url.render_as_string(hide_password=False)
        with pytest.raises(MallardError, match=said):
            postgres_shop.load()


def test_a_sqlite_file_that_is_not_there_is_not_made(sqlite_shop: Shop) -> None:
    sqlite_shop.url = f"sqlite:///{sqlite_shop.project}/data/other.db"
    with pytest.raises(UnreachableError, match="There is no SQLite file"):
        sqlite_shop.load()
    assert not (sqlite_shop.project / "data/other.db").exists()


@pytest.mark.mariadb
def test_the_password_is_in_no_file_and_no_output(
    mariadb_shop: Shop, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    mariadb_shop.insert("orders", order("A1", "2026-11-20 10:00:00"))
    mariadb_shop.load()
    mariadb_shop.sql("drop table orders")
    with pytest.raises(MallardError):
        mariadb_shop.load()
    assert "canary-secret" not in "".join(capfd.readouterr())
    assert "canary-secret" not in caplog.text
    files = [path for path in mariadb_shop.project.rglob("*") if path.is_file()]
    assert files
    assert not [path for path in files if b"canary-secret" in path.read_bytes()]


@pytest.mark.parametrize(
    ("server", "lock"),
    [
        pytest.param("mariadb", "lock tables orders write", marks=pytest.mark.mariadb),
        pytest.param("postgres", "begin; lock table orders", marks=pytest.mark.postgres),
    ],
)
def test_a_locked_table_is_waited_for_and_then_named(
    server: str, lock: str, request: pytest.FixtureRequest
) -> None:
    shop: Shop = request.getfixturevalue(f"{server}_shop")
    shop.options = {"source": {"lock_wait_seconds": 1}}
    shop.insert("orders", order("1", "2026-11-20 10:00:00"))
    with shop.engine.connect() as somebody:
        for statement in lock.split("; "):
            somebody.exec_driver_sql(statement)
        with pytest.raises(UnreachableError, match="Table 'orders': it is locked"):
            shop.load(["orders"])
    assert shop.files("") == []
    assert shop.load(["orders"])["orders"].new == 1
