"""``mallard demo`` as a new user runs it: everything filled, and a second run changes nothing."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from mallard.catalog import published_tables
from tests.command import refuse, succeed

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "X"
    succeed("demo", "--days", 30, "--no-serve", "--dir", folder)
    return folder


def rows(folder: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every published row of a project."""
    database = sqlite3.connect(f"file:{folder}/data/serving.db?mode=ro", uri=True)
    return {
        name: sorted(database.execute(f'select * from "{name}"').fetchall(), key=repr)
        for name in published_tables()
    }


def files(folder: Path) -> dict[str, int]:
    """Every file of the lake with its size."""
    lake = folder / "data" / "lake"
    return {str(path.relative_to(lake)): path.stat().st_size for path in lake.rglob("*") if path.is_file()}


def test_every_published_table_is_filled(demo: Path) -> None:
    empty = [name for name, found in rows(demo).items() if not found]
    assert empty == []


def test_every_day_is_there(demo: Path) -> None:
    database = sqlite3.connect(demo / "data" / "serving.db")
    count, first, last = database.execute(
        "select count(*), min(dt), max(dt) from app_active_users"
    ).fetchone()
    assert count == 30
    (days,) = database.execute("select julianday(?) - julianday(?) + 1", (last, first)).fetchone()
    assert days == 30
    (least,) = database.execute("select min(dau) from app_active_users").fetchone()
    assert least > 0


def test_a_second_run_adds_and_changes_nothing(demo: Path) -> None:
    before, lake_before = rows(demo), files(demo)
    said = succeed("demo", "--days", 30, "--no-serve", "--dir", demo)
    assert "0 received" in said
    assert rows(demo) == before
    assert files(demo) == lake_before


def test_another_shop_in_the_same_folder_is_refused(demo: Path) -> None:
    said = refuse("demo", "--days", 31, "--no-serve", "--dir", demo, code=2)
    assert "30 days" in said


def test_a_folder_with_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    said = refuse("demo", "--no-serve", "--dir", tmp_path, code=2)
    assert "not empty" in said
    assert sorted(path.name for path in tmp_path.iterdir()) == ["thesis.txt"]


def test_status_after_a_run(demo: Path) -> None:
    text = succeed("status", "--project", demo)
    assert "published" in text
    assert "nothing waits" in text
