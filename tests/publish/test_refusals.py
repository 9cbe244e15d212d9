"""A build that is missing, broken, empty or partial never replaces good tables; errors say what to do."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as parquet
import pytest
import sqlalchemy as sa

from mallard.errors import MallardError, PublishError, SettingsError, UnreachableError
from mallard.publish.tables import publish
from mallard.serving.connection import connect
from mallard.settings import Settings
from mallard.state import State
from tests import servers
from tests.publish import exports
from tests.publish.conftest import Project

SECRET = "canary-secret"


@pytest.fixture
def good(project: Project, state: State) -> Settings:
    """A project whose build 'good' is published, to SQLite."""
    settings = project("sqlite:///data/serving.db")
    exports.full_export(settings, "good")
    publish(settings, state)
    return settings


def holds(settings: Settings) -> str:
    engine = connect(settings)
    with engine.connect() as connection:
        build = connection.execute(sa.text("select distinct build_id from mallard_publication")).scalar_one()
        rows = connection.execute(sa.text("select count(*) from app_sales")).scalar_one()
    engine.dispose()
    assert rows == 3
    return str(build)


def _no_pointer(settings: Settings) -> None:
    settings.path("data/app/current.json").unlink()


def _torn_pointer(settings: Settings) -> None:
    settings.path("data/app/current.json").write_text('{"build_id": "b')


def _foreign_pointer(settings: Settings) -> None:
    settings.path("data/app/current.json").write_text("[1, 2]")


def _no_file(settings: Settings) -> None:
    settings.path("data/app/bad/app_sales.parquet").unlink()


def _not_parquet(settings: Settings) -> None:
    settings.path("data/app/bad/app_sales.parquet").write_bytes(b"not a Parquet file at all")


def _cut_parquet(settings: Settings) -> None:
    path = settings.path("data/app/bad/app_sales.parquet")
    path.write_bytes(path.read_bytes()[:-30])


def _flipped_bytes(settings: Settings) -> None:
    path = settings.path("data/app/bad/app_sales.parquet")
    whole = path.read_bytes()
    path.write_bytes(whole[:8] + b"\xff" * 60 + whole[68:])


def _fewer_tables(settings: Settings) -> None:
    pointer = settings.path("data/app/current.json")
    summary = json.loads(pointer.read_text())
    del summary["tables"]["app_cart"]
    pointer.write_text(json.dumps(summary))


def _fewer_rows(settings: Settings) -> None:
    path = settings.path("data/app/bad/app_sales.parquet")
    parquet.write_table(parquet.read_table(path).slice(0, 1), path)


def _no_column(settings: Settings) -> None:
    path = settings.path("data/app/bad/app_sales.parquet")
    parquet.write_table(parquet.read_table(path).drop_columns(["gmv"]), path)


def _wrong_type(settings: Settings) -> None:
    path = settings.path("data/app/bad/app_sales.parquet")
    table = parquet.read_table(path)
    place = table.schema.names.index("orders")
    parquet.write_table(table.set_column(place, "orders", pa.array(["many"] * table.num_rows)), path)


def _repeated_key(settings: Settings) -> None:
    path = settings.path("data/app/bad/app_sales.parquet")
    table = parquet.read_table(path)
    parquet.write_table(pa.concat_tables([table.slice(0, 2), table.slice(0, 1)]), path)


def _empty(settings: Settings) -> None:
    exports.write_export(settings, "bad", {})


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (_no_pointer, "no build to publish"),
        (_torn_pointer, "current.json cannot be read"),
        (_foreign_pointer, "not a build's summary"),
        (_no_file, "app_sales.parquet cannot be read"),
        (_not_parquet, "app_sales.parquet cannot be read"),
        (_cut_parquet, "app_sales.parquet cannot be read"),
        (_flipped_bytes, "app_sales.parquet cannot be read"),
        (_fewer_tables, "lacks app_cart"),
        (_fewer_rows, "has 1 rows where 3 were written"),
        (_no_column, "has no column gmv"),
        (_wrong_type, "app_sales.parquet cannot be read"),
        (_repeated_key, "1 rows that repeat the key (dt)"),
        (_empty, "is empty"),
    ],
    ids=lambda value: value.__name__.strip("_") if callable(value) else "",
)
def test_good_tables_stand(
    good: Settings, state: State, damage: Callable[[Settings], None], says: str
) -> None:
    exports.full_export(good, "bad", salt=9)
    damage(good)

    with pytest.raises(PublishError) as refused:
        publish(good, state)

    assert says in refused.value.what
    assert refused.value.fix
    assert holds(good) == "good"
    assert state.runs("publish")[0].status == "failed"


def test_a_number_that_sqlite_cannot_keep_is_refused(good: Settings, state: State) -> None:
    rows = [{"dt": date(2026, 1, 1), "gmv": Decimal("12345678901234.5678"), "orders": 1}]
    exports.write_export(good, "bad", {"app_sales": rows})
    with pytest.raises(PublishError, match=r"app_sales\.gmv holds 12345678901234\.5678"):
        publish(good, state)
    assert holds(good) == "good"


def test_a_table_of_somebody_else_is_not_replaced(settings: Settings, state: State) -> None:
    engine = connect(settings)
    settings.path("data").mkdir(exist_ok=True)
    with engine.begin() as connection:
        connection.execute(sa.text("create table app_sales (mine integer)"))
    exports.full_export(settings, "b1")
    with pytest.raises(PublishError, match="already has app_sales, not written by Mallard"):
        publish(settings, state)
    assert sa.inspect(engine).get_table_names() == ["app_sales"]
    engine.dispose()


def test_a_wrong_password_is_named_without_being_shown(
    request: pytest.FixtureRequest, project: Project, state: State
) -> None:
    server: servers.DatabaseServer = request.getfixturevalue("mariadb")
    settings = project(server.url("mysql").replace(SECRET, f"{SECRET}-wrong"))
    exports.full_export(settings, "b1")
    with pytest.raises(PublishError) as refused:
        publish(settings, state)
    assert "refuses the login" in refused.value.what
    assert SECRET not in f"{refused.value}{state.runs('publish')[0].detail}"


def test_a_wrong_password_of_postgres_is_named_without_being_shown(
    request: pytest.FixtureRequest, project: Project, state: State
) -> None:
    server: servers.DatabaseServer = request.getfixturevalue("postgres")
    engine = sa.create_engine(server.admin)
    with engine.begin() as connection:
        connection.execute(sa.text("create role guarded login password 'right'"))
        rules = Path(connection.execute(sa.text("show hba_file")).scalar_one())
        old = rules.read_text()
        rules.write_text(f"host all guarded 127.0.0.1/32 scram-sha-256\n{old}")
        connection.execute(sa.text("select pg_reload_conf()"))
    address = server.admin.set(username="guarded", password=SECRET)
    for _ in range(100):  # the server reads its rules in its own time
        if not servers.answers(address):
            break
        time.sleep(0.1)
    settings = project(address.render_as_string(hide_password=False))
    exports.full_export(settings, "b1")
    with pytest.raises(PublishError) as refused:
        publish(settings, state)
    engine.dispose()
    assert "refuses the login" in refused.value.what
    assert SECRET not in f"{refused.value}{state.runs('publish')[0].detail}"


@pytest.mark.parametrize("kind", ["mysql", "postgresql"])
def test_an_absent_server_is_named(kind: str, project: Project, state: State) -> None:
    settings = project(f"{kind}://root:{SECRET}@127.0.0.1:{servers.free_port()}/shop")
    exports.full_export(settings, "b1")
    with pytest.raises(UnreachableError) as absent:
        publish(settings, state)
    assert "127.0.0.1" in absent.value.what
    assert SECRET not in str(absent.value)
    assert absent.value.retryable


def test_a_folder_that_cannot_be_written_is_named(project: Project, state: State, tmp_path: Path) -> None:
    settings = project("sqlite:////proc/nowhere/serving.db")
    exports.full_export(settings, "b1")
    with pytest.raises(MallardError, match="/proc/nowhere"):
        publish(settings, state)


@pytest.mark.parametrize(
    ("url", "says"), [("oracle://x", "oracle"), ("not an address", "not a database URL")]
)
def test_a_wrong_address_is_a_settings_error(url: str, says: str, project: Project, state: State) -> None:
    settings = project(url)
    exports.full_export(settings, "b1")
    with pytest.raises(SettingsError, match=says):
        publish(settings, state)
