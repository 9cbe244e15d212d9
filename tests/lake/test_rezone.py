"""A changed time zone: events that have landed stand under their new days, and every row is kept."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mallard.errors import StorageError
from mallard.lake.inspect import verify
from mallard.lake.rezone import rezone
from mallard.settings import Settings
from mallard.storage import LocalStorage
from tests.landed import Project, request, track

HOURS = (1, 9, 14, 16, 23)
"""Of 10 March in UTC; from 15 on it is the 11th in Tokyo, before 4 the 9th in New York."""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = Project.at(tmp_path)
    for hour in HOURS:
        moment = datetime(2026, 3, 10, hour, tzinfo=UTC)
        made.land(request(track(userId=f"u{hour}", timestamp=moment.isoformat()), received=moment))
    assert rezone(made.settings, made.state) == 0
    return made


def in_zone(project: Project, zone: str) -> Settings:
    shop = project.settings.shop.model_copy(update={"timezone": zone})
    return project.settings.model_copy(update={"shop": shop})


def by_day(project: Project) -> Counter[str]:
    return Counter(row["dt"] for row in project.events())


def rows(project: Project) -> list[dict[str, object]]:
    return [{name: value for name, value in row.items() if name != "dt"} for row in project.events()]


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("Asia/Tokyo", {"2026-03-10": 3, "2026-03-11": 2}),
        ("America/New_York", {"2026-03-09": 1, "2026-03-10": 4}),
        ("Etc/GMT", {"2026-03-10": 5}),
    ],
)
def test_events_stand_under_the_days_of_the_new_zone(
    project: Project, zone: str, expected: dict[str, int]
) -> None:
    before = rows(project)
    settings = in_zone(project, zone)
    rezone(settings, project.state)
    assert by_day(project) == expected
    assert rows(project) == before
    assert verify(settings).problems == ()
    assert {touched.dt.isoformat() for touched in project.state.touched()} >= set(expected)
    assert rezone(settings, project.state) == 0
    rezone(project.settings, project.state)
    assert by_day(project) == {"2026-03-10": 5}


def test_dying_on_the_way_loses_nothing(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    before, settings = rows(project), in_zone(project, "Asia/Tokyo")
    put = LocalStorage.put_file

    def die(self: LocalStorage, local: Path, path: str) -> None:
        put(self, local, path)
        raise StorageError("The disk is gone.")

    with monkeypatch.context() as dying:
        dying.setattr(LocalStorage, "put_file", die)
        with pytest.raises(StorageError):
            rezone(settings, project.state)
    rezone(settings, project.state)
    assert by_day(project) == {"2026-03-10": 3, "2026-03-11": 2}
    assert rows(project) == before
    assert verify(settings).problems == ()
