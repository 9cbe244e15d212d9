"""Following log files: every line once, whatever happens to the files; equal lines both count."""

from __future__ import annotations

import gzip
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mallard.collect import follow as module
from mallard.collect.follow import FollowReport, follow
from mallard.collect.logfile import BLOCK, LogFile, blocks
from mallard.collect.tracking import LogError, Tracking
from mallard.errors import LockedError, UsageError
from mallard.settings import Settings, parse
from mallard.spool import Record, SpoolWriter, read, segments
from tests.command import refuse, succeed
from tests.landed import Project
from tests.servers import need


class Logs:
    """A folder with the log of an application that numbers its lines, and a project that follows it."""

    def __init__(self, folder: Path, pattern: str = "logs/app.log", **follow_table: object) -> None:
        self.folder = folder / "logs"
        self.folder.mkdir(exist_ok=True)
        self.log = self.folder / "app.log"
        self.written = 0
        self.settings = parse({"follow": {"files": [pattern], **follow_table}}, folder / "mallard.toml")

    def line(self) -> bytes:
        self.written += 1
        return b'{"uid":%d,"act":5,"acttime":%d,"pad":"%s"}\n' % (
            self.written, 1773140400000 + self.written, b"x" * (self.written % 7 * 30),
        )  # fmt: skip

    def write(self, lines: int, path: Path | None = None) -> None:
        with (path or self.log).open("ab") as file:
            for _ in range(lines):
                file.write(self.line())

    def follow(self) -> FollowReport:
        return follow(self.settings, once=True)

    def rotated(self, suffix: str) -> Path:
        return self.folder / f"app.log{suffix}"

    def records(self) -> list[Record]:
        return spooled(self.settings)

    def taken(self) -> list[int]:
        """The numbers of all lines that reached the spool, in their order."""
        return [json.loads(line)["uid"] for record in self.records() for line in record.body.splitlines()]

    def all_taken_once(self) -> bool:
        return sorted(self.taken()) == list(range(1, self.written + 1))


def spooled(settings: Settings) -> list[Record]:
    return [record for segment in segments(settings.spool_path) for _, _, record in read(segment)]


@pytest.fixture
def logs(tmp_path: Path) -> Logs:
    return Logs(tmp_path)


def test_lines_are_taken_in_order_once(logs: Logs) -> None:
    logs.write(100)
    report = logs.follow()
    assert (report.lines, len(report.files)) == (100, 1)
    assert report.bytes == logs.log.stat().st_size
    assert logs.follow().lines == 0
    logs.write(3)
    assert logs.follow().lines == 3
    assert logs.taken() == list(range(1, 104))


def test_a_partial_last_line_waits_for_its_end(logs: Logs) -> None:
    logs.write(2)
    line = logs.line()
    with logs.log.open("ab") as file:
        file.write(line[:20])
    assert logs.follow().lines == 2
    assert logs.follow().lines == 0
    with logs.log.open("ab") as file:
        file.write(line[20:])
    assert logs.follow().lines == 1
    assert logs.all_taken_once()


def test_equal_lines_both_count_and_a_re_read_adds_nothing(tmp_path: Path) -> None:
    logs = Logs(tmp_path)
    line = b'{"uid":1,"act":5,"acttime":1773140400000}\n'
    logs.log.write_bytes(line * 3)
    logs.rotated(".1").write_bytes(line * 2)
    os.utime(logs.rotated(".1"), ns=(0, 0))
    logs.follow()
    logs.follow()
    project = Project.at(tmp_path, follow=logs.settings.follow.model_dump())
    assert project.land().landed == 5
    assert len({event["event_id"] for event in project.events()}) == 5
    before = {event["event_id"] for event in project.events()}
    shutil.rmtree(tmp_path / "data" / "follow")  # all that was known of the files is lost
    logs.follow()
    project.land()
    assert {event["event_id"] for event in project.events()} == before


# rotation


def test_rename(logs: Logs) -> None:
    logs.write(5)
    logs.follow()
    logs.write(2)
    logs.log.rename(logs.rotated(".1"))
    logs.write(4)
    logs.follow()
    logs.write(1, logs.rotated(".1"))  # by a writer that has not opened the new file yet
    logs.follow()
    assert logs.all_taken_once()


def test_rotation_while_down_twice(logs: Logs) -> None:
    logs.write(5)
    logs.follow()
    logs.write(2)
    logs.log.rename(logs.rotated(".2"))
    logs.write(3)
    logs.log.rename(logs.rotated(".1"))
    logs.write(4)
    os.utime(logs.rotated(".2"), ns=(0, 10))
    os.utime(logs.rotated(".1"), ns=(0, 20))
    assert logs.follow().lines == 9
    assert logs.taken() == list(range(1, logs.written + 1)), "the oldest file comes first"


@pytest.mark.parametrize("seen_between", [True, False])
def test_copy_truncate(logs: Logs, seen_between: bool) -> None:
    logs.write(50)
    logs.follow()
    logs.write(5)
    shutil.copy(logs.log, logs.rotated(".1"))
    if seen_between:
        logs.follow()
    with logs.log.open("r+b") as file:
        file.truncate(0)
    logs.follow()
    logs.write(3)
    logs.follow()
    logs.follow()
    assert logs.all_taken_once()


def test_copy_truncate_grown_beyond_where_it_was(logs: Logs) -> None:
    logs.write(3)
    logs.follow()
    logs.write(2)
    shutil.copy(logs.log, logs.rotated(".1"))
    logs.log.write_bytes(b"")
    logs.write(40)
    logs.follow()
    assert logs.all_taken_once()


def test_compressed_after_rotation(logs: Logs) -> None:
    logs.write(30)
    logs.follow()
    logs.write(10)
    logs.log.rename(logs.rotated(".1"))
    logs.write(2)
    compress(logs.rotated(".1"))
    logs.follow()
    compress(logs.log, logs.rotated("-20260310.gz"))
    logs.write(1)
    logs.follow()
    logs.follow()
    assert logs.all_taken_once()


def compress(path: Path, to: Path | None = None) -> None:
    target = to or path.with_name(f"{path.name}.gz")
    with path.open("rb") as plain, gzip.open(target, "wb") as packed:
        shutil.copyfileobj(plain, packed)
    path.unlink()


@pytest.mark.parametrize(
    ("program", "ending"), [("gzip", "gz"), ("bzip2", "bz2"), ("xz", "xz"), ("zstd", "zst")]
)
def test_every_compression_of_logrotate(logs: Logs, program: str, ending: str) -> None:
    """Rotated and compressed while nobody followed, some of it read before; a one-line file besides."""
    need(program)
    logs.write(3000)
    logs.follow()
    logs.write(3000)
    logs.log.rename(logs.rotated(".2"))
    logs.rotated(".1").write_bytes(logs.line().rstrip(b"\n"))
    for number in (1, 2):
        whole = subprocess.run([program, "-c", logs.rotated(f".{number}")], check=True, capture_output=True)
        logs.rotated(f".{number}").unlink()
        logs.rotated(f".{number}.{ending}").write_bytes(whole.stdout)
    logs.write(2)
    logs.follow()
    logs.follow()
    assert logs.all_taken_once()


def test_of_a_damaged_compressed_file_what_can_be_read_is_taken(
    logs: Logs, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.write(2000)
    compress(logs.log)
    packed = logs.rotated(".gz")
    whole = packed.read_bytes()
    packed.write_bytes(whole[: len(whole) // 2])
    assert logs.follow().lines == 0 or 0 < len(logs.taken()) < 2000, "it may still be being made"
    os.utime(packed, ns=(0, 0))
    logs.follow()
    taken = [line for record in logs.records() for line in record.body.splitlines()]
    assert taken == gunzipped(whole)[: sum(len(line) + 1 for line in taken) - 1].splitlines()
    assert len(taken) > 500
    assert f"{packed} is damaged" in capsys.readouterr().err
    assert logs.follow().lines == 0
    packed.write_bytes(whole)  # restored from a backup
    logs.follow()
    assert b"".join(record.body for record in logs.records()) == gunzipped(whole)


def gunzipped(data: bytes) -> bytes:
    return gzip.decompress(data)


def test_a_compressed_file_that_is_still_being_made(logs: Logs) -> None:
    logs.write(2000)
    compress(logs.log, logs.rotated(".1.gz"))
    whole = logs.rotated(".1.gz").read_bytes()
    logs.rotated(".1.gz").write_bytes(whole[: len(whole) // 2])
    logs.follow()
    logs.rotated(".1.gz").write_bytes(whole)
    logs.follow()
    assert logs.all_taken_once()


def test_a_compressed_file_whose_name_does_not_tell(logs: Logs) -> None:
    logs.write(4)
    packed = gzip.compress(logs.log.read_bytes())
    logs.log.unlink()
    logs.rotated(".1").write_bytes(packed)
    logs.follow()
    assert logs.all_taken_once()


def test_a_reused_inode_is_a_new_file(logs: Logs) -> None:
    logs.write(50)
    logs.follow()
    inode = logs.log.stat().st_ino
    content = b"".join(logs.line() for _ in range(80))
    with logs.log.open("r+b") as file:  # the same inode with other content, longer than what was read
        file.write(content)
    assert logs.log.stat().st_ino == inode
    logs.follow()
    assert logs.all_taken_once()


def test_a_file_that_shrinks_goes_on_behind_what_is_left(logs: Logs) -> None:
    logs.write(60)
    logs.follow()
    size = len(b"".join(logs.log.read_bytes().splitlines(keepends=True)[:40]))
    os.truncate(logs.log, size)
    logs.follow()
    logs.write(30)
    logs.follow()
    assert logs.all_taken_once()


def test_a_file_that_came_again_under_a_new_inode(logs: Logs) -> None:
    """As rsync brings it: a new file each time, with all the old content and some more."""
    logs.write(50)
    logs.follow()
    old = logs.log.read_bytes()
    logs.log.unlink()
    logs.log.write_bytes(old)
    logs.write(5)
    assert logs.follow().lines == 5
    assert logs.all_taken_once()


def test_a_copy_in_another_folder_waits_for_the_original_to_begin_anew(tmp_path: Path) -> None:
    """As logrotate's olddir with copytruncate, looked at between copying and cutting."""
    logs = Logs(tmp_path, "logs/app.log", files=["logs/app.log", "logs/old/*"])
    (logs.folder / "old").mkdir()
    logs.write(50)
    logs.follow()
    logs.write(5)
    shutil.copy(logs.log, logs.folder / "old" / "app.log.1")
    logs.follow()
    os.truncate(logs.log, 0)
    logs.follow()
    logs.write(3)
    logs.follow()
    assert logs.all_taken_once()


@pytest.mark.parametrize("name", ["app[1].log", os.fsdecode(b"app-\xff.log"), "app *.log", "日本.log"])
def test_a_file_of_any_name(tmp_path: Path, name: str) -> None:
    logs = Logs(tmp_path, f"logs/{name}")
    logs.write(3, logs.folder / name)
    logs.write(2, logs.folder / f"{name}.1")
    assert logs.follow().lines == 5
    assert logs.follow().lines == 0


def test_a_rotation_while_the_files_are_looked_at(logs: Logs, monkeypatch: pytest.MonkeyPatch) -> None:
    """The name is gone, or belongs to another file, when it comes to opening it."""
    logs.write(3)
    find, turns = module.present, iter(range(3))

    def rotated(patterns: list[str]) -> object:
        found = find(patterns)
        if (turn := next(turns, None)) is not None:
            logs.log.rename(logs.rotated(f".{9 - turn}"))
            logs.write(turn)  # nothing at first: the name is gone
        return found

    monkeypatch.setattr(module, "present", rotated)
    logs.follow()
    monkeypatch.undo()
    logs.follow()
    assert logs.all_taken_once()


def test_a_name_that_another_file_has_taken_is_not_opened(logs: Logs) -> None:
    logs.write(1)
    seen = LogFile.at(logs.log)
    logs.log.rename(logs.rotated(".1"))
    logs.write(1)
    with pytest.raises(FileNotFoundError):
        seen.read(0, 1)


def test_a_copy_that_is_packed_before_anyone_has_seen_it(logs: Logs) -> None:
    """copytruncate twice between two looks: the copy and its archive both stand beside what is known."""
    logs.write(50)
    logs.follow()
    shutil.copy(logs.log, logs.rotated(".1"))
    os.truncate(logs.log, 0)
    with logs.rotated(".1").open("rb") as plain, gzip.open(logs.rotated(".1.gz"), "wb") as packed:
        shutil.copyfileobj(plain, packed)
    os.utime(logs.rotated(".1.gz"), ns=(0, 0))  # the older, so that it is looked at first
    logs.write(3)
    logs.follow()
    logs.rotated(".1").unlink()
    logs.follow()
    assert logs.all_taken_once()


def test_a_file_begun_anew_between_looking_and_reading(logs: Logs, monkeypatch: pytest.MonkeyPatch) -> None:
    """What stands at the old offset by then is of the new content, and its beginning would be missing."""
    logs.write(50)
    logs.follow()
    match = Tracking.match

    def cut(*given: object) -> object:
        pairs = match(*given)  # type: ignore[arg-type]
        monkeypatch.undo()
        shutil.copy(logs.log, logs.rotated(".1"))
        os.truncate(logs.log, 0)
        logs.write(100)
        return pairs

    monkeypatch.setattr(Tracking, "match", cut)
    logs.write(5)
    logs.follow()
    logs.follow()
    assert logs.all_taken_once()


def test_what_is_compressed_may_show_only_later(tmp_path: Path) -> None:
    path = tmp_path / "app.log.1.gz"
    path.touch()
    file = LogFile.at(path)
    assert (file.read(0, 100), file.is_compressed) == (b"", False)
    path.write_bytes(gzip.compress(b"line\n" * 1000))
    assert (file.read(5, 5), file.is_compressed, file.is_damaged) == (b"line\n", True, False)


def test_another_follower_that_ends_just_before(logs: Logs, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it has taken is not taken again: the offsets are read under the lock."""
    logs.write(3)
    writer = module.SpoolWriter

    def locked(*given: object) -> SpoolWriter:
        monkeypatch.setattr(module, "SpoolWriter", writer)
        logs.follow()
        return writer(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "SpoolWriter", locked)
    logs.follow()
    assert logs.all_taken_once()


def test_links_add_nothing(tmp_path: Path) -> None:
    logs = Logs(tmp_path, "logs/*.log")
    logs.write(5)
    (logs.folder / "now.log").symlink_to(logs.log)
    (logs.folder / "hard.log").hardlink_to(logs.log)
    (logs.folder / "nowhere.log").symlink_to(logs.folder / "missing")
    logs.follow()
    assert logs.all_taken_once()


def test_many_files_by_pattern(tmp_path: Path) -> None:
    logs = Logs(tmp_path, "logs/*/shop-*.log")
    for host in ("a", "b"):
        (logs.folder / host).mkdir()
        for part in (1, 2):
            logs.write(4, logs.folder / host / f"shop-{part}.log")
    assert len(logs.follow().files) == 4
    assert logs.all_taken_once()


def test_more_files_than_may_be_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    logs = Logs(tmp_path)
    for number in range(149):
        logs.write(1, logs.rotated(f".{number}"))
    logs.write(1)
    monkeypatch.setattr(module, "_HELD", 20)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (len(list(Path("/proc/self/fd").iterdir())) + 60, hard))
    try:
        assert logs.follow().lines == 150
        assert logs.follow().lines == 0
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert logs.all_taken_once()


ROTATIONS = {
    "rename": "rotate 3",
    "rename, compressed": "rotate 3\n compress",
    "rename, compressed later": "rotate 3\n compress\n delaycompress",
    "dates": "rotate 9\n dateext\n dateformat -%Y%m%d-%s",
    "copytruncate": "rotate 3\n copytruncate",
    "copytruncate, compressed": "rotate 3\n copytruncate\n compress",
    "copytruncate, compressed later": "rotate 3\n copytruncate\n compress\n delaycompress",
    "number inside": "rotate 3\n extension .log",
    "copytruncate, number inside, xz": "rotate 3\n extension .log\n copytruncate\n compress\n"
    " compresscmd /usr/bin/xz\n compressext .xz",
}


@pytest.mark.parametrize("way", ROTATIONS)
@pytest.mark.parametrize("polls", ["every time", "now and then"])
def test_logrotate(logs: Logs, way: str, polls: str) -> None:
    need("logrotate")
    config, state = logs.folder.parent / "rotate.conf", logs.folder.parent / "rotate.state"
    config.write_text(f"{logs.log} {{\n {ROTATIONS[way]}\n missingok\n create\n}}\n")
    for turn in range(6):
        logs.write(7 + turn)
        if polls == "every time" or turn % 2:
            logs.follow()
        logs.write(3)
        subprocess.run(["logrotate", "-f", "-s", state, config], check=True, capture_output=True)
        if "%s" in ROTATIONS[way]:
            time.sleep(1.05)  # its names hold the second
    logs.write(2)
    logs.follow()
    logs.follow()
    assert logs.all_taken_once(), Counter(logs.taken()).most_common(3)


# running on


def test_following_on_takes_lines_as_they_come_and_stops_when_told(logs: Logs) -> None:
    logs.write(3)
    program = (
        "import sys, pathlib; from mallard.collect.follow import follow; from mallard.settings import load;"
        "print(follow(load(pathlib.Path(sys.argv[1]))).summary())"
    )
    project = logs.folder.parent
    (project / "mallard.toml").write_text('[follow]\nfiles = ["logs/app.log"]\n')
    running = subprocess.Popen([sys.executable, "-c", program, project], stdout=subprocess.PIPE, text=True)
    try:
        assert waited_for(lambda: len(logs.taken()) == 3)
        with pytest.raises(LockedError):
            logs.follow()
        logs.write(2)
        logs.log.rename(logs.rotated(".1"))
        logs.write(4)
        assert waited_for(lambda: len(logs.taken()) == 9)
    finally:
        running.send_signal(signal.SIGTERM)
        out, _ = running.communicate(timeout=30)
    assert running.returncode == 0
    assert out.startswith("9 lines")
    assert logs.follow().lines == 0
    assert logs.all_taken_once()


def test_a_file_removed_between_two_polls_is_read_to_its_end(
    logs: Logs, monkeypatch: pytest.MonkeyPatch
) -> None:
    logs.write(3)
    stop = threading.Event()

    def between(_: float) -> bool:
        if logs.log.exists():
            logs.write(4)
            logs.log.unlink()
            return False
        return True

    follow_on(logs, stop, between, monkeypatch)
    assert logs.all_taken_once()


def test_a_file_that_lost_its_name_is_read_until_nobody_writes_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A link is turned to another file, and the program goes on writing to the old one for a while."""
    logs = Logs(tmp_path, "logs/now.log")
    link = logs.folder / "now.log"
    link.symlink_to(logs.log)
    logs.write(3)
    old = logs.log.open("ab", buffering=0)
    stop, polls = threading.Event(), iter(range(9))

    def between(_: float) -> bool:
        poll = next(polls)
        if poll == 1:
            logs.write(2, logs.folder / "new.log")
            link.unlink()
            link.symlink_to(logs.folder / "new.log")
        if poll in (2, 4):
            half = logs.line()
            old.write(half[:20])
            old.write(half[20:]) if poll == 2 else held.append(half[20:])
        if poll == 5:
            old.write(held.pop())
        return poll == 7

    held: list[bytes] = []
    follow_on(logs, stop, between, monkeypatch)
    old.close()
    assert logs.all_taken_once()


def test_a_file_that_is_compressed_while_its_program_still_writes(
    logs: Logs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without delaycompress: what comes after the packing stands in no file any more, but in the open one."""
    logs.write(20)
    old = logs.log.open("ab", buffering=0)
    stop, polls = threading.Event(), iter(range(9))

    def between(_: float) -> bool:
        poll = next(polls)
        if poll == 1:
            logs.log.rename(logs.rotated(".1"))
            logs.write(1)
        if poll == 2:
            line = logs.line()
            old.write(line[:20])
            compress(logs.rotated(".1"))
            old.write(line[20:])
        if poll in (3, 4):
            old.write(logs.line())
        if poll == 6:
            monkeypatch.setattr("mallard.collect.logfile.QUIET_SECONDS", -1)
        return poll == 8

    follow_on(logs, stop, between, monkeypatch)
    old.close()
    logs.follow()
    assert logs.all_taken_once()


def follow_on(
    logs: Logs, stop: threading.Event, between: Callable[[float], bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Follow until ``between``, which is called while the follower waits for the next poll, says true."""
    monkeypatch.setattr(stop, "wait", between)
    monkeypatch.setattr(module.threading, "Event", lambda: stop)
    follow(logs.settings)
    monkeypatch.undo()


def waited_for(condition: object) -> bool:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if condition():  # type: ignore[operator]
            return True
        time.sleep(0.1)
    return False


# the ends of files, long lines, dialects


@pytest.mark.parametrize("lines", [0, 2])
def test_the_endless_last_line_of_a_finished_file_counts(logs: Logs, lines: int) -> None:
    logs.write(lines)
    with logs.log.open("ab") as file:
        file.write(logs.line().rstrip(b"\n"))
    logs.log.rename(logs.rotated(".1"))
    logs.write(1)
    assert logs.follow().lines == lines + 1, "somebody may still be writing to it"
    os.utime(logs.rotated(".1"), ns=(0, 0))
    logs.follow()
    logs.follow()
    assert logs.all_taken_once()


def test_a_line_beyond_any_measure_is_set_aside_in_pieces(tmp_path: Path) -> None:
    logs = Logs(tmp_path)
    logs.write(1)
    with logs.log.open("ab") as file:
        file.write(b"{" + b"x" * (BLOCK * 2 + 100))
    logs.follow()
    with logs.log.open("ab") as file:
        file.write(b"y" * 50 + b"\n")
    logs.write(2)
    logs.follow()
    project = Project.at(tmp_path)
    report = project.land()
    assert report.landed == 3
    assert project.reasons() == {"too_large": report.quarantined}
    assert sum(len(row["raw"].rstrip("\n")) for row in project.quarantined()) == BLOCK * 2 + 151


def test_segment_events_one_a_line(tmp_path: Path) -> None:
    logs = Logs(tmp_path, dialect="segment", name="backend")
    event = b'{"type":"track","event":"Order Completed","userId":"u1","properties":{"order_id":"o1"}}\n'
    logs.log.write_bytes(event * 2 + b"nonsense\n")
    logs.follow()
    project = Project.at(tmp_path)
    assert project.land().landed == 2
    assert len({row["event_id"] for row in project.events()}) == 2
    assert {(row["source"], row["order_id"]) for row in project.events()} == {("backend", "o1")}
    assert project.reasons() == {"malformed_json": 1}


def test_two_logs_are_followed_apart(tmp_path: Path) -> None:
    one = Logs(tmp_path, "logs/app.log", name="one")
    two = Logs(tmp_path, "logs/other.log", name="two")
    one.write(2)
    two.write(3, two.folder / "other.log")
    one.follow()
    two.follow()
    assert Counter(record.source for record in one.records()) == {"one": 1, "two": 1}


def test_the_last_line_counts_also_when_no_new_file_was_begun(logs: Logs) -> None:
    logs.rotated(".1").write_bytes(logs.line() + logs.line().rstrip(b"\n"))
    os.utime(logs.rotated(".1"), ns=(0, 0))
    logs.follow()
    assert logs.all_taken_once()


def test_a_second_follower_of_a_project_has_a_name_of_its_own(logs: Logs) -> None:
    project = logs.folder.parent
    (project / "mallard.toml").write_text('[follow]\nfiles = ["logs/app.log"]\n')
    (project / "api.log").write_bytes(b'{"type":"page","userId":"u"}\n')
    with SpoolWriter(logs.settings.spool_path, "node1", module.worker_number(logs.settings)):  # the first one
        arguments = ("follow", "--once", "--dialect", "segment", "api.log")
        assert "follow.name" in refuse(*arguments, code=1, cwd=project)
        assert "1 lines" in succeed(*arguments, "--name", "api", cwd=project)
    (record,) = logs.records()
    assert (record.source, record.dialect) == ("api", "segment")


def test_a_pattern_without_files(logs: Logs) -> None:
    with pytest.raises(UsageError, match=r"app\.log"):
        logs.follow()


def test_no_pattern(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        follow(parse({}, tmp_path / "mallard.toml"), once=True)


def test_a_spoilt_record_of_offsets_is_named(logs: Logs) -> None:
    logs.write(1)
    logs.follow()
    (path,) = (logs.folder.parent / "data" / "follow").glob("*.json")
    path.write_text("{")
    with pytest.raises(LogError, match=path.name):
        logs.follow()


def test_what_the_spool_has_beyond_the_saved_offset_is_not_taken_again(logs: Logs) -> None:
    logs.write(5)
    logs.follow()
    (path,) = (logs.folder.parent / "data" / "follow").glob("*.json")
    before = path.read_bytes()
    logs.write(5)
    logs.follow()
    path.write_bytes(before)  # as if killed after the lines were durable
    logs.write(1)
    logs.follow()
    assert logs.all_taken_once()


@given(
    st.lists(st.binary(max_size=40).map(lambda line: line.replace(b"\n", b"")), max_size=20),
    st.binary(max_size=30).map(lambda tail: tail.replace(b"\n", b"")),
    st.booleans(),
)
@settings(derandomize=True, max_examples=150, deadline=None)
def test_blocks_are_whole_lines(lines: list[bytes], tail: bytes, last: bool) -> None:
    chunk = b"".join(line + b"\n" for line in lines) + tail
    found = list(blocks(chunk, 100, inside=False, last=last))
    assert b"".join(block.body for block in found) == (chunk if last else chunk[: len(chunk) - len(tail)])
    at = 100
    for block in found:
        assert block.start == at
        assert last or block.body.endswith(b"\n")
        at = block.end


def test_writers_do_not_meet(logs: Logs) -> None:
    logs.write(1)
    with SpoolWriter(logs.settings.spool_path, logs.settings.collect.node):  # the collector's
        assert logs.follow().lines == 1
