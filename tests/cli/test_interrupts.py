"""Ctrl-C: one word and exit code 130, whatever an engine makes of it, and nothing is lost by it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import duckdb
import pytest

from tests.command import succeed

ENDLESS = "select sum(a + b) from range(1000000000) as one (a), range(1000000000) as other (b)"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "mallard.toml").write_text("")
    return tmp_path


def interrupt(project: Path, *arguments: str, when: str) -> subprocess.CompletedProcess[str]:
    """Start a command and press Ctrl-C as soon as it has a file of that name open."""
    # a shell's background job ignores Ctrl-C, and so would what is started here
    command = ["env", "--default-signal=INT", sys.executable, "-m", "mallard", *arguments]
    with subprocess.Popen(
        command, cwd=project, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            until = time.monotonic() + 60
            while not any(name.endswith(when) for name in _open_files(process.pid)):
                assert process.poll() is None, process.communicate()
                assert time.monotonic() < until
                time.sleep(0.01)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=60)
        finally:
            process.kill()
    return subprocess.CompletedProcess(command, process.returncode, out, err)


def _open_files(pid: int) -> list[str]:
    found = []
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed meanwhile
            found.append(str(descriptor.readlink()))
    return found


def test_a_query_is_given_up(project: Path) -> None:
    (project / "data").mkdir()
    duckdb.connect(str(project / "data/warehouse.duckdb")).close()
    ended = interrupt(project, "sql", ENDLESS, when="warehouse.duckdb")
    assert (ended.returncode, ended.stderr.strip()) == (130, "interrupted")


def test_a_build_is_given_up_and_the_next_one_makes_it_good(project: Path) -> None:
    line = {"act": 1, "uid": 7, "xaid": "d", "platform": 1, "net": 1, "acttime": time.time_ns() // 1_000_000}
    (project / "app.log").write_text(json.dumps(line) + "\n")
    succeed("follow", "--once", "app.log", cwd=project)
    succeed("land", cwd=project)
    ended = interrupt(project, "build", when="build.lock")
    assert (ended.returncode, ended.stderr.strip()) == (130, "interrupted")
    assert "Traceback" not in ended.stdout
    succeed("build", cwd=project)
    assert "1" in succeed("sql", "select dau from app_active_users", cwd=project)
