"""The catalogue of published tables: the package's own, the shop's beside them, and YAML that is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from mallard.catalog import published_tables
from mallard.errors import SettingsError

OWN = """
models:
  - name: app_returns
    description: Returns by day.
    config: {meta: {grain: One row per dt., key: [dt]}}
    columns:
      - {name: dt, data_type: DATE, description: Business day.}
      - {name: returns, data_type: bigint, description: How many.}
  - name: dwd_return
    columns: [{name: return_id, data_type: string}]
"""


def test_the_shop_s_own_tables_stand_beside_the_package_s(tmp_path: Path) -> None:
    (tmp_path / "own.yml").write_text(OWN)
    tables = published_tables(tmp_path)
    assert set(tables) - set(published_tables()) == {"app_returns"}
    assert [(c.name, c.type) for c in tables["app_returns"].columns] == [
        ("dt", "date"),
        ("returns", "bigint"),
    ]
    (tmp_path / "own.yml").unlink()
    assert "app_returns" not in published_tables(tmp_path)  # a running process notices


@pytest.mark.parametrize(
    "text", ["models: [", "models: [{description: nameless}]", "- a\n- b\n", "models: 3"]
)
def test_yaml_that_describes_no_models_is_one_message(tmp_path: Path, text: str) -> None:
    (tmp_path / "own.yml").write_text(text)
    with pytest.raises(SettingsError, match=r"own\.yml"):
        published_tables(tmp_path)


def test_every_published_table_says_what_it_is() -> None:
    for table in published_tables().values():
        assert table.description, table.name
        assert table.grain, table.name
        assert set(table.key) <= {column.name for column in table.columns}, table.name
        for column in table.columns:
            assert column.description, f"{table.name}.{column.name}"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (("key: [dt]", "key: [day]"), "its key names day, no column of it"),
        (("key: [dt]", "x: 1"), "it has no key"),
        (("bigint", "int8"), "app_returns.returns has the type 'int8'"),
    ],
)
def test_a_table_that_cannot_be_published_is_one_message(
    tmp_path: Path, wrong: tuple[str, str], said: str
) -> None:
    (tmp_path / "own.yml").write_text(OWN.replace(*wrong))
    with pytest.raises(SettingsError, match=r"own\.yml") as refused:
        published_tables(tmp_path)
    assert said in refused.value.what


def test_yaml_may_end_in_yaml_and_have_an_empty_list(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(OWN)
    (tmp_path / "none.yml").write_text("models:\n")
    assert "app_returns" in published_tables(tmp_path)
