"""The command line's manners: help for everything, one message for a mistake, the right exit code."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.command import mallard, refuse, succeed

COMMANDS = [
    "init", "demo", "collect", "follow", "land", "import", "build", "publish", "run", "schedule",
    "dashboard", "status", "version", "explain", "sql", "shell", "forget", "doctor",
    "lake stats", "lake verify", "lake compact", "quarantine list", "quarantine show", "quarantine replay",
    "source check", "engine migrate", "audience churned", "superset",
]  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str) -> None:
    text = succeed(*command.split(), "--help")
    assert "Usage:" in text
    assert len(text.splitlines()) >= 6


def test_help_lists_every_command() -> None:
    text = succeed("--help")
    for command in COMMANDS:
        assert command.split()[0] in text


def test_help_lists_commands_in_the_order_of_the_journey() -> None:
    text = succeed("--help")
    order = ["Begin", "demo", "init", "collect", "land", "import", "build", "publish", "explain", "forget"]
    places = [re.search(rf"^\W*{name}\b", text, re.MULTILINE) for name in order]
    starts = [place.start() for place in places if place]
    assert len(starts) == len(order)
    assert starts == sorted(starts)


def test_what_is_no_day_is_said_in_one_sentence() -> None:
    said = refuse("explain", "app_sales", "--day", "2026-13-01", code=2)
    assert "'2026-13-01' is no day; write it as 2026-11-24." in said
    assert "%Y" not in said


def test_help_imports_no_driver() -> None:
    """``mallard --help`` must answer at once, so it may not load engines and frameworks."""
    code = (
        "import sys, mallard.cli\n"
        "heavy = {'duckdb', 'dbt', 'nicegui', 'granian', 'pyspark', 'sqlalchemy', 'pyarrow',"
        " 'pydantic', 'dagster', 'connectorx', 'httpx'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_version_is_the_package_s() -> None:
    from mallard import __version__

    assert succeed("version").strip() == f"mallard {__version__}"
    assert succeed("--version") == succeed("version")


def test_an_unknown_command_suggests_the_right_one() -> None:
    done = mallard("pubish")
    assert done.returncode == 2
    assert "publish" in done.stderr


def test_without_settings_every_stage_says_how_to_begin(tmp_path: Path) -> None:
    for command in ("land", "import", "build", "publish", "run", "status", "dashboard", "collect"):
        said = refuse(command, code=2, cwd=tmp_path)
        assert "mallard.toml" in said
        assert "mallard init" in said


def test_a_misspelt_key_is_one_message(tmp_path: Path) -> None:
    (tmp_path / "mallard.toml").write_text("[shop]\ntimezon = 'UTC'\n")
    said = refuse("status", code=2, cwd=tmp_path)
    assert "'shop.timezon'" in said
    assert "timezone" in said


def test_init_then_status_in_a_new_folder(tmp_path: Path) -> None:
    assert "mallard.toml written" in succeed("init", cwd=tmp_path)
    assert "nothing" in succeed("status", cwd=tmp_path).lower()
    said = refuse("init", code=2, cwd=tmp_path)
    assert "exists already" in said


def test_init_where_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    said = refuse("init", "--project", tmp_path / "file" / "x", code=2)
    assert "cannot be written" in said


def test_import_without_a_source_says_what_to_set(tmp_path: Path) -> None:
    succeed("init", cwd=tmp_path)
    assert "source.url" in refuse("import", code=2, cwd=tmp_path)
