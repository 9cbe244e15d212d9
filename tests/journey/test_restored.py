"""A project of which a part was lost or put back from a copy: the figures are those of what there is."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from mallard.lake.land import land
from mallard.state import State
from mallard.warehouse.build import build
from mallard.warehouse.export import current
from tests.landed import RECEIVED, Project, request, track


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    at(monkeypatch, RECEIVED)
    return Project.at(tmp_path)


def at(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> None:
    monkeypatch.setenv("MALLARD_NOW", moment.isoformat())


def come(project: Project, user: str, days_ago: int) -> None:
    """Somebody was there so many days before; the event lies in the spool."""
    moment = RECEIVED - timedelta(days=days_ago)
    project.spool(request(track(userId=user, timestamp=moment.isoformat()), received=moment))


def active(project: Project) -> dict[str, int]:
    """Land and build what there is; active users by days before RECEIVED."""
    land(project.settings, project.state)
    build(project.settings, project.state)
    told = current(project.settings)
    assert told is not None
    path = project.settings.path("data/app") / told["build_id"] / "app_daily_users.parquet"
    rows = pq.read_table(path).to_pylist()
    return {(RECEIVED.date() - row["dt"]).days: row["daily_users"] for row in rows if row["daily_users"]}


def keep(project: Project, *names: str) -> None:
    """Copy parts of the data folder aside."""
    for name in names:
        path = project.settings.path("data") / name
        aside = project.settings.path("kept") / name
        aside.parent.mkdir(exist_ok=True)
        shutil.copytree(path, aside) if path.is_dir() else shutil.copy(path, aside)


def put_back(project: Project, *names: str) -> None:
    project.state.close()
    for name in names:
        remove(project, name)
        shutil.move(project.settings.path("kept") / name, project.settings.path("data") / name)
    project.state = State(project.settings.state_path)


def remove(project: Project, name: str) -> None:
    path = project.settings.path("data") / name
    shutil.rmtree(path) if path.is_dir() else path.unlink()


def test_a_state_that_was_lost_hides_nothing_that_came_since(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    come(project, "a", 3)
    come(project, "b", 1)
    assert active(project) == {3: 1, 1: 1}
    project.state.close()
    remove(project, "state.db")
    project.state = State(project.settings.state_path)
    at(monkeypatch, RECEIVED + timedelta(hours=1))
    come(project, "c", 3)
    come(project, "d", 0)
    assert active(project) == {3: 2, 1: 1, 0: 1}


def test_a_state_put_back_from_a_copy_hides_nothing(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    come(project, "a", 3)
    assert active(project) == {3: 1}
    project.state.close()
    keep(project, "state.db")
    project.state = State(project.settings.state_path)
    come(project, "b", 2)
    assert active(project) == {3: 1, 2: 1}
    put_back(project, "state.db")
    at(monkeypatch, RECEIVED + timedelta(hours=1))
    come(project, "c", 3)
    come(project, "d", 0)
    assert active(project) == {3: 2, 2: 1, 0: 1}


def test_a_lake_put_back_from_an_older_copy_than_the_state(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    come(project, "a", 3)
    assert active(project) == {3: 1}
    keep(project, "lake", "spool")
    come(project, "b", 2)
    assert active(project) == {3: 1, 2: 1}
    put_back(project, "lake", "spool")
    at(monkeypatch, RECEIVED + timedelta(hours=1))
    come(project, "c", 1)
    assert active(project) == {3: 1, 1: 1}


def test_another_lake_is_built_from_what_it_holds(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    come(project, "a", 3)
    assert active(project) == {3: 1}
    shutil.rmtree(project.settings.spool_path)
    elsewhere = project.settings.lake.model_copy(update={"url": "data/elsewhere"})
    project.settings = project.settings.model_copy(update={"lake": elsewhere})
    come(project, "b", 1)
    assert active(project) == {1: 1}
