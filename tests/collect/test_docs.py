"""docs/collector.md says what the collector does: every path, code, reason and metric, and no other."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

import mallard.collect
from mallard.collect.metrics import Metrics
from mallard.collect.openapi import document
from mallard.events import refusal, segment
from mallard.settings import Collect, Settings, WriteKey

PAGE = (Path(__file__).parents[2] / "docs" / "collector.md").read_text(encoding="utf-8")
CODE = "\n".join(path.read_text() for path in Path(mallard.collect.__path__[0]).glob("*.py"))


def table(heading: str) -> list[list[str]]:
    """Cells of the first table under a heading."""
    section = PAGE.split(f"## {heading}\n", 1)[1].split("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows[2:]]


def quoted(text: str) -> set[str]:
    return set(re.findall(r"`([^`]+)`", text))


def test_every_path_is_there() -> None:
    told = {path for cells in table("Where to send") for path in quoted(cells[0])}
    plain = {re.sub(r"^(GET|POST) |\?.*", "", path) for path in told}
    assert plain == set(msgspec.json.decode(document())["paths"])


def test_every_code_is_there() -> None:
    told = set.union(*(quoted(cells[1]) for cells in table("What an answer means") if len(cells) == 4))
    raised = set(re.findall(r'(?:Refusal\(\s*\d+, |unavailable\(\s*)"(\w+)"', CODE))
    raised |= {"malformed_json", "not_an_object", "bad_value"}  # by name of the reason
    assert told == raised


def test_every_reason_is_there() -> None:
    """The landing's SQL and what the collector says at the door name the same ones."""
    section = PAGE.split("| reason |", 1)[1].split("\n## ")[0]
    told = set(re.findall(r"^\| `(\w+)`", section, re.MULTILINE))
    in_sql = set(re.findall(r"then '(\w+_\w+)'", Path(segment.__file__).read_text()))
    assert told == in_sql | {"malformed_json"}  # found where requests are taken apart
    assert all(f'"{reason}"' in Path(refusal.__file__).read_text() for reason in told)


def test_every_metric_is_there() -> None:
    told = {re.sub(r"\{.*", "", name) for cells in table("Watching it") for name in quoted(cells[0])}
    counted = {
        family.name + ("_total" if family.type == "counter" else "")
        for family in Metrics(Settings()).registry.collect()
    }
    assert told == counted | set(re.findall(r'"(mallard_spool_\w+)"', CODE))


@pytest.mark.parametrize("name", ["commit_interval_ms", "max_batch_kb", "max_batch_events", "max_event_kb",
                                  "min_free_mb", "segment_mb", "truncate_ip", "trust_proxy"])  # fmt: skip
def test_the_settings_it_names_exist(name: str) -> None:
    assert f"`{name}`" in PAGE
    assert name in Collect.model_fields


def test_the_example_of_a_key_is_valid() -> None:
    import tomllib

    (example,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    (key,) = tomllib.loads(example)["collect"]["keys"]
    assert WriteKey(**key).events == ["Product Viewed", "Order Completed"]
