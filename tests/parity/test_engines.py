"""The same models give the same rows on DuckDB and on Spark, for a shop with every difficulty.

No difference is declared: every column of every table of a model, APP or below it, has to be equal.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest

from mallard.settings import Settings
from mallard.warehouse import project
from mallard.warehouse.build import BuildReport, build
from mallard.warehouse.engine import open_engine
from mallard.warehouse.export import current
from tests.parity.shops import SimulatedShop
from tests.parity.tables import differences, of_duckdb, of_spark
from tests.spark import on_spark

pytestmark = [pytest.mark.spark, pytest.mark.slow]


class TwoWarehouses:
    """One lake, and a warehouse on each engine over it."""

    def __init__(self, shop: SimulatedShop) -> None:
        self.shop = shop
        self.duckdb = shop.settings
        self.spark = on_spark(shop.settings)

    def build(self, full: bool = False) -> tuple[BuildReport, BuildReport]:
        return build(self.duckdb, self.shop.state, full), build(self.spark, self.shop.state, full)


@pytest.fixture(scope="module")
def patched() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest.fixture(scope="module")
def warehouses(tmp_path_factory: pytest.TempPathFactory, patched: pytest.MonkeyPatch) -> TwoWarehouses:
    """Nine days of a shop in Chile, over the night in which its clocks skip midnight, on both engines."""
    shop = SimulatedShop(
        tmp_path_factory.mktemp("parity"), date(2025, 8, 31), 11, "America/Santiago", size=0.04
    )
    shop.live(shop.shop.all_days[:9], patched)
    both = TwoWarehouses(shop)
    both.build(full=True)
    return both


def test_every_table_is_equal_row_by_row(warehouses: TwoWarehouses) -> None:
    on_duckdb = of_duckdb(warehouses.duckdb)
    assert differences(on_duckdb, of_spark(warehouses.spark)) == {}
    assert all(table.num_rows for name, table in on_duckdb.items() if name.startswith("app_"))


def test_what_is_exported_for_publishing_is_equal_down_to_the_types(warehouses: TwoWarehouses) -> None:
    on_spark_ = current(warehouses.spark)
    assert on_spark_ is not None
    build(warehouses.duckdb, warehouses.shop.state, full=True)
    on_duckdb = current(warehouses.duckdb)
    assert on_duckdb is not None
    assert on_duckdb["tables"] == on_spark_["tables"]
    for table in on_duckdb["tables"]:
        files = [exported(warehouses.duckdb, told["build_id"], table) for told in (on_duckdb, on_spark_)]
        assert described(files[0]) == described(files[1])
        ordered = [duckdb.sql(f"from '{file}'").fetchall() for file in files]
        assert ordered[0] == ordered[1]


def exported(settings: Settings, build_id: str, table: str) -> Path:
    return settings.path("data/app") / build_id / f"{table}.parquet"


def described(file: Path) -> list[tuple[str, str]]:
    return [row[:2] for row in duckdb.sql(f"describe from '{file}'").fetchall()]


def test_every_test_of_the_models_holds_on_spark(warehouses: TwoWarehouses) -> None:
    with open_engine(warehouses.spark) as engine:
        ran = project.run(warehouses.spark, engine, "test")
    assert {node.status for node in ran} == {"pass"}


def test_a_refresh_is_equal_on_both_and_to_a_rebuild(
    warehouses: TwoWarehouses, patched: pytest.MonkeyPatch
) -> None:
    warehouses.shop.live(warehouses.shop.shop.all_days[9:], patched)
    refreshed = warehouses.build()
    assert [report.full for report in refreshed] == [False, False]
    assert refreshed[0].days == refreshed[1].days
    on_spark_ = of_spark(warehouses.spark)
    assert differences(of_duckdb(warehouses.duckdb), on_spark_) == {}
    build(warehouses.duckdb, warehouses.shop.state, full=True)
    assert differences(of_duckdb(warehouses.duckdb), on_spark_) == {}
