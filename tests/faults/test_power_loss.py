"""Power lost at every moment of a lake's life on a local disk: nothing is lost, nothing is twice."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from mallard.lake.inspect import verify
from mallard.spool import recover
from mallard.state import State
from tests.faults import strace
from tests.faults.disk import Disk, lay_out
from tests.faults.tending import USERS, settings_of
from tests.landed import Project

pytestmark = [pytest.mark.faults, pytest.mark.slow]

PROGRAM = ["-m", "tests.faults.tending"]
REPOSITORY = Path(__file__).parents[2]
CALLS = f"{strace.DISK_CALLS},write,sendfile,unlink"
KEPT = ("data/lake/", "data/spool/")
"""What must survive: the state file is made again from the lake, scratch folders hold nothing of worth."""


@pytest.fixture
def left(tmp_path: Path) -> Iterator[Path]:
    """A folder that comes and goes; in memory, where that can be had, as syncing takes most of the time."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else tmp_path) as folder:
        yield Path(folder)


def test_power_lost_at_every_moment(tmp_path: Path, left: Path) -> None:
    """A replay of the calls that were made: at each, all the disks that may be left."""
    root = tmp_path / "disk"
    root.mkdir()
    log, trace = tmp_path / "acknowledged", tmp_path / "trace"
    program = [*PROGRAM, str(root), str(log)]
    done = strace.run(trace, strace.recording(CALLS), program, PYTHONPATH=f"{REPOSITORY}/src:{REPOSITORY}")
    assert done.returncode == 0, done.stderr
    disk, certain = Disk(root), set[int]()
    judged: set[tuple[object, ...]] = set()
    for call in strace.calls(trace):
        disk.apply(call)
        if call.name == "write" and call.path == str(log):
            certain |= {int(number) for number in call.strings[0].split()}
        for name, files in disk.states():
            kept = {path: data for path, data in files.items() if path.startswith(KEPT)}
            case = (frozenset(certain), *sorted(kept.items()))
            if case not in judged:
                judged.add(case)
                _judge(
                    tmp_path / "left", kept, certain, f"{name} after {call.name} {call.path} {call.strings}"
                )
    assert certain == set(range(USERS))
    assert len(judged) > 120


def _judge(left: Path, files: dict[str, bytes], certain: set[int], moment: str) -> None:
    """What is left is landed: every acknowledged event is there, none is there twice."""
    lay_out(files, left)
    settings = settings_of(left)
    recover(settings.spool_path, settings.collect.node)
    with State(settings.state_path) as state:
        project = Project(settings, state)
        project.land()
        found = Counter(event["user_id"] for event in project.events())
    assert {f"{kind}{user}" for kind in "uv" for user in certain} <= found.keys(), moment
    assert max(found.values(), default=1) == 1, moment
    assert verify(settings).problems == (), moment
    shutil.rmtree(left)
