"""What goes wrong at a shop: each time one clear message, the right exit code, and nothing lost."""

from __future__ import annotations

import socket
import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.command import mallard, refuse, succeed
from tests.journey.test_user_action import LINES
from tests.servers import DatabaseServer, free_port

pytestmark = pytest.mark.slow

NOW = {"MALLARD_NOW": "2026-01-02T08:00:00+00:00"}


def project(folder: Path, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "mallard.toml").write_text(f'[shop]\ntimezone = "Asia/Shanghai"\n{text}')
    return folder


def source(url: str) -> str:
    return f'[source]\nurl = "{url}"\npassword = "env:SHOP_PASSWORD"\n'


def test_an_unreachable_database(tmp_path: Path) -> None:
    folder = project(tmp_path, source(f"mysql://root:{{password}}@127.0.0.1:{free_port()}/shop"))
    said = refuse("import", code=1, cwd=folder, SHOP_PASSWORD="canary-secret")
    assert "127.0.0.1" in said
    assert "canary-secret" not in said


@pytest.mark.mariadb
def test_a_wrong_password_is_never_printed(tmp_path: Path, mariadb: DatabaseServer) -> None:
    url = mariadb.create("bad_password").replace("canary-secret", "{password}")
    folder = project(tmp_path, source(url))
    said = refuse("import", code=1, cwd=folder, SHOP_PASSWORD="canary-wrong")
    assert "root" in said
    assert "canary" not in said
    for path in (folder / "data").rglob("*"):
        if path.is_file():
            assert b"canary" not in path.read_bytes()


@pytest.mark.mariadb
def test_a_table_without_a_contract_column(tmp_path: Path, mariadb: DatabaseServer) -> None:
    url = mariadb.create("bad_columns")
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        for table in ("customer", "category", "product", "order_item"):
            connection.execute(sa.text(f"create table {table} ({table}_id bigint primary key, name text)"))
        connection.execute(sa.text("create table orders (order_id bigint primary key, created_at datetime)"))
    engine.dispose()
    folder = project(tmp_path, source(url.replace("canary-secret", "{password}")))
    said = refuse("import", code=1, cwd=folder, SHOP_PASSWORD="canary-secret")
    assert "order" in said
    assert any(
        column in said for column in ("total_amount", "status", "order_id", "product_id", "category_id")
    )


def test_a_parquet_file_that_is_not_one(tmp_path: Path) -> None:
    folder = project(tmp_path, "")
    (folder / "user_action.log").write_text("\n".join(LINES) + "\n")
    succeed("follow", "user_action.log", "--once", cwd=folder, **NOW)
    succeed("run", cwd=folder, **NOW)
    before = sqlite3.connect(folder / "data/serving.db").execute("select * from app_crashes").fetchall()
    broken = folder / "data/lake/ods/event/dt=2026-01-01/broken.parquet"
    broken.write_bytes(b"this is no Parquet")
    said = refuse("build", "--full", code=1, cwd=folder, **NOW)
    assert "broken.parquet" in said
    after = sqlite3.connect(folder / "data/serving.db").execute("select * from app_crashes").fetchall()
    assert before == after
    broken.unlink()
    succeed("run", "--full", cwd=folder, **NOW)


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    folder = project(tmp_path, "")
    (folder / "data").write_text("a file stands where the folder should be")
    said = refuse("land", code=2, cwd=folder)
    assert "data" in said


@pytest.mark.parametrize("command", ["collect", "dashboard"])
def test_a_busy_port(tmp_path: Path, command: str) -> None:
    folder = project(tmp_path, "")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = refuse(command, "--port", port, code=1, cwd=folder)
    assert str(port) in said


def test_an_empty_lake(tmp_path: Path) -> None:
    folder = project(tmp_path, "")
    said = refuse("build", code=1, cwd=folder)
    assert "nothing in the lake" in said


def test_days_in_the_wrong_order(tmp_path: Path) -> None:
    """Told before anything is landed or imported."""
    done = mallard("run", "--from", "2026-11-24", "--to", "2026-11-23", cwd=project(tmp_path, ""))
    assert done.returncode == 2
    assert "There are no days from 2026-11-24 to 2026-11-23." in done.stderr
    assert "land" not in done.stdout


def test_forgetting_somebody_where_nothing_has_landed(tmp_path: Path) -> None:
    said = refuse("forget", "--yes", "--user", "42", code=1, cwd=project(tmp_path, ""))
    assert "The lake is empty now" in said
    assert "serving.db" in said


def test_publishing_before_building(tmp_path: Path) -> None:
    folder = project(tmp_path, "")
    said = refuse("publish", code=1, cwd=folder)
    assert "mallard build" in said or "mallard run" in said


def test_a_log_that_is_not_there(tmp_path: Path) -> None:
    folder = project(tmp_path, "")
    said = refuse("follow", "nowhere.log", "--once", code=2, cwd=folder)
    assert "nowhere.log" in said
