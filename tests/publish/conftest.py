from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mallard.settings import Settings
from mallard.state import State
from tests import servers

Project = Callable[[str], Settings]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Makes the settings of a project that publishes to an address."""

    def make(url: str) -> Settings:
        return Settings(project=tmp_path, publish={"url": url}, shop={"name": "Test shop"})

    return make


@pytest.fixture(
    params=[
        "sqlite",
        pytest.param("mariadb", marks=pytest.mark.mariadb),
        pytest.param("postgres", marks=pytest.mark.postgres),
    ]
)
def settings(request: pytest.FixtureRequest, project: Project) -> Settings:
    """A project with an empty serving database, of each kind in turn."""
    if request.param == "sqlite":
        return project("sqlite:///data/serving.db")
    server: servers.DatabaseServer = request.getfixturevalue(request.param)
    return project(server.create(f"p{uuid.uuid4().hex[:12]}"))


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    with State(tmp_path / "data" / "state.db") as opened:
        yield opened
