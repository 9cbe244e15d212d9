"""Which business days a change of the shop's rows touches.

A figure of a day moves where a row's old version or its new one has an instant on that day, or where its
order has. A dimension is seen as of the end of each day, so its change reaches from the day it holds from up
to the day it was loaded.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from mallard.contract import TABLES, Table
from mallard.days import day_range
from mallard.sources.cleaning import EARLIEST, literal, name
from mallard.sources.history import Run, history, parquet, same
from mallard.storage import Storage

if TYPE_CHECKING:
    import duckdb

ORDER_OF = ("order_item", "payment", "shipment", "refund", "coupon_use")
"""Tables whose rows belong to an order: a change of theirs is a change of the order's days too."""


def touched_days(
    db: duckdb.DuckDBPyConnection,
    storage: Storage,
    table: Table,
    run: Run,
    out: Path,
    known: bool,
    staging: Path,
) -> set[date]:
    """The business days whose figures may move: those of the old versions and of the new ones."""
    written, loaded = parquet([str(out)]), _day(run.moment, run)
    replaced = f"(select c.* from current c semi join {written} o on {same(table, 'o', 'c')})"
    found = _days(db, f"select {loaded}")
    for column in table.touches:
        for rows in (written, replaced) if known else (written,):
            found |= _days(db, f"select distinct {_day(name(column), run)} from {rows}")
    if table.name in ORDER_OF:
        found |= _order_days(db, storage, run, written, replaced, staging)
    elif not table.touches and "updated_at" in table.column_names:
        known_time = f"updated_at between timestamptz '{EARLIEST}' and {run.moment}"
        days = _days(db, f"select distinct {_day('updated_at', run)} from {written} where {known_time}")
        found |= {*day_range(min(days), max(found))} if known and days else days
    return found


def _order_days(
    db: duckdb.DuckDBPyConnection, storage: Storage, run: Run, written: str, replaced: str, staging: Path
) -> set[date]:
    """The days of the orders that the changed rows belong to, in every version that is known of them."""
    fresh = staging / "orders.parquet"
    versions = history(storage, "ods/orders") + ([str(fresh)] if fresh.exists() else [])
    if not versions:
        return set()
    ids = f"(select order_id from {written} union select order_id from {replaced})"
    moments = ", ".join(map(name, TABLES["orders"].touches))
    return _days(
        db,
        f"""select distinct {_day("moment", run)} from (
            select unnest([{moments}]) as moment
            from {parquet(versions)} o semi join {ids} i on o.order_id = i.order_id
        )""",
    )


def _day(instant: str, run: Run) -> str:
    return f"cast({instant} at time zone {literal(run.timezone)} as date)"


def _days(db: duckdb.DuckDBPyConnection, sql: str) -> set[date]:
    return {row[0] for row in db.execute(sql).fetchall() if row[0] is not None}
