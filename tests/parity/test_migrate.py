"""Moving to the other engine: mallard.toml is changed in one place, and only where every row is equal."""

from __future__ import annotations

import tomllib
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from mallard.errors import SettingsError, UnreachableError, UsageError
from mallard.settings import Settings, Spark, Warehouse
from mallard.state import State
from mallard.warehouse.export import exported_tables
from mallard.warehouse.migrate import compare, migrate, switch_engine
from tests import servers

FILES = {
    "nothing there": "",
    "no section": '[shop]\nname = "Mine"\n',
    "no line break at the end": '[shop]\nname = "Mine"',
    "a section without the key": '[warehouse]\nmemory = "8GB"  # of sixteen\n\n[shop]\nname = "Mine"\n',
    "the key with a comment": '[warehouse]\nengine = "duckdb" # small yet\nmemory = "8GB"\n',
    "the key behind others": '[warehouse]\nmemory = "8GB"\nengine="duckdb"\n[publish]\n',
    "only a table below it": '[warehouse.spark]\nmaster = "yarn"\n',
    "the section behind a table below it": '[warehouse.spark]\nmaster = "yarn"\n\n[warehouse]\nthreads = 2\n',
    "an engine elsewhere": '[warehouse.spark.config]\nengine = "x"\n[warehouse]\n',
    "a heading with a comment": '[warehouse] # the tables\nengine = "duckdb"\n',
}


@pytest.mark.parametrize("text", FILES.values(), ids=FILES)
def test_only_the_engine_changes(tmp_path: Path, text: str) -> None:
    path = tmp_path / "mallard.toml"
    path.write_text(text)
    switch_engine(path, "spark")
    wanted = tomllib.loads(text)
    wanted.setdefault("warehouse", {})["engine"] = "spark"
    assert tomllib.loads(path.read_text()) == wanted
    comments = [line.partition("#")[2] for line in text.splitlines() if "#" in line]
    assert [line.partition("#")[2] for line in path.read_text().splitlines() if "#" in line] == comments
    switch_engine(path, "duckdb")
    wanted["warehouse"]["engine"] = "duckdb"
    assert tomllib.loads(path.read_text()) == wanted


@pytest.mark.parametrize("text", ['warehouse = { engine = "duckdb" }\n', 'warehouse.engine = "duckdb"\n'])
def test_a_file_written_another_way_is_left_alone(tmp_path: Path, text: str) -> None:
    path = tmp_path / "mallard.toml"
    path.write_text(text)
    with pytest.raises(SettingsError, match="could not be changed"):
        switch_engine(path, "spark")
    assert path.read_text() == text


def test_the_present_engine_is_no_target(tmp_path: Path) -> None:
    settings = Settings(project=tmp_path)
    with State(settings.state_path) as state, pytest.raises(UsageError, match="already"):
        migrate(settings, state, "duckdb")


def test_what_spark_lacks_is_told_before_anything_is_built(tmp_path: Path) -> None:
    spark = Spark(master=f"spark://127.0.0.1:{servers.free_port()}")
    settings = Settings(project=tmp_path, warehouse=Warehouse(spark=spark))
    with State(settings.state_path) as state, pytest.raises(UnreachableError, match="does not answer"):
        migrate(settings, state, "spark")
    assert not settings.warehouse_path.exists()


def write_exports(settings: Settings, folder: Path, **changed: str) -> None:
    """Every published table with one row; changed: table → the SQL it is made of instead."""
    folder.mkdir(parents=True)
    values = {
        "date": date(2026, 1, 1), "timestamp": datetime(2026, 1, 1), "boolean": True, "string": "x",
        "bigint": 1, "double": 1.5,
    }  # fmt: skip
    for name, table in exported_tables(settings).items():
        columns = ", ".join(
            f"cast('{values.get(c.type, Decimal(1))}' as {c.type.replace('string', 'varchar')}) as {c.name}"
            for c in table.columns
        )
        query = changed.get(name, "select * from made").replace("made", f"(select {columns})")
        duckdb.sql(f"copy ({query}) to '{folder / name}.parquet'")


def test_every_kind_of_difference_is_found(tmp_path: Path) -> None:
    settings = Settings(project=tmp_path)
    write_exports(settings, tmp_path / "here")
    write_exports(
        settings,
        tmp_path / "there",
        app_sales="select * replace (cast(2 as decimal(18,4)) as gmv) from made",
        app_cart="select * from made where false",
        app_crashes="select * from made union all select * from made",
        app_regions="select * replace (cast(orders as integer) as orders) from made",
    )
    tables = compare(settings, tmp_path / "here", tmp_path / "there")
    different = {name: table for name, table in tables.items() if not table.equal}
    assert {name: (t.only_here, t.only_there) for name, t in different.items()} == {
        "app_sales": (1, 1),
        "app_cart": (1, 0),
        "app_crashes": (0, 1),
        "app_regions": (0, 0),
    }
    assert different["app_sales"].examples == ("dt 2026-01-01",)
    assert different["app_regions"].columns == ("orders BIGINT", "orders INTEGER")
