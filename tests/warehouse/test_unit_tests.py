"""The models' own unit tests (``unit_tests:`` in dbt's YAML), run by dbt: rows in and rows out, by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from mallard.warehouse import project
from mallard.warehouse.build import build
from mallard.warehouse.engine import open_engine
from tests.warehouse.lakes import HandLake, instant

NOW = datetime(2024, 3, 5, 12, tzinfo=UTC)
DECLARED = {
    test["name"]
    for path in (project.PROJECT / "models" / "unit_tests").glob("*.yml")
    for test in yaml.safe_load(path.read_text(encoding="utf-8"))["unit_tests"]
}


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HandLake]:
    """A built warehouse: dbt takes the types of its rows from the tables that are there."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MALLARD_NOW", NOW.isoformat())
        made = HandLake(Path(tmp_path_factory.mktemp("unit_tests")))
        opened = {"event_id": "e", "event_name": "Application Opened", "user_id": "u"}
        made.events({**opened, "event_time": instant("2024-03-01T10:00")})
        build(made.settings, made.state)
        yield made
        made.state.close()


def _run(lake: HandLake, command: str, *select: str) -> list[Any]:
    with open_engine(lake.settings) as engine:
        engine.lay_ods()
        return project.run(lake.settings, engine, command, select)


def test_the_models_give_the_rows_that_their_unit_tests_expect(lake: HandLake) -> None:
    ran = _run(lake, "test", "test_type:unit")
    assert {(test.name, test.status) for test in ran} == {(name, "pass") for name in DECLARED}


def test_a_build_runs_no_unit_tests(lake: HandLake) -> None:
    ran = _run(lake, "build", "dws_session", "app_sales_period")
    assert {(node.name, node.kind) for node in ran} == {
        ("dws_session", "model"),
        ("app_sales_period", "model"),
    }
