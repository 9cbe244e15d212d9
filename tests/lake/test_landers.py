"""Landings as processes: one at a time, a dead one taken over, and no more memory for a larger spool."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from mallard.lake.inspect import verify
from mallard.spool import SpoolWriter
from tests.command import refuse, succeed
from tests.landed import Project, action, lines, request, track

HEAD = """
import pathlib, sys, time
from mallard.lake import batch, commits, land
from mallard.settings import parse
from mallard.state import State

def run():
    settings = parse({}, pathlib.Path(sys.argv[1]) / "mallard.toml")
    with State(settings.state_path) as state:
        return land.land(settings, state)
"""

HOLDING = f"""{HEAD}
def held(*_):
    print("held", flush=True)
    time.sleep(600)

commits.commit = held  # begun and written, not committed
run()
"""

MEASURED = f"""{HEAD}
limit = int(sys.argv[2])
land.batches = lambda segments, positions: batch.batches(segments, positions, limit)
print(run().landed)
status = pathlib.Path("/proc/self/status").read_text()
print(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")))
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "mallard.toml").write_text("")
    return Project.at(tmp_path)


def test_a_second_lander_is_told_and_a_dead_one_is_taken_over(project: Project) -> None:
    folder = project.settings.project
    project.spool(request(*(track(userId=str(number)) for number in range(5)), 5))
    holder = subprocess.Popen([sys.executable, "-c", HOLDING, folder], stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        assert project.events(), "the files of the one under way are there, and not committed"
        project.spool(request(track(userId="5")))
        assert f"process {holder.pid}, since" in refuse("land", code=1, cwd=folder)
    finally:
        os.kill(holder.pid, signal.SIGKILL)
        holder.wait()
    assert "7 received = 6 landed + 1 quarantined" in succeed("land", cwd=folder)
    assert "0 received" in succeed("land", cwd=folder)
    assert Counter(event["user_id"] for event in project.events()) == dict.fromkeys("012345", 1)
    assert project.reasons() == {"not_an_object": 1}
    assert verify(project.settings).problems == ()


@pytest.mark.slow
def test_a_larger_spool_takes_no_more_memory(tmp_path: Path) -> None:
    """Eight batches of 4 MB, and then five times as many: the second landing holds no more at once."""
    small, large = (peak(tmp_path / str(records), records, limit=4 << 20) for records in (32, 160))
    assert large < small + (64 << 10), "kilobytes; the bodies alone would be 128 MB more"


def peak(folder: Path, records: int, limit: int) -> int:
    """Highest resident kilobytes of a process that lands so many records of 1 MB, in batches of a limit."""
    project = Project.at(folder)
    one = lines(*(action(uid=number) for number in range(6000)))
    with SpoolWriter(project.settings.spool_path, "node1") as writer:
        for _ in range(records):
            writer.append([one])
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, folder, str(limit)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    landed, resident = map(int, done.stdout.split())
    assert landed == records * 6000
    assert len(one.body) > 1 << 20
    return resident
