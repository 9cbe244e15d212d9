"""A run tidies the lake once a day, and neither somebody at work on it nor a damaged file fails the run."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from mallard.flow.run import run
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
