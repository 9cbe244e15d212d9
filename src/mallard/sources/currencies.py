"""Whether a shop's amounts can be added up: they are taken as they come, whatever their currency."""

from __future__ import annotations

from collections.abc import Mapping

from mallard.contract import TABLES
from mallard.settings import Settings
from mallard.sources.history import history, parquet
from mallard.storage import open_storage

MEMORY = "200MB"


def currencies(settings: Settings) -> dict[str, int]:
    """How many of the lake's orders are in each currency, as they are now; empty where there is but one.

    Only where versions differ the newest of each order is looked for, which takes longer. A deleted one has
    no currency.
    """
    import duckdb

    storage = open_storage(settings)
    files = history(storage, "ods/orders")
    if not files:
        return {}
    with duckdb.connect(config={"memory_limit": MEMORY}) as db:
        storage.register(db)
        met = db.execute(f"select count(distinct currency) from {parquet(files)}").fetchall()
        if met[0][0] < 2:
            return {}
        key = ", ".join(TABLES["orders"].key)
        newest = f"select arg_max({{currency: currency}}, load_seq) as o from {parquet(files)}"
        found = db.execute(
            f"select o.currency, count(*) from ({newest} group by {key})"
            " where o.currency <> '' group by all order by all"
        ).fetchall()
    return several(dict(found))


def several(orders: Mapping[str, int]) -> dict[str, int]:
    """Orders by currency, where there is more than one."""
    return dict(orders) if len(orders) > 1 else {}


def caution(orders: Mapping[str, int]) -> str:
    """What to say of orders in several currencies; nothing of one."""
    if not several(orders):
        return ""
    counted = ", ".join(f"{currency} {count:,}" for currency, count in sorted(orders.items()))
    return (
        f"orders: amounts in {len(orders)} currencies ({counted}) are added up as they are."
        " Let the query convert them to one, and give that as their currency."
    )
