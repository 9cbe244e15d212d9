"""The spool under faults: killed at every write, power lost at every moment, a disk that fails or is full.

What must hold each time: acknowledged ⊆ readable ⊆ sent, each record once and whole.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from mallard.spool import DamageError, SpoolWriter, read, recover, segments
from tests.faults import strace
from tests.faults.disk import Disk, lay_out
from tests.faults.spooling import GROUP, record

pytestmark = [pytest.mark.faults, pytest.mark.slow]

PROGRAM = str(Path(__file__).with_name("spooling.py"))
GROUPS = 10


def readable(spool: Path) -> list[int]:
    """Numbers of all records, in order; each must be the one that was sent."""
    found = []
    for segment in segments(spool):
        start = 0
        while True:
            try:
                for _, _, one in read(segment, start):
                    assert one == record(one.received_at)
                    found.append(one.received_at)
            except DamageError as damage:
                start = damage.resume
                continue
            break
    return found


def acknowledged(log: Path) -> list[int]:
    return [int(line) for line in log.read_text().split()] if log.exists() else []


def check(spool: Path, log: Path, sent: int) -> None:
    found = readable(spool)
    assert len(found) == len(set(found))
    assert set(acknowledged(log)) <= set(found)
    assert set(found) <= set(range(sent))


@pytest.mark.parametrize("call", ["pwrite64", "fdatasync", "fsync", "rename", "openat", "mkdir"])
def test_killed_at_every_write_point(tmp_path: Path, call: str) -> None:
    """One spool lives through all the kills, so each run also repairs what the one before left."""
    spool, log, trace = tmp_path / "spool", tmp_path / "acknowledged", tmp_path / "trace"
    named = ["-P", str(spool)] if call == "openat" else []  # opening the folder, to make its names durable
    kills = 0
    while True:
        first = kills * GROUPS * GROUP
        options = [*named, "-e", f"trace={call}", "-e", f"inject={call}:signal=SIGKILL:when={kills + 1}"]
        program = [PROGRAM, str(spool), str(log), str(first), str(GROUPS)]
        strace.run(trace, options, program)
        check(spool, log, first + GROUPS * GROUP)
        if not strace.killed(trace):
            break
        kills += 1
    assert kills >= {"mkdir": 1, "rename": 3, "openat": 3}.get(call, 5), "the kills did not happen"
    last = range(kills * GROUPS * GROUP, (kills + 1) * GROUPS * GROUP)
    assert acknowledged(log)[-len(last) :] == list(last), "the run without a kill gets through"
    assert all(segment.sealed for segment in segments(spool))


def test_power_lost_at_every_moment(tmp_path: Path) -> None:
    """A replay of the calls that were made: at each, all the disks that may be left."""
    root = tmp_path / "disk"
    root.mkdir()
    log, trace = tmp_path / "acknowledged", tmp_path / "trace"
    program = [PROGRAM, str(root / "new" / "spool"), str(log), "0", str(GROUPS)]
    done = strace.run(trace, strace.recording(f"{strace.DISK_CALLS},write"), program)
    assert done.returncode == 0, done.stderr
    disk, certain, moments = Disk(root), set[int](), 0
    for call in strace.calls(trace):
        disk.apply(call)
        if call.name == "write" and call.path == str(log):
            certain |= {int(number) for number in call.strings[0].split()}
        for name, files in disk.states():
            left = tmp_path / "left"
            lay_out(files, left)
            recover(left / "new" / "spool", "n1")
            found = readable(left / "new" / "spool")
            assert certain <= set(found), f"{name} after {call.name} {call.path}"
            assert len(found) == len(set(found))
            assert set(found) <= set(range(GROUPS * GROUP))
            shutil.rmtree(left)
            moments += 1
    assert certain == set(range(GROUPS * GROUP))
    assert moments > 200


@pytest.mark.parametrize("call", ["fdatasync", "fsync", "pwrite64", "rename"])
def test_a_failing_disk_ends_the_writer_for_good(tmp_path: Path, call: str) -> None:
    spool, log, trace = tmp_path / "spool", tmp_path / "acknowledged", tmp_path / "trace"
    options = ["-e", f"trace={strace.DISK_CALLS}", "-e", f"inject={call}:error=EIO:when=2"]
    done = strace.run(trace, options, [PROGRAM, str(spool), str(log), "0", str(GROUPS)])
    assert done.returncode == 3, done.stderr
    assert strace.injected(trace) == 1
    after = trace.read_text().partition("(INJECTED)")[2]
    for again in ("fdatasync(", "fsync(", "pwrite64(", "rename("):
        assert again not in after, "nothing is tried again on a disk that failed"
    check(spool, log, GROUPS * GROUP)
    with SpoolWriter(spool, "n1") as writer:  # a new process, after somebody looked at the disk
        writer.append([record(1000)])
    assert set(acknowledged(log)) | {1000} <= set(readable(spool))


@pytest.mark.parametrize("when", [1, 2, 4, 5])
@pytest.mark.parametrize("call", ["pwrite64", "openat"])
def test_a_disk_that_is_full_for_a_moment(tmp_path: Path, call: str, when: int) -> None:
    spool, log, trace = tmp_path / "spool", tmp_path / "acknowledged", tmp_path / "trace"
    env = {"MALLARD_NOW": "2023-11-14T22:13:20+00:00"}  # names the segments
    names = [spool / f"n1-0-{1_700_000_000 + number:010d}.open" for number in range(9)]
    only = [part for name in names for part in ("-P", str(name))]
    options = [*only, "-e", f"trace={call}", "-e", f"inject={call}:error=ENOSPC:when={when}"]
    done = strace.run(trace, options, [PROGRAM, str(spool), str(log), "0", str(GROUPS)], **env)
    assert done.returncode == 0, done.stderr
    assert strace.injected(trace) == (1 if call == "pwrite64" or when < 4 else 0)
    assert acknowledged(log) == list(range(GROUPS * GROUP))
    assert readable(spool) == acknowledged(log)
