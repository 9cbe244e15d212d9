"""An import after the state or the lake was put back from an older copy: no change is overlooked."""

from __future__ import annotations

import shutil

import pytest

from mallard.errors import StorageError
from tests.sources.shops import Shop, order


def change(shop: Shop, order_id: str, amount: int, at: str) -> None:
    when = f"updated_at = '2026-11-{at}'"
    shop.sql(f"update orders set total_amount = {amount}, {when} where order_id = '{order_id}'")
    shop.load()


@pytest.mark.parametrize("part", ["state.db", "lake"])
def test_a_part_put_back_from_an_older_copy(sqlite_shop: Shop, part: str) -> None:
    place, kept = sqlite_shop.project / "data" / part, sqlite_shop.project / "kept"
    sqlite_shop.insert("orders", order("A1", "2026-11-02 08:30:00"), order("B2", "2026-11-01 08:30:00"))
    sqlite_shop.load()
    (shutil.copytree if part == "lake" else shutil.copy)(place, kept)
    change(sqlite_shop, "B2", 7, "03 08:00:00")
    change(sqlite_shop, "A1", 8, "20 11:00:00")
    shutil.rmtree(place) if part == "lake" else place.unlink()
    shutil.move(kept, place)
    change(sqlite_shop, "A1", 9, "21 11:30:00")
    assert sqlite_shop.current("orders", "order_id, total_amount::int") == [("A1", 9), ("B2", 7)]


def test_a_file_of_the_lake_that_is_damaged(sqlite_shop: Shop) -> None:
    sqlite_shop.insert("orders", order("A1", "2026-11-02 08:30:00"))
    sqlite_shop.load()
    (path,) = sqlite_shop.files("ods/orders")
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(StorageError, match=path.name) as told:
        sqlite_shop.load()
    assert "LINE 1" not in str(told.value)
    assert "mallard lake verify" in told.value.fix
