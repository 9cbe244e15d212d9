"""Amounts in several currencies are added up as they are; nobody should learn that from wrong figures."""

from __future__ import annotations

import pytest

from mallard.flow.steps import IMPORT, Options
from mallard.sources.check import check
from mallard.sources.currencies import currencies
from tests.sources.shops import Shop, contract_tables, order

AT = "2026-11-20 12:00:00"


def _import(shop: Shop, capsys: pytest.CaptureFixture[str]) -> str:
    with shop.state() as state:
        IMPORT.run(shop.settings, state, Options())
    return " ".join(capsys.readouterr().err.split())


def _cautions(shop: Shop) -> list[str]:
    return [table.caution for table in check(shop.settings).tables if table.caution]


def test_several_currencies_are_said_until_they_are_converted(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    if shop.engine.dialect.name != "sqlite":
        contract_tables(shop, "category")
    shop.insert("orders", order("A1", AT, currency="EUR"), order("A2", AT, currency="EUR"))
    shop.insert("orders", order("A3", AT))
    assert _cautions(shop) == []
    assert "currencies" not in _import(shop, capsys)
    shop.insert("orders", order("A4", AT, currency="USD"))
    said = "orders: amounts in 2 currencies (EUR 2, USD 1) are added up as they are."
    assert [caution[: len(said)] for caution in _cautions(shop)] == [said]
    assert said in _import(shop, capsys)
    assert "currencies" not in _import(shop, capsys)  # it brought no order
    shop.sql("update orders set currency = 'EUR', total_amount = 9 where order_id = 'A4'")
    assert "currencies" not in _import(shop, capsys)
    assert currencies(shop.settings) == {}
    shop.insert("orders", order("A5", AT, currency="USD"))
    assert "(EUR 3, USD 1)" in _import(shop, capsys)
    shop.sql("delete from orders where order_id = 'A5'")
    shop.load(full=True)
    assert currencies(shop.settings) == {}


def test_a_lake_without_orders_has_no_currencies(sqlite_shop: Shop) -> None:
    assert currencies(sqlite_shop.settings) == {}
