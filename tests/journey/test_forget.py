"""A person who is forgotten stands nowhere any more: not in the warehouse, nor in any file of the project."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from mallard.flow.forget import forget
from mallard.flow.run import run
from mallard.settings import Settings
from mallard.state import State
from mallard.warehouse.sql import query
from tests.journey.test_restored import come
from tests.landed import RECEIVED, Project
from tests.sources.shops import Shop, contract_tables, order


def customers(settings: Settings, table: str) -> set[str]:
    rows = query(settings, f"select distinct customer_id from {table} where customer_id is not null").rows
    return {str(customer) for (customer,) in rows}


def test_a_customer_without_events_is_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MALLARD_NOW", RECEIVED.isoformat())
    shop = Shop(f"sqlite:///{tmp_path}/shop.db", tmp_path, {"shop": {"timezone": "UTC"}})
    contract_tables(shop)
    for number, customer in enumerate(("anna", "emil")):
        at = "2026-03-09 10:00:00"
        shop.insert("customer", {"customer_id": customer, "name": f"name-{customer}", "updated_at": at})
        shop.insert("orders", order(f"o-{number}", at, customer_id=customer))
    with State(shop.settings.state_path) as state:
        come(Project(shop.settings, state), "emil", 1)
        run(shop.settings, state)
        assert customers(shop.settings, "dim_customer") == {"anna", "emil"}
        forget(shop.settings, state, "anna")
    for table in ("dim_customer", "dwd_customer", "dwd_order"):
        assert customers(shop.settings, table) == {"emil"}
    assert query(shop.settings, "select count(*) from dwd_order").rows == ((2,),)  # the money is the shop's
    for path in (tmp_path / "data").rglob("*.parquet"):
        assert "anna" not in str(pq.read_table(path, partitioning=None).to_pylist()), path
    assert len(list((tmp_path / "data" / "app").glob("*/"))) == 1, "the files of the build before are gone"
