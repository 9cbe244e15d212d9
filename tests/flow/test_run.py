"""What a run does behind a failed import, and that it tidies the lake once a day, whatever comes of that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from mallard.errors import BuildError, EmptyLakeError, MallardError, UnreachableError
from mallard.flow import schedule
from mallard.flow.run import run
from mallard.flow.steps import IMPORT, Options, Step
from mallard.settings import Settings
from mallard.state import State
from tests.landed import RECEIVED, Project, request, track


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setenv("MALLARD_NOW", RECEIVED.isoformat())
    made = Project.at(tmp_path)
    _come(made, 16)
    return made


def _come(project: Project, times: int) -> None:
    for number in range(times):
        project.land(request(track(userId=f"u{number}")))


def _files(project: Project) -> list[Path]:
    return sorted((project.settings.path("data/lake") / "ods/event").glob("dt=*/*.parquet"))


def test_the_first_run_of_a_day_joins_small_files(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    before = len(project.events())
    assert len(_files(project)) == 16
    run(project.settings, project.state, [])
    assert len(_files(project)) == 1
    assert len(project.events()) == before
    _come(project, 16)
    run(project.settings, project.state, [])
    assert len(_files(project)) == 17, "once a day is enough"
    monkeypatch.setenv("MALLARD_NOW", (RECEIVED + timedelta(days=1)).isoformat())
    run(project.settings, project.state, [])
    assert len(_files(project)) == 1


def test_a_few_files_are_left(project: Project) -> None:
    _files(project)[0].unlink()
    run(project.settings, project.state, [])
    assert len(_files(project)) == 15


def test_somebody_at_work_is_waited_for(project: Project) -> None:
    with project.state.lease("import"):
        run(project.settings, project.state, [])
    assert len(_files(project)) == 16
    run(project.settings, project.state, [])
    assert len(_files(project)) == 1


def test_a_damaged_file_fails_no_run(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    path = _files(project)[3]
    path.write_bytes(path.read_bytes()[:300])
    run(project.settings, project.state, [])
    assert len(_files(project)) == 16
    said = " ".join(capsys.readouterr().err.split())
    assert "small files were not joined" in said
    assert path.name in said


def _failing(failure: MallardError) -> Callable[[Settings, State, Options], str]:
    def fail(*_: object) -> str:
        raise failure

    return fail


def _away(*_: object) -> str:
    raise UnreachableError("The shop's database is away.", "Start it.")


def test_a_failed_import_keeps_nothing_else_from_going_on(project: Project) -> None:
    done: list[str] = []

    def build(*_: object) -> str:
        done.append("build")
        return "built"

    with pytest.raises(UnreachableError, match="is away"):
        run(project.settings, project.state, [replace(IMPORT, run=_away), Step("build", "", build)])
    assert done == ["build"]
    (last,) = project.state.runs("run")
    assert (last.status, last.detail["build"]) == ("failed", "built")


def test_of_an_empty_lake_the_failed_import_is_the_cause(project: Project) -> None:
    empty = Step("build", "", _failing(EmptyLakeError("There is nothing.")))
    with pytest.raises(UnreachableError, match="is away"):
        run(project.settings, project.state, [replace(IMPORT, run=_away), empty])


def test_two_failures_are_both_told(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    broken = Step("build", "", _failing(BuildError("A model is broken.")))
    with pytest.raises(BuildError, match="broken"):
        run(project.settings, project.state, [replace(IMPORT, run=_away), broken])
    assert "is away" in capsys.readouterr().err


def test_the_scheduler_builds_on_while_the_import_fails(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    rounds: list[list[str]] = []

    def note(_settings: Settings, _state: State, steps: list[Step]) -> None:
        rounds.append([step.name for step in steps])
        if IMPORT in steps:
            raise UnreachableError("The shop's database is away.")

    monkeypatch.setattr(schedule, "run", note)
    source = project.settings.source.model_copy(update={"url": "sqlite:///shop.db"})
    often = project.settings.schedule.model_copy(update={"every": 0})
    settings = project.settings.model_copy(update={"source": source, "schedule": often})
    schedule.schedule(settings, project.state, rounds=2)
    assert rounds == [["land", "import", "build", "publish"], ["land", "build", "publish"]]
