"""Small hand-made shops of the platforms that presets know, and how their figures are written down."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from mallard.sources.load import TableReport
from tests.sources.shops import Shop

MakePlatform = Callable[[str], Shop]

ORDERS = (
    "order_id, customer_id, status, total_amount, discount_amount, shipping_amount, tax_amount, currency,"
    " channel, province, epoch(created_at), epoch(paid_at), epoch(cancelled_at)"
)
CONTRACT = "* exclude (loaded_at, load_seq, change, extra, loaded)"
ITEMS = "order_id, order_item_id, product_id, quantity, unit_price, discount_amount"


def fill(shop: Shop, preset: str) -> None:
    """Run the script of a platform's shop, as lenient as these platforms set their connections."""
    script = (Path(__file__).parent / f"{preset}.sql").read_text(encoding="utf-8")
    with shop.engine.connect() as connection:
        connection.exec_driver_sql("set sql_mode = ''")
        for statement in script.strip().removesuffix(";").split(";\n"):
            connection.exec_driver_sql(statement)


def moved(reports: dict[str, TableReport]) -> dict[str, tuple[int, int, int]]:
    """How many rows of each table are new, changed and deleted, where any is."""
    counts = {name: (r.new, r.changed, r.deleted) for name, r in reports.items()}
    return {name: found for name, found in counts.items() if any(found)}


def at(*parts: int) -> int:
    """A moment in UTC as seconds since 1970."""
    return int(datetime(*parts, tzinfo=UTC).timestamp())  # type: ignore[misc, arg-type]


def money(text: str) -> Decimal:
    return Decimal(text).quantize(Decimal("0.0001"))
