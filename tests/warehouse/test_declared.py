"""What the shop's own models may say of themselves, and one message for each mistake."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from mallard.errors import BuildError
from mallard.warehouse.day_sets import DaySets
from mallard.warehouse.models import declared

YAML = """\
models:
  - name: app_returns
    config:
      meta:
        reach: {orders: '0, 7'}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "app_returns.sql").write_text("select 1")
    (tmp_path / "app_returns.yml").write_text(YAML)
    return tmp_path


def test_a_reach_gives_the_days_to_build(folder: Path) -> None:
    found = DaySets()
    found.add("orders", [date(2024, 2, 28)])
    assert declared([folder])["app_returns"].days(found, date(2024, 3, 9)) == {
        date(2024, 2, 28),
        date(2024, 3, 6),
    }


@pytest.mark.parametrize(
    ("wrong", "what", "fix"),
    [
        (("orders:", "order:"), "app_returns: reach names 'order'", "'orders'"),
        (("0, 7", "0, x"), "app_returns: reach '0, x' is not understood", "'-1..0'"),
        (("app_returns", "app_return"), "describes app_return, but there is no app_return.sql", "remove"),
        (("app_returns", "dwd_other"), "describes dwd_other, but there is no dwd_other.sql", "remove"),
    ],
)
def test_what_a_description_gets_wrong_is_told(
    folder: Path, wrong: tuple[str, str], what: str, fix: str
) -> None:
    (folder / "app_returns.yml").write_text(YAML.replace(*wrong))
    with pytest.raises(BuildError) as refused:
        declared([folder])
    assert what in refused.value.what
    assert fix in refused.value.fix


def test_a_table_to_publish_needs_a_description(folder: Path) -> None:
    (folder / "app_returns.yml").unlink()
    with pytest.raises(BuildError, match="no YAML beside it describes app_returns"):
        declared([folder])


def test_a_model_of_an_inner_layer_needs_none_and_is_built_whole(folder: Path) -> None:
    (folder / "app_returns.yml").unlink()
    (folder / "app_returns.sql").rename(folder / "dws_returns.sql")
    assert declared([folder])["dws_returns"].days(DaySets(), date(2024, 3, 9)) is None
