"""Where the models run: one small seam, DuckDB or Spark behind it.

An engine lays the ODS tables over the lake, answers SQL that both understand, lets dbt run its models and
writes a table out as Parquet. Everything else of a build is the same for all engines.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Protocol

from mallard.catalog import CatalogTable
from mallard.contract import TABLES, TYPES, Column
from mallard.events.event import EVENT_COLUMNS, QUARANTINE_COLUMNS
from mallard.settings import Settings


@dataclass(frozen=True)
class OdsTable:
    """A table over the lake's files.

    folder: where they lie. partition: the date in the path. pattern: which files, relative to the folder.
    """

    name: str
    folder: str
    partition: str
    columns: tuple[Column, ...]

    @property
    def pattern(self) -> str:
        """Which files of the lake belong to it, as a glob."""
        return f"{self.folder}/{self.partition}=*/*.parquet"


VERSION_COLUMNS = (
    Column("loaded_at", "instant", True),
    Column("change", "string", True),
    Column("load_seq", "integer", True),
)


def ods_tables() -> list[OdsTable]:
    """Every ODS table: events, quarantine, and the version history of each shop table."""
    shop = [
        OdsTable(f"ods_{name}", f"ods/{name}", "loaded", (*table.columns, *VERSION_COLUMNS))
        for name, table in TABLES.items()
    ]
    return [
        OdsTable("ods_event", "ods/event", "dt", EVENT_COLUMNS),
        OdsTable("ods_quarantine", "quarantine/*", "dt", QUARANTINE_COLUMNS),
        *shop,
    ]


class Engine(Protocol):
    """A warehouse that is open. ``close`` it, or use it in a with statement."""

    name: str

    def __enter__(self) -> Engine: ...

    def __exit__(self, *_: object) -> None: ...

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of a statement; a BuildError where it fails."""

    def days(self, sql: str) -> set[date]:
        """Every date in the rows of a statement; NULLs are left out."""

    def tables(self) -> set[str]:
        """Names of the tables and views that are there."""

    def stage(self, name: str, sql: str) -> None:
        """Keep the rows of a SELECT under a name, for this engine's own statements, until it is closed."""

    def business_date(self, instant: str) -> str:
        """SQL for the business day of an instant."""

    def later(self, instant: str, minutes: int) -> str:
        """SQL for an instant so many minutes later."""

    def write(self, table: str, columns: dict[str, str], rows: Iterable[Sequence[Any]]) -> None:
        """Replace a small table of the builder's own. columns: name → 'string', 'date' or 'bigint'."""

    def clear(self) -> None:
        """Remove everything, for a build from nothing."""

    def lay_ods(self) -> None:
        """Put the ODS tables over what the lake holds now."""

    def profile(self) -> dict[str, Any]:
        """dbt's target."""

    def export(self, table: CatalogTable, path: Path) -> int:
        """Write a table's columns in their declared types to a Parquet file (or folder); rows written."""


def sql_type(kind: str, engine: str) -> str:
    """A type of the contract in an engine's spelling."""
    return TYPES[kind][0 if engine == "duckdb" else 1]


def open_engine(settings: Settings) -> Engine:
    """The engine that mallard.toml names, open."""
    if settings.warehouse.engine == "spark":
        from mallard.warehouse.spark import SparkEngine

        return SparkEngine(settings)
    from mallard.warehouse.duck import DuckEngine

    return DuckEngine(settings)
