"""The status reads what is there and makes nothing; a database that is away is told, not stumbled over."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from mallard.errors import MallardError, UnreachableError
from mallard.flow.status import show_status
from mallard.settings import Publish, Settings
from mallard.state import State
from tests import servers


def look(settings: Settings) -> None:
    with State(settings.state_path) as state:
        show_status(settings, state)


def test_a_project_that_never_ran(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    look(Settings(project=tmp_path))
    assert "published: nothing yet" in capsys.readouterr().out
    assert not (tmp_path / "data" / "serving.db").exists()


@pytest.mark.parametrize("kind", ["mysql", "postgresql"])
def test_a_serving_database_that_is_away(
    tmp_path: Path, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    publish = Publish(url=f"{kind}://u:canary-secret@127.0.0.1:{servers.free_port()}/shop")
    with pytest.raises(UnreachableError, match="does not answer") as told:
        look(Settings(project=tmp_path, publish=publish))
    assert "canary-secret" not in str(told.value)
    assert "touched: nothing waits" in capsys.readouterr().out  # the rest is shown all the same


def test_a_serving_database_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "serving.db").write_text("not a database, however long this text may be " * 9)
    with pytest.raises(MallardError, match="not a database"):
        look(Settings(project=tmp_path))


def test_a_run_that_was_killed_does_not_look_like_one_under_way(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = Settings(project=tmp_path)
    dying = (
        "import os, sys; from pathlib import Path; from mallard.state import State\n"
        "state = State(Path(sys.argv[1]))\n"
        "with state.lease('land'), state.run('land'): os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", dying, settings.state_path], check=False)
    look(settings)
    assert "died" in capsys.readouterr().out
    with State(settings.state_path) as state, state.lease("land"), state.run("land"):
        look(settings)
    shown = capsys.readouterr().out
    assert "running" in shown
    assert "died" not in shown


@pytest.mark.parametrize(
    "text", ['{"cut', "[]", '{"build_id": "b"}', '{"build_id": "gone", "tables": {"t": 1}}']
)
def test_an_export_that_is_damaged(tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "data" / "app").mkdir(parents=True)
    (tmp_path / "data" / "app" / "current.json").write_text(text)
    look(Settings(project=tmp_path))
    assert "its last build is damaged: mallard build" in capsys.readouterr().out
