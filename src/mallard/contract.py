"""The shop's tables as the warehouse knows them: the contract every source is mapped onto.

Types are named in the vocabulary of :data:`TYPES`, each with its DuckDB and its Spark spelling; both engines
read the same Parquet. Money is DECIMAL(18,4), instants are UTC with microseconds.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

TYPES: dict[str, tuple[str, str]] = {
    "string": ("VARCHAR", "STRING"),
    "integer": ("BIGINT", "BIGINT"),
    "double": ("DOUBLE", "DOUBLE"),
    "money": ("DECIMAL(18,4)", "DECIMAL(18,4)"),
    "boolean": ("BOOLEAN", "BOOLEAN"),
    "date": ("DATE", "DATE"),
    "instant": ("TIMESTAMP WITH TIME ZONE", "TIMESTAMP"),
}

_IMPORT = re.compile(r"\d{8}T\d{6}-\d{8,}\.parquet")

PARQUET = {"compression": "zstd", "store_decimal_as_integer": True, "store_schema": False}
"""How Arrow writes the lake's files: money as integers and no schema of Arrow's own, for every reader."""

ROW_GROUP = 122_880
"""Rows of a row group, as DuckDB makes them: the piece that a reader's thread takes at once."""

ORDER_STATUSES = ("created", "paid", "shipped", "completed", "cancelled", "refunded")


@dataclass(frozen=True)
class Column:
    """One column: its name, its type (a key of TYPES) and whether a source must provide it."""

    name: str
    type: str
    required: bool = False


@dataclass(frozen=True)
class Table:
    """One table of the contract.

    required: a shop cannot be loaded without it. key: the columns that identify a row.
    cursor: the column that says when a row last changed, for loading by changes.
    touches: the instants whose business days a changed row touches.
    """

    name: str
    required: bool
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    cursor: str | None = None
    touches: tuple[str, ...] = field(default=())

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)


def _columns(*specs: str) -> tuple[Column, ...]:
    """Columns from 'name type' specs; a '*' behind the name marks a required one."""
    made = []
    for spec in specs:
        name, kind = spec.split()
        made.append(Column(name.rstrip("*"), kind, name.endswith("*")))
    return tuple(made)


TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        Table(
            "customer", True, ("customer_id",),
            _columns(
                "customer_id* string", "name string", "gender string", "birth_date date", "email string",
                "phone string", "registered_at instant", "is_blocked boolean", "updated_at instant",
            ),
            cursor="updated_at",
        ),
        Table(
            "customer_profile", False, ("customer_id",),
            _columns(
                "customer_id* string", "is_pregnant boolean", "has_children boolean", "has_car boolean",
                "phone_brand string", "phone_count integer", "phone_change_count integer",
                "weight_kg double", "height_cm double",
            ),
        ),
        Table(
            "address", False, ("address_id",),
            _columns(
                "address_id* string", "customer_id* string", "address string", "province string",
                "country string", "is_default boolean", "recipient string", "phone string",
            ),
        ),
        Table(
            "category", True, ("category_id",),
            _columns(
                "category_id* string", "level1_id string", "level1_name string", "level2_id string",
                "level2_name string", "level3_id string", "level3_name string",
            ),
        ),
        Table(
            "product", True, ("product_id",),
            _columns(
                "product_id* string", "sku string", "name* string", "category_id string", "brand string",
                "price money", "description string", "created_at instant", "updated_at instant",
            ),
            cursor="updated_at",
        ),
        Table(
            "orders", True, ("order_id",),
            _columns(
                "order_id* string", "customer_id string", "created_at* instant", "status* string",
                "total_amount* money", "discount_amount money", "shipping_amount money", "tax_amount money",
                "currency string", "order_type string", "channel string", "province string",
                "paid_at instant", "cancelled_at instant", "updated_at instant",
            ),
            cursor="updated_at", touches=("created_at", "paid_at", "cancelled_at"),
        ),
        Table(
            "order_item", True, ("order_id", "order_item_id"),
            _columns(
                "order_item_id* string", "order_id* string", "product_id* string", "quantity* integer",
                "unit_price* money", "discount_amount money", "created_at instant",
            ),
            cursor="created_at", touches=("created_at",),
        ),
        Table(
            "payment", False, ("payment_id",),
            _columns(
                "payment_id* string", "order_id* string", "transaction_no string", "amount* money",
                "method string", "paid_at* instant",
            ),
            cursor="paid_at", touches=("paid_at",),
        ),
        Table(
            "shipment", False, ("order_id",),
            _columns(
                "order_id* string", "address_id string", "customer_id string", "shipping_amount money",
                "created_at instant", "shipped_at instant", "delivered_at instant",
            ),
            cursor="created_at", touches=("created_at", "shipped_at", "delivered_at"),
        ),
        Table(
            "refund", False, ("refund_id",),
            _columns(
                "refund_id* string", "order_id* string", "order_item_id string", "quantity integer",
                "amount* money", "reason string", "refunded_at* instant",
            ),
            cursor="refunded_at", touches=("refunded_at",),
        ),
        Table(
            "coupon_use", False, ("order_id", "coupon_id"),
            _columns("coupon_id string", "order_id* string", "amount* money"),
        ),
    )
}  # fmt: skip


def is_one_import(path: str) -> bool:
    """Whether a shop table's file is as one import put it, each key once in it.

    A compacted one has another name and may hold several imports.
    """
    return _IMPORT.fullmatch(path.rpartition("/")[2]) is not None
