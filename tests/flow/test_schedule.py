"""The scheduler: what was logged is published soon, failures are tried again, a signal ends it in order."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mallard.errors import EmptyLakeError, UnreachableError
from mallard.flow import schedule
from tests.command import succeed
from tests.journey.test_user_action import LINES


def test_a_failure_is_said_and_tried_again(capsys: pytest.CaptureFixture[str]) -> None:
    calls: list[int] = []

    def work() -> None:
        calls.append(len(calls))
        if len(calls) < 3:
            raise UnreachableError("The database is away.", "Wait for it.")

    schedule.repeat(0.001, work, rounds=4)
    assert len(calls) == 4


def test_an_empty_lake_is_waited_for_without_a_failure(capsys: pytest.CaptureFixture[str]) -> None:
    def work() -> None:
        raise EmptyLakeError("There is nothing in the lake to build from.")

    schedule.repeat(0.001, work, rounds=30)  # were the wait doubled each time it would not end
    said = capsys.readouterr().err
    assert "There is nothing in the lake" in said
    assert "error" not in said


def test_what_is_no_failure_of_the_work_is_not_swallowed() -> None:
    def broken() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        schedule.repeat(0.001, broken, rounds=2)


@pytest.mark.slow
def test_logged_events_are_published_and_a_signal_ends_it(tmp_path: Path) -> None:
    environment = {**os.environ, "MALLARD_NOW": "2026-01-02T08:00:00+00:00"}
    (tmp_path / "mallard.toml").write_text('[shop]\ntimezone = "Asia/Shanghai"\n[schedule]\nevery = 1\n')
    (tmp_path / "app.log").write_text("\n".join(LINES) + "\n")
    succeed("follow", "app.log", "--once", cwd=tmp_path, MALLARD_NOW=environment["MALLARD_NOW"])
    running = subprocess.Popen(
        [sys.executable, "-m", "mallard", "schedule"], cwd=tmp_path, env=environment,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        assert _eventually(tmp_path, 3), "nothing was published"
        with (tmp_path / "app.log").open("a") as log:
            log.write(LINES[0].replace('"uid":1', '"uid":77').replace("device-1", "device-77") + "\n")
        succeed("follow", "app.log", "--once", cwd=tmp_path, MALLARD_NOW=environment["MALLARD_NOW"])
        assert _eventually(tmp_path, 4), "the new user did not arrive"
    finally:
        running.send_signal(signal.SIGTERM)
        said, _ = running.communicate(timeout=60)
    assert running.returncode == 0, said


def _eventually(folder: Path, users: int) -> bool:
    """Whether the first day's active users come to be so many."""
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        path = folder / "data" / "serving.db"
        if path.exists():
            try:
                row = sqlite3.connect(path).execute("select max(dau) from app_active_users").fetchone()
            except sqlite3.OperationalError:
                row = None
            if row and row[0] == users:
                return True
        time.sleep(0.2)
    return False
