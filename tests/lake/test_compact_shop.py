"""Compaction of the shop's tables: every version stays, whatever dies on the way, and imports go on."""

from __future__ import annotations

import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from mallard.contract import TABLES
from mallard.errors import LockedError
from mallard.lake.compact import compact, mend
from mallard.lake.inspect import verify
from mallard.settings import Settings, parse
from mallard.simulate.database import write_database
from mallard.simulate.shop import Shop
from mallard.sources.load import load
from mallard.state import State
from tests.command import succeed
from tests.lake.dying import Death, die_after, live

SHOP = Shop(5, date(2026, 3, 1), 12, "UTC", size=0.03)
DAYS = (3, 6, 9, 12)
"""Days of the shop's life after which its database is read; all of the reading happens on one day."""


def settings_of(project: Path) -> Settings:
    source = {"url": "sqlite:///shop.db", "timezone": "UTC"}
    return parse({"source": source}, project / "mallard.toml")


def take_in(project: Path, day: int) -> int:
    """The shop's database as at the end of a day is imported; how many versions came."""
    settings = settings_of(project)
    write_database(SHOP, SHOP.first_day + timedelta(days=day - 1), f"sqlite:///{project}/shop.db")
    with sqlite3.connect(project / "shop.db") as shop:
        shop.execute("delete from customer where rowid = ?", [day])
    with pytest.MonkeyPatch.context() as patch, State(settings.state_path) as state:
        patch.setenv("MALLARD_NOW", f"2026-03-20T{day:02}:00:00+00:00")
        return sum(one.new + one.changed + one.deleted for one in load(settings, state))


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    project = tmp_path_factory.mktemp("filled") / "project"
    project.mkdir()
    (project / "mallard.toml").write_text('[shop]\ntimezone = "UTC"\n')
    for day in DAYS[:-1]:
        assert take_in(project, day) > 0
    return project


@pytest.fixture
def project(filled: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(filled, tmp_path / "project"))


def files(project: Path) -> list[str]:
    lake = project / "data" / "lake"
    found = (str(path.relative_to(lake)) for path in lake.glob("ods/*/loaded=*/*.parquet"))
    return sorted(found)


def keep_only(project: Path, *tables: str) -> None:
    for table in TABLES.keys() - set(tables):
        shutil.rmtree(project / "data" / "lake" / "ods" / table, ignore_errors=True)


def load_seqs(project: Path) -> set[int]:
    """The numbers of the imports in the lake."""
    lake = project / "data" / "lake"
    columns = (pq.read_table(lake / name, partitioning=None)["load_seq"] for name in files(project))
    return {seq for column in columns for seq in column.to_pylist()}


def rows(project: Path) -> Counter[Any]:
    """Every version of every table with its place, read with Arrow."""
    found: Counter[Any] = Counter()
    for name in files(project):
        table = pq.read_table(project / "data" / "lake" / name, partitioning=None)
        for row in table.to_pylist():
            found[(name.rpartition("/")[0], *map(repr, sorted(row.items())))] += 1
    return found


def tidy(project: Path, work: Callable[[Settings, State], Any]) -> Any:
    settings = settings_of(project)
    with State(settings.state_path) as state:
        return work(settings, state)


def test_every_version_stays_in_one_file_a_day(project: Path) -> None:
    before, was = rows(project), files(project)
    report = tidy(project, compact)
    now = files(project)
    folders = [name.rpartition("/")[0] for name in now]
    assert len(folders) == len(set(folders)) < len(was)
    assert report.files_before - report.files_after == len(was) - len(now)
    assert rows(project) == before
    assert {row for version in before for row in version if row.startswith("('change'")} == {
        "('change', 'delete')", "('change', 'upsert')"
    }  # fmt: skip
    assert tidy(project, compact).days == 0, "there is nothing left to do"


def test_imports_go_on(project: Path, filled: Path, tmp_path: Path) -> None:
    """The next import finds what the lake knows, and writes just what it would have written."""
    other = Path(shutil.copytree(filled, tmp_path / "other"))
    tidy(project, compact)
    assert take_in(project, DAYS[-2]) == take_in(other, DAYS[-2])
    assert take_in(project, DAYS[-1]) == take_in(other, DAYS[-1]) > 0
    tidy(project, compact)
    versions = [[key for key in rows(one) if "orders/" in key[0]] for one in (project, other)]
    assert len(versions[0]) == len(versions[1])


def test_a_lost_state_gives_no_number_twice(project: Path) -> None:
    keep_only(project, "customer")
    tidy(project, compact)
    given = load_seqs(project)
    for path in (project / "data").glob("state.db*"):
        path.unlink()
    assert take_in(project, DAYS[-1]) > 0
    assert max(load_seqs(project) - given) > max(given)


@pytest.mark.parametrize("lease", ["import", "build", "land"])
def test_it_waits_for_whoever_reads_or_writes(project: Path, lease: str) -> None:
    settings = settings_of(project)
    with State(settings.state_path) as state, state.lease(lease), pytest.raises(LockedError):
        compact(settings, state)


def test_dying_at_any_change_is_made_good(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It dies after 0, 1, 2 … changes of the lake: nothing is missing, and once mended nothing is twice."""
    keep_only(project, "customer", "orders")
    before = rows(project)
    deaths = 0
    while True:
        other = Path(shutil.copytree(project, tmp_path / str(deaths)))
        die_after(deaths, monkeypatch)
        try:
            tidy(other, compact)
        except Death:
            live(monkeypatch)
            assert set(rows(other)) == set(before)
            tidy(other, mend)
            assert rows(other) == before
            assert tidy(other, lambda settings, _: verify(settings)).problems == ()
            tidy(other, compact)
            assert rows(other) == before
            shutil.rmtree(other)
            deaths += 1
            continue
        break
    live(monkeypatch)
    assert rows(other) == before
    assert deaths == 2 * (2 + 1 + len(DAYS[:-1]) + 1), "each table: note, file, commit, old files, note"


def test_a_build_after_a_compaction_that_died_sees_every_row_once(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = rows(project)
    die_after(2, monkeypatch)
    with pytest.raises(Death):
        tidy(project, compact)
    live(monkeypatch)
    assert rows(project).total() > before.total(), "it died between the new file and the commit"
    succeed("build", cwd=project)
    assert rows(project) == before


def test_verify_reads_the_shop_s_tables_too(project: Path) -> None:
    settings = settings_of(project)
    files = sorted(Path(settings.lake_url).glob("ods/*/loaded=*/*.parquet"))
    written = sum(pq.read_metadata(file).num_rows for file in files)
    report = verify(settings)
    assert (report.files, report.rows, report.problems) == (len(files), written, ())
    files[0].write_bytes(files[0].read_bytes()[:-20])
    (problem,) = verify(settings).problems
    assert f"{files[0]} cannot be read" in problem
