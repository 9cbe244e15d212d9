"""The DDL of a published table: types, key, comments and indexes, as each database likes them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from mallard.catalog import CatalogTable
from mallard.errors import PublishError
from mallard.publish.export import Export
from mallard.serving.tables import column_type

STAGE = "mallard_stage_"
OLD = "mallard_old_"
LONGEST_NAME = 63 - len(STAGE)
KEY_BYTES = {"mysql": 3072, "postgresql": 2600}  # the widest index entry each allows
COMMENT = 1024  # MySQL's longest column comment
SHORT = 255
INLINE_STRINGS = 40  # more VARCHAR(255) than this would not fit MySQL's 64 KiB row


def staging_table(engine: sa.Engine, export: Export, table: CatalogTable, suffix: str) -> sa.Table:
    """The table a build's rows are loaded into; only its name differs from the published one.

    suffix: makes index names unique, as the old table's index still holds the plain one.
    """
    if len(table.name) > LONGEST_NAME:
        raise PublishError(
            f"The name '{table.name}' is too long to publish.",
            f"Use at most {LONGEST_NAME} characters.",
        )
    longest = export.longest(table.name)
    keyed = bool(table.key) and _key_fits(engine, table, longest)
    made = sa.Table(
        STAGE + table.name,
        sa.MetaData(),
        *(
            sa.Column(
                sa.sql.quoted_name(c.name, quote=True),
                _type(engine, table, c.name, longest),
                primary_key=keyed and c.name in table.key,
                nullable=c.name not in table.key,
                autoincrement=False,
                comment=c.description[:COMMENT] or None,
            )
            for c in table.columns
        ),
        comment=f"{table.description} {table.grain}"[:COMMENT],
        **_options(engine, keyed),
    )
    if "dt" in made.c and not (keyed and table.key[0] == "dt"):
        sa.Index(f"{table.name}_dt_{suffix}", made.c.dt)
    return made


def _type(
    engine: sa.Engine, table: CatalogTable, column: str, longest: dict[str, int]
) -> sa.types.TypeEngine[Any]:
    """The column's type; MySQL needs strings of a stated length, in keys and for BI tools."""
    declared = next(c.type for c in table.columns if c.name == column)
    if declared != "string" or engine.dialect.name != "mysql":
        return column_type(declared)
    if column in table.key and _key_fits(engine, table, longest):
        return sa.String(_key_length(longest[column]))
    if longest[column] <= SHORT and len(longest) <= INLINE_STRINGS:
        return sa.String(SHORT)
    from sqlalchemy.dialects.mysql import LONGTEXT

    return LONGTEXT()


def _key_length(longest: int) -> int:
    return max(64, longest)


def _key_fits(engine: sa.Engine, table: CatalogTable, longest: dict[str, int]) -> bool:
    """Whether the key can be a primary key; very long texts in it cannot (it is unique all the same)."""
    limit = KEY_BYTES.get(engine.dialect.name)
    width = sum(4 * _key_length(longest[name]) if name in longest else 8 for name in table.key)
    return limit is None or width <= limit


def _options(engine: sa.Engine, keyed: bool) -> dict[str, Any]:
    """SQLite: rows lie in key order. MySQL: text compares byte by byte, trailing spaces included."""
    if engine.dialect.name == "sqlite":
        return {"sqlite_with_rowid": not keyed}
    if engine.dialect.name == "mysql":
        mariadb = getattr(engine.dialect, "is_mariadb", False)
        collation = "utf8mb4_nopad_bin" if mariadb else "utf8mb4_0900_bin"
        return {"mysql_engine": "InnoDB", "mysql_charset": "utf8mb4", "mysql_collate": collation}
    return {}
