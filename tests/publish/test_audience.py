"""The list of whom to write to, as files for push tools."""

from __future__ import annotations

import csv
import json
from datetime import date
from pathlib import Path

import pytest

from mallard.errors import MallardError, PublishError, UsageError
from mallard.publish.audience import churned
from mallard.publish.tables import publish
from mallard.settings import Settings
from mallard.state import State
from tests.publish import exports
from tests.publish.conftest import Project

DAY = date(2026, 1, 2)


def person(name: str, day: date = DAY) -> dict[str, object]:
    return {"dt": day, "person_id": name, "user_id": name, "device_id": "=cmd()", "platform": "ios",
            "last_active_dt": date(2025, 12, 26), "days_inactive": 7}  # fmt: skip


@pytest.fixture
def lapsed(project: Project, state: State) -> Settings:
    """A project with two people lost on the 2nd and one on the 3rd."""
    settings = project("sqlite:///data/serving.db")
    rows = [person("u2"), person("+u1"), person("u3", date(2026, 1, 3))]
    exports.write_export(settings, "b1", {"app_churned_user_list": rows})
    publish(settings, state)
    return settings


def test_csv_names_each_person_of_the_day_and_guards_formulas(lapsed: Settings, tmp_path: Path) -> None:
    path = tmp_path / "push" / "churned.csv"
    report = churned(lapsed, path, DAY)
    assert (report.day, report.people, report.path) == (DAY, 2, path)
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["person_id"] for row in rows] == ["'+u1", "u2"]
    assert rows[1] == {"dt": "2026-01-02", "person_id": "u2", "user_id": "u2", "device_id": "'=cmd()",
                       "platform": "ios", "last_active_dt": "2025-12-26", "days_inactive": "7"}  # fmt: skip
    assert [each.name for each in path.parent.iterdir()] == ["churned.csv"]


def test_json_lines_hold_the_values_as_they_are(lapsed: Settings, tmp_path: Path) -> None:
    churned(lapsed, tmp_path / "c.jsonl", DAY, "jsonl")
    rows = [json.loads(line) for line in (tmp_path / "c.jsonl").read_text().splitlines()]
    assert [row["person_id"] for row in rows] == ["+u1", "u2"]
    assert rows[0]["device_id"] == "=cmd()"
    assert rows[0]["dt"] == "2026-01-02"


def test_the_newest_day_is_the_default(lapsed: Settings, tmp_path: Path) -> None:
    assert churned(lapsed, tmp_path / "c.csv").day == date(2026, 1, 3)
    assert (tmp_path / "c.csv").read_text().count("\n") == 2


def test_a_day_that_is_not_published_is_refused(lapsed: Settings, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="2026-02-01 is not published"):
        churned(lapsed, tmp_path / "c.csv", date(2026, 2, 1))
    assert not (tmp_path / "c.csv").exists()


def test_nothing_published_yet_is_said(project: Project, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    with pytest.raises(PublishError, match="not been published"):
        churned(project("sqlite:///data/serving.db"), tmp_path / "c.csv")


def test_a_place_that_cannot_be_written_is_said(lapsed: Settings) -> None:
    with pytest.raises(MallardError, match="/proc/nowhere"):
        churned(lapsed, Path("/proc/nowhere/c.csv"), DAY)
