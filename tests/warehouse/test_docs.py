"""docs/metrics.md tells what the YAML says now, and the YAML tells of every model and column."""

from __future__ import annotations

from pathlib import Path

from mallard.catalog import MODELS, published_tables
from mallard.warehouse.docs import metrics_markdown
from mallard.warehouse.models import declared

ROOT = Path(__file__).parents[2]


def test_the_catalogue_of_metrics_is_current() -> None:
    written = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
    assert written == metrics_markdown(), "python -m mallard.warehouse.docs > docs/metrics.md"


def test_every_published_table_has_its_model() -> None:
    assert set(published_tables()) <= set(declared([MODELS]))


def test_every_model_says_how_far_a_change_reaches() -> None:
    silent = [
        model.name
        for model in declared([MODELS]).values()
        if model.kind != "view" and set(model.reach) == {"always"} and model.name != "dim_date"
    ]
    assert silent == []
