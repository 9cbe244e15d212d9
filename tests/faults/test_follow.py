"""A follower killed at every point where it changes the disk, while its log is rotated: every line once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mallard.spool import read, segments
from tests.faults import strace
from tests.faults.following import settings_of

pytestmark = [pytest.mark.faults, pytest.mark.slow]

PROGRAM = str(Path(__file__).with_name("following.py"))


def taken(project: Path) -> list[int]:
    found = []
    for segment in segments(settings_of(project).spool_path):
        for _, _, record in read(segment):
            found += [json.loads(line)["uid"] for line in record.body.splitlines()]
    return found


def write(log: Path, first: int, lines: int) -> None:
    with log.open("ab") as file:
        for number in range(first, first + lines):
            file.write(b'{"uid":%d,"act":5,"acttime":1773140400000,"pad":"%s"}\n' % (number, b"x" * 60))


@pytest.mark.parametrize("call", ["pwrite64", "fdatasync", "fsync", "rename"])
def test_killed_at_every_write_point(tmp_path: Path, call: str) -> None:
    """One log and one spool live through all the kills; the log is renamed before every second run."""
    log, trace, kills, written = tmp_path / "logs" / "app.log", tmp_path / "trace", 0, 0
    log.parent.mkdir()
    while True:
        write(log, written, 60)
        written += 60
        if kills % 2:
            log.rename(log.with_name(f"app.log.{kills}"))
        write(log, written, 10)
        written += 10
        options = ["-e", f"trace={call}", "-e", f"inject={call}:signal=SIGKILL:when={kills + 1}"]
        done = strace.run(trace, options, [PROGRAM, str(tmp_path)])
        found = taken(tmp_path)
        assert len(found) == len(set(found)), "no line is taken twice"
        if not strace.killed(trace):
            assert done.returncode == 0, done.stderr
            break
        kills += 1
    assert kills >= 4, "the kills did not happen"
    assert sorted(taken(tmp_path)) == list(range(written))


@pytest.mark.parametrize("call", ["fdatasync", "pwrite64"])
def test_a_failing_disk_loses_no_line(tmp_path: Path, call: str) -> None:
    log, trace = tmp_path / "logs" / "app.log", tmp_path / "trace"
    log.parent.mkdir()
    write(log, 0, 100)
    options = ["-e", f"trace={call}", "-e", f"inject={call}:error=EIO:when=2"]
    assert strace.run(trace, options, [PROGRAM, str(tmp_path)]).returncode != 0
    assert strace.injected(trace) == 1
    strace.run(trace, ["-e", f"trace={call}"], [PROGRAM, str(tmp_path)])
    assert set(taken(tmp_path)) == set(range(100))
