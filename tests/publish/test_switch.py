"""All tables switch at once: readers, kills and failing servers on the way there."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from mallard.catalog import published_tables
from mallard.errors import LockedError, MallardError, PublishError, UnreachableError
from mallard.publish import tables
from mallard.publish.tables import publish
from mallard.serving.connection import connect
from mallard.settings import Settings
from mallard.state import State
from tests import servers
from tests.publish import exports
from tests.publish.conftest import Project

WATCHED = ("app_active_users", "app_cart", "app_sales", "app_traffic")


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """A catalogue of few tables: these tests are about the order of things, and publish often."""
    small = {name: table for name, table in published_tables().items() if name in WATCHED}
    monkeypatch.setattr("mallard.publish.export.published_tables", lambda _: small)
    monkeypatch.setattr("tests.publish.exports.published_tables", lambda _: small)


def salts(connection: sa.Connection) -> set[int]:
    """Which builds the watched tables come from: a counting column's least figure is the build's salt."""
    columns = {"app_active_users": "dau", "app_sales": "orders", "app_traffic": "visitors"}
    return {
        connection.execute(sa.text(f"select min({column}) from {name}")).scalar_one()
        for name, column in columns.items()
    }


class Watcher(threading.Thread):
    """Reads the watched tables again and again, in transactions that begin with the publication."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.engine = connect(settings)
        self.stop = threading.Event()
        self.mixed: list[object] = []
        self.seen: set[int] = set()
        self.errors: list[str] = []

    def run(self) -> None:
        while not self.stop.is_set():
            try:
                with self.engine.connect() as connection:
                    build = connection.execute(
                        sa.text("select distinct build_id from mallard_publication")
                    ).scalar_one()
                    found = salts(connection)
                    again = connection.execute(
                        sa.text("select distinct build_id from mallard_publication")
                    ).scalar_one()
            except sa.exc.DBAPIError as refused:
                self.errors.append(str(refused.orig))
                continue
            if build == again and found != {int(build)}:
                self.mixed.append((build, found))
            self.seen |= found
        self.engine.dispose()


def test_readers_never_see_a_mixture(settings: Settings, state: State) -> None:
    exports.full_export(settings, "0", rows=20)
    publish(settings, state)
    watchers = [Watcher(settings) for _ in range(3)]
    for watcher in watchers:
        watcher.start()
    for salt in range(1, 9):
        exports.full_export(settings, str(salt), rows=20, salt=salt)
        publish(settings, state)
    for watcher in watchers:
        watcher.stop.set()
        watcher.join(60)

    assert not [mixture for watcher in watchers for mixture in watcher.mixed]
    assert len(set().union(*(watcher.seen for watcher in watchers))) > 3
    deadlocks = [text for watcher in watchers for text in watcher.errors if "eadlock" not in text]
    assert not deadlocks, "a reader may be asked to try again, never anything else"


def test_a_failure_at_any_table_leaves_the_old_ones(
    settings: Settings, state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    exports.full_export(settings, "0")
    publish(settings, state)
    exports.full_export(settings, "1", salt=1)
    original = tables.staging_table

    for failing in ("app_active_users", "app_sales", "app_traffic"):

        def stage(engine, export, table, suffix, failing=failing):  # type: ignore[no-untyped-def]
            if table.name == failing:
                raise PublishError("planted")
            return original(engine, export, table, suffix)

        with monkeypatch.context() as planted:
            planted.setattr(tables, "staging_table", stage)
            with pytest.raises(PublishError, match="planted"):
                publish(settings, state)
        assert _state(settings) == ("0", {0})

    publish(settings, state)
    assert _state(settings) == ("1", {1})
    assert not [name for name in _names(settings) if name.startswith("mallard_stage")]


PUBLISHER = """
import sys, time
from pathlib import Path
from mallard.publish import export, switch, tables
from mallard.settings import Settings
from mallard.state import State

folder, url, moment, watched = sys.argv[1:]
settings = Settings(project=Path(folder), publish={"url": url}, shop={"name": "Test shop"})

everything = export.published_tables
export.published_tables = lambda own: {n: t for n, t in everything(own).items() if n in watched.split()}

def pause(*_):
    print("here", flush=True)
    time.sleep(600)

if moment == "loading":
    original = tables.staging_table
    tables.staging_table = lambda e, x, t, s: pause() if t.name == "app_sales" else original(e, x, t, s)
elif moment == "switching":
    switch._rename_one = pause
elif moment == "dropping":
    original_drop = switch._drop
    switch._drop = lambda name: pause() if name.startswith("mallard_old_") else original_drop(name)
with State(settings.state_path) as state:
    tables.publish(settings, state)
"""


def _stopped_publisher(settings: Settings, moment: str) -> subprocess.Popen[str]:
    """A publisher in a process of its own that stands still at a moment."""
    process = subprocess.Popen(
        [
            sys.executable,
            "-c",
            PUBLISHER,
            str(settings.project),
            settings.publish_url,
            moment,
            " ".join(WATCHED),
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "here\n"
    return process


@pytest.mark.parametrize("moment", ["loading", "switching", "dropping"])
def test_a_publisher_that_is_killed_leaves_whole_tables(
    settings: Settings, state: State, moment: str
) -> None:
    mysql = settings.publish_url.startswith("mysql")
    if (moment == "switching") == mysql and moment != "loading":
        pytest.skip("MySQL renames, then drops; the others do both in one transaction")
    exports.full_export(settings, "0")
    publish(settings, state)
    exports.full_export(settings, "1", salt=1)
    process = _stopped_publisher(settings, moment)
    process.send_signal(signal.SIGKILL)
    process.wait(10)

    switched = moment == "dropping"
    assert _state(settings) == (("1", {1}) if switched else ("0", {0}))
    assert _eventually_publishes(settings, state).already == switched
    assert _state(settings) == ("1", {1})
    assert set(_names(settings)) == {*WATCHED, "mallard_publication"}


def _eventually_publishes(settings: Settings, state: State) -> tables.PublishReport:
    """Publish as soon as the server has noticed that the killed one is gone."""
    for _ in range(50):
        try:
            return publish(settings, state)
        except LockedError:
            time.sleep(0.2)
    return publish(settings, state)


def test_a_second_publisher_is_told_to_wait(settings: Settings, tmp_path: Path) -> None:
    if settings.publish_url.startswith("sqlite"):
        pytest.skip("SQLite's own lock keeps writers apart")
    exports.full_export(settings, "0")
    process = _stopped_publisher(settings, "loading")
    try:
        with State(tmp_path / "other.db") as other, pytest.raises(LockedError, match="under way"):
            publish(settings, other)
    finally:
        process.kill()
        process.wait(10)


@pytest.mark.mariadb
def test_a_server_that_stops_in_the_middle_is_named(
    tmp_path: Path, project: Project, state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    with servers.mariadb(tmp_path / "server") as server:
        settings = project(server.create("shop"))
        exports.full_export(settings, "0")
        original = tables.staging_table

        def stage(engine, export, table, suffix):  # type: ignore[no-untyped-def]
            if table.name == "app_sales":
                server.process.kill()
                server.process.wait(30)
            return original(engine, export, table, suffix)

        monkeypatch.setattr(tables, "staging_table", stage)
        with pytest.raises(UnreachableError) as gone:
            publish(settings, state)
        assert "does not answer" in gone.value.what
        assert "canary-secret" not in str(gone.value)
        assert gone.value.retryable


@pytest.mark.postgres
def test_grants_survive_the_switch(request: pytest.FixtureRequest, project: Project, state: State) -> None:
    server: servers.DatabaseServer = request.getfixturevalue("postgres")
    settings = project(server.create("granted"))
    exports.full_export(settings, "0")
    publish(settings, state)
    engine = connect(settings)
    with engine.begin() as connection:
        connection.execute(sa.text('drop role if exists "bi-reader"'))
        connection.execute(sa.text('create role "bi-reader"'))
        connection.execute(sa.text('grant select on app_sales to "bi-reader"'))
        connection.execute(sa.text("grant select on app_cart to public"))
    exports.full_export(settings, "1", salt=1)
    publish(settings, state)
    with engine.begin() as connection:
        connection.execute(sa.text('set local role "bi-reader"'))
        assert connection.execute(sa.text("select min(orders) from app_sales")).scalar_one() == 1
        connection.execute(sa.text("select * from app_cart"))
        with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
            connection.execute(sa.text("select * from app_traffic"))
    engine.dispose()


@pytest.mark.postgres
def test_a_view_in_the_way_is_named(request: pytest.FixtureRequest, project: Project, state: State) -> None:
    server: servers.DatabaseServer = request.getfixturevalue("postgres")
    settings = project(server.create("viewed"))
    exports.full_export(settings, "0")
    publish(settings, state)
    engine = connect(settings)
    with engine.begin() as connection:
        connection.execute(sa.text("create view mine as select * from app_sales"))
    engine.dispose()
    exports.full_export(settings, "1", salt=1)
    with pytest.raises(MallardError, match="other objects depend on it"):
        publish(settings, state)
    assert _state(settings) == ("0", {0})


def _state(settings: Settings) -> tuple[str, set[int]]:
    engine = connect(settings)
    with engine.connect() as connection:
        build = connection.execute(sa.text("select distinct build_id from mallard_publication")).scalar_one()
        found = salts(connection)
    engine.dispose()
    return str(build), found


def _names(settings: Settings) -> list[str]:
    engine = connect(settings)
    names = sa.inspect(engine).get_table_names()
    engine.dispose()
    return names


def test_while_somebody_holds_a_table_others_read_on(
    settings: Settings, state: State, tmp_path: Path
) -> None:
    if settings.publish_url.startswith("sqlite"):
        pytest.skip("readers of SQLite hold nothing up")
    exports.full_export(settings, "0")
    publish(settings, state)
    exports.full_export(settings, "1", salt=1)
    engine = connect(settings)
    question = sa.text("select count(*) from app_sales")
    with engine.connect() as holding, State(tmp_path / "data" / "state.db") as other:
        holding.execute(question)
        publishing = threading.Thread(target=publish, args=(settings, other))
        publishing.start()
        for _ in range(8):
            time.sleep(0.5)  # over more than one try
            with engine.connect() as reading:
                impatient = "set statement_timeout = '15s'"
                if engine.dialect.name == "mysql":
                    impatient = "set session lock_wait_timeout = 15"
                reading.exec_driver_sql(impatient)
                assert reading.execute(question).scalar_one() > 0
        assert publishing.is_alive(), "nobody was there to wait for"
        holding.rollback()
        publishing.join(60)
        assert not publishing.is_alive()
    with engine.connect() as connection:
        assert salts(connection) == {1}
    engine.dispose()
