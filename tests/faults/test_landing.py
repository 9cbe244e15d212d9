"""A landing killed at every point where it changes the disk; one lake lives through all the kills."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest

from mallard.lake.inspect import verify
from mallard.spool import segments
from mallard.state import State
from tests.faults import strace
from tests.faults.landing import settings_of
from tests.landed import RECEIVED, Project, action, lines, request, track

pytestmark = [pytest.mark.faults, pytest.mark.slow]

PROGRAM = str(Path(__file__).with_name("landing.py"))
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


def killed(project: Project, trace: Path, call: str, when: int) -> bool:
    """Whether the landing met the kill; else it was done to its end."""
    options = ["-e", f"trace={call}", "-e", f"inject={call}:signal=SIGKILL:when={when}"]
    done = strace.run(trace, options, [PROGRAM, str(project.settings.project)])
    struck = strace.killed(trace)
    assert struck or done.returncode == 0, done.stderr
    return struck


@pytest.mark.parametrize("call", ["fsync", "rename", "unlink", "mkdir"])
def test_a_landing_killed_anywhere_lands_everything_once(project: Project, tmp_path: Path, call: str) -> None:
    kills = 0
    while True:
        spool(project, kills)
        if not killed(project, tmp_path / "trace", call, kills + 1):
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


def test_nothing_counts_before_it_is_durable(project: Project, tmp_path: Path) -> None:
    """Power may be lost at any moment: each file is synced before its rename, its folder before what
    follows, and the spool is cleared last."""
    spool(project, 0)
    trace = tmp_path / "trace"
    options = strace.recording("fsync,rename,unlink,write,sendfile")
    strace.run(trace, options, [PROGRAM, str(project.settings.project)])
    lake, dirty, unsynced = project.settings.lake_url, set[str](), set[str]()
    written = 0
    renamed: list[str] = []
    for call in strace.calls(trace):
        if call.name in ("write", "sendfile") and call.path.startswith(lake):
            dirty.add(call.path)
            written += call.result
        elif call.name == "fsync":
            dirty.discard(call.path)
            unsynced.discard(call.path)
        elif call.name in ("rename", "unlink"):
            source, target = call.strings[0].decode(), call.strings[-1].decode()
            if not target.startswith((lake, str(project.settings.spool_path))):
                continue
            assert source not in dirty, f"{source} is renamed before it is synced"
            assert not unsynced, f"{target} comes before {unsynced} is durable"
            if call.name == "rename" and target.startswith(lake):
                unsynced.add(str(Path(target).parent))
                renamed.append(target)
    assert not unsynced
    assert written > 10_000, "the files were seen being written"
    kinds = [Path(target).suffix for target in renamed]
    assert kinds[0] == ".begun"
    assert kinds[-1] == ".json"
    assert kinds.count(".parquet") == 4
