"""Work on the lake killed at every point where it changes the disk; one lake lives through all the kills."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from mallard.lake.inspect import verify
from mallard.spool import segments
from mallard.state import State
from tests.faults import strace
from tests.faults.laking import settings_of
from tests.landed import RECEIVED, Project, action, lines, request, track

pytestmark = [pytest.mark.faults, pytest.mark.slow]

PROGRAM = str(Path(__file__).with_name("laking.py"))
LARGE = "y" * 40_000


@pytest.fixture
def project(tmp_path: Path) -> Project:
    settings = settings_of(tmp_path / "project")
    return Project(settings, State(settings.state_path))


def spool(project: Project, number: int) -> None:
    """Two events on two days, told apart by number, and two records that will be set aside."""
    before = (RECEIVED - timedelta(days=1)).isoformat()
    project.spool(
        request(
            track(userId=f"a{number}"), track(userId=f"b{number}", timestamp=before), 5,
            track(userId=f"c{number}", properties={"pad": LARGE}),
        ),
        lines(action(uid=f"d{number}"), b"{cut", origin=f"file-{number}@0"),
    )  # fmt: skip


def landed(project: Project) -> Counter[str]:
    return Counter(event["user_id"] for event in project.events())


def expected(numbers: int, letters: str = "abd") -> Counter[str]:
    return Counter({f"{letter}{number}": 1 for number in range(numbers) for letter in letters})


def killed(project: Project, trace: Path, work: str, call: str, when: int) -> bool:
    """Whether the work met the kill; else it was done to its end."""
    options = ["-e", f"trace={call}", "-e", f"inject={call}:signal=SIGKILL:when={when}"]
    done = strace.run(trace, options, [PROGRAM, str(project.settings.project), work])
    struck = strace.killed(trace)
    assert struck or done.returncode == 0, done.stderr
    return struck


def run(project: Project, work: str) -> None:
    strace.run(
        project.settings.project / "trace",
        ["-e", "trace=none"],
        [PROGRAM, str(project.settings.project), work],
    )


@pytest.mark.parametrize("call", ["fsync", "rename", "unlink", "mkdir"])
def test_a_landing_killed_anywhere_lands_everything_once(project: Project, tmp_path: Path, call: str) -> None:
    kills = 0
    while True:
        spool(project, kills)
        if not killed(project, tmp_path / "trace", "land", call, kills + 1):
            break
        assert max(landed(project).values(), default=1) == 1, "no reader ever sees an event twice"
        kills += 1
    assert kills >= {"unlink": 2, "mkdir": 3}.get(call, 4), "the kills did not happen"
    assert landed(project) == expected(kills + 1)
    assert Counter(project.reasons()) == {
        "not_an_object": kills + 1,
        "too_large": kills + 1,
        "cut_line": kills + 1,
    }
    assert verify(project.settings).problems == ()
    assert len(segments(project.settings.spool_path)) == 1, "what has landed is cleared away"
    days = {touched.dt for touched in project.state.touched() if touched.subject == "event"}
    assert days >= {date.fromisoformat(event["dt"]) for event in project.events()}


@pytest.mark.parametrize("call", ["fsync", "rename", "unlink"])
def test_a_compaction_killed_anywhere_changes_no_row(project: Project, tmp_path: Path, call: str) -> None:
    landings = kills = 0
    while True:
        for _ in range(2):
            spool(project, landings)
            project.land()
            landings += 1
        if not killed(project, tmp_path / "trace", "compact", call, kills + 1):
            break
        assert set(landed(project)) == set(expected(landings))
        kills += 1
    assert kills >= 4
    assert landed(project) == expected(landings)
    assert verify(project.settings).problems == ()
    assert len(list(Path(project.settings.lake_url).glob("ods/event/dt=*/*.parquet"))) == 2 + 1


def rows(project: Project) -> list[dict[str, Any]]:
    return [*project.events(), *project.quarantined()]


@pytest.mark.parametrize("call", ["fsync", "rename", "unlink"])
def test_a_replay_killed_anywhere_neither_loses_nor_doubles(
    project: Project, tmp_path: Path, call: str
) -> None:
    kills = 0
    while True:
        spool(project, kills)
        project.land()
        if not killed(project, tmp_path / "trace", "replay", call, kills + 1):
            break
        assert len({row["origin"] for row in rows(project)}) == 6 * (kills + 1)
        kills += 1
    assert kills >= 4
    assert landed(project) == expected(kills + 1, "abcd")
    assert len(rows(project)) == 6 * (kills + 1)
    assert verify(project.settings).problems == ()


@pytest.mark.parametrize("call", ["rename", "unlink"])
def test_forgetting_killed_anywhere_is_done_by_the_next(project: Project, tmp_path: Path, call: str) -> None:
    kills = 0
    while True:
        spool(project, kills)
        project.land()
        if not killed(project, tmp_path / "trace", "a0", call, kills + 1):
            break
        kills += 1
        project.land(request(track(userId="a0")))
    assert kills >= 4
    assert landed(project) == expected(kills + 1) - Counter(["a0"])
    assert verify(project.settings).problems == ()
