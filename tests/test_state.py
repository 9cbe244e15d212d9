"""The state file: runs, touched days, cursors and leases, also between processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from datetime import date
from pathlib import Path

import pytest

from mallard.errors import LockedError, SettingsError, StorageError
from mallard.state import State


def test_runs_are_kept_with_how_they_ended(tmp_path: Path) -> None:
    state = State(tmp_path / "state.db")
    with state.run("land") as detail:
        detail["received"] = 3

    def break_down() -> None:
        with state.run("build"):
            raise ValueError("no")

    with pytest.raises(ValueError):
        break_down()
    newest, first = state.runs()
    assert (first.step, first.status, first.detail) == ("land", "done", {"received": 3})
    assert (newest.step, newest.status, newest.detail["error"]) == ("build", "failed", "no")
    assert [run.step for run in state.runs("land")] == ["land"]


def test_touched_days_are_a_log(tmp_path: Path) -> None:
    state = State(tmp_path / "state.db")
    state.touch("event", [date(2026, 1, 2), date(2026, 1, 1), date(2026, 1, 2)])
    state.touch("orders", [date(2026, 1, 1)])
    log = state.touched()
    assert [(t.subject, t.dt) for t in log] == [
        ("event", date(2026, 1, 1)),
        ("event", date(2026, 1, 2)),
        ("orders", date(2026, 1, 1)),
    ]
    assert state.touched(after=log[1].seq) == [log[2]]
    assert State(tmp_path / "state.db").touched() == log


def test_a_transaction_is_all_or_nothing(tmp_path: Path) -> None:
    state = State(tmp_path / "state.db")

    def half() -> None:
        with state.transaction():
            state.put("cursor", 7)
            state.touch("event", [date(2026, 1, 1)])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        half()
    assert state.get("cursor") is None
    assert state.touched() == []


HOLDER = """
import sys, time
from pathlib import Path
from mallard.state import State
with State(Path(sys.argv[1])).lease("build"):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_second_holder_is_told_who_and_a_dead_one_is_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, path], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    state = State(path)
    with pytest.raises(LockedError, match=f"process {holder.pid}, since"):
        with state.lease("build"):
            pass
    with state.lease("land"):  # another name is free
        pass
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    with state.lease("build"):
        pass


def test_only_one_of_many_threads_gets_a_lease(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    State(path).close()
    got: list[int] = []
    start = threading.Barrier(6)

    def take(number: int) -> None:
        state = State(path)
        start.wait()
        try:
            with state.lease("build"):
                got.append(number)
                time.sleep(0.5)
        except LockedError:
            pass

    threads = [threading.Thread(target=take, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 1


def test_a_folder_that_cannot_be_written_is_one_clear_error(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(SettingsError, match="cannot be opened"):
        State(blocked / "state.db")


def test_only_the_last_runs_of_each_step_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mallard.state._RUNS_KEPT", 3)
    state = State(tmp_path / "state.db")
    with state.run("import"):
        pass
    for number in range(5):
        with state.run("land") as detail:
            detail["number"] = number
    assert [run.detail["number"] for run in state.runs("land")] == [4, 3, 2]
    assert len(state.runs("import")) == 1


def test_the_last_run_is_the_last_one_whatever_the_clock_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = State(tmp_path / "state.db")
    for now in ("2031-01-01T00:00:00+00:00", "2026-01-01T00:00:00+00:00"):
        monkeypatch.setenv("MALLARD_NOW", now)
        with state.run("land"):
            pass
    assert [run.started_at.year for run in state.runs("land")] == [2026, 2031]


def test_an_entry_of_the_log_is_known_by_its_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state = State(tmp_path / "state.db")
    assert state.holds_touch(*state.newest_touch())  # nothing was touched yet
    for day in (1, 2, 3):
        monkeypatch.setenv("MALLARD_NOW", f"2026-01-0{day}T12:00:00+00:00")
        state.touch("event", [date(2026, 1, day)])
    state.forget_touched(2)
    assert [touched.seq for touched in state.touched()] == [2, 3]
    assert state.holds_touch(2, "2026-01-02T12:00:00.000000+00:00")
    assert not state.holds_touch(2, "2026-01-02T13:00:00.000000+00:00")  # another log's second entry
    assert not state.holds_touch(1, "2026-01-01T12:00:00.000000+00:00")  # what stood behind it is gone
    assert not state.holds_touch(0, "")
    state.forget_touched(4)
    state.touch("event", [date(2026, 1, 4)])
    assert state.newest_touch()[0] == 4  # no number is given twice


@pytest.mark.parametrize("place", [0, 4096])
def test_a_damaged_file_is_told_with_what_to_do(tmp_path: Path, place: int) -> None:
    path = tmp_path / "state.db"
    with State(path) as state:
        state.touch("event", [date(2026, 1, 1)])
    content = bytearray(path.read_bytes())
    content[place : place + 12_288] = b"\xff" * len(content[place : place + 12_288])
    path.write_bytes(content)

    def look() -> None:
        with State(path) as state:
            state.runs()
            state.touched()
            state.get("lake.seen")

    with pytest.raises(StorageError, match="is damaged") as told:
        look()
    assert "Remove it" in told.value.fix
