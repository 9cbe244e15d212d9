"""The DuckDB engine: one file that is a cache of the lake, opened by one build at a time."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mallard.catalog import CatalogTable
from mallard.errors import BuildError, LockedError, SettingsError, said
from mallard.settings import Settings
from mallard.storage import Storage, open_storage, remedy
from mallard.warehouse.engine import OdsTable, ods_tables, sql_type

if TYPE_CHECKING:
    import duckdb

_CATALOG_TYPES = {"string": "varchar", "timestamp": "timestamp with time zone"}


class DuckEngine:
    """A DuckDB file. A file that is damaged is removed: the next build makes it anew from the lake."""

    name = "duckdb"

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._path = settings.warehouse_path
        self._storage: Storage = open_storage(settings)
        self._connection = connect(self._path)
        self._configure()

    def _configure(self) -> None:
        self._storage.register(self._connection)
        self._connection.execute("set TimeZone = 'UTC'")
        self._connection.execute("set enable_progress_bar = false")
        self._connection.execute(f"set temp_directory = '{_quoted(self._path)}.spill'")
        if self._settings.warehouse.memory:
            self._limit_memory(self._settings.warehouse.memory)
        if self._settings.warehouse.threads:
            self._connection.execute(f"set threads = {self._settings.warehouse.threads}")

    def _limit_memory(self, given: str) -> None:
        import duckdb

        try:
            self._connection.execute(f"set memory_limit = '{_quoted(given)}'")
        except duckdb.Error as refused:
            self._connection.close()
            raise SettingsError(
                f"warehouse.memory is '{given}', which DuckDB does not understand.",
                "Write it as 8GB or 800MB.",
            ) from refused

    def __enter__(self) -> DuckEngine:
        return self

    def __exit__(self, *_: object) -> None:
        _close_dbt()
        self._connection.close()

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        import duckdb

        try:
            return self._connection.execute(sql).fetchall()
        except duckdb.Error as failed:
            raise BuildError(f"The warehouse could not answer: {said(failed)}.") from failed

    def days(self, sql: str) -> set[date]:
        return {day for row in self.query(sql) for day in row if day is not None}

    def stage(self, name: str, sql: str) -> None:
        self.query(f"create or replace temporary table {name} as {sql}")

    def business_date(self, instant: str) -> str:
        return f"cast(({instant}) at time zone '{self._settings.shop.timezone}' as date)"

    def later(self, instant: str, minutes: int) -> str:
        return f"({instant} + to_minutes({minutes}))"

    def tables(self) -> set[str]:
        return {name for (name,) in self.query("select table_name from information_schema.tables")}

    def write(self, table: str, columns: dict[str, str], rows: Iterable[Sequence[Any]]) -> None:
        values = ", ".join(f"({', '.join(map(_literal, row))})" for row in rows)
        typed = ", ".join(
            f"cast({name} as {_CATALOG_TYPES.get(kind, kind)}) as {name}" for name, kind in columns.items()
        )
        blank = f"({', '.join('null' for _ in columns)})"
        given = f"(values {values or blank}) as given({', '.join(columns)})"
        self.query(  # one statement: there is never a table without its rows
            f"create or replace table {table} as select {typed} from {given} where {bool(values)}"
        )

    def clear(self) -> None:
        self.__exit__()
        _remove(self._path)
        self._connection = connect(self._path)
        self._configure()

    def lay_ods(self) -> None:
        import duckdb

        for table in ods_tables():
            try:
                self._connection.execute(f"create or replace view {table.name} as {self._reading(table)}")
            except duckdb.Error as failed:
                raise BuildError(
                    f"{table.name}: a file of the lake cannot be read: {said(failed)}.", remedy(str(failed))
                ) from failed

    def _reading(self, table: OdsTable) -> str:
        names = [column.name for column in table.columns] + [table.partition]
        files = self._files(table)
        if files:
            listed = ", ".join(f"'{_quoted(self._storage.url(path))}'" for path in files)
            columns = ", ".join(f'"{name}"' for name in names)
            return (
                f"select {columns} from read_parquet([{listed}], hive_partitioning = true,"
                f" hive_types = {{'{table.partition}': date}})"
            )
        kinds = [sql_type(column.type, "duckdb") for column in table.columns] + ["date"]
        columns = ", ".join(
            f'cast(null as {kind}) as "{name}"' for name, kind in zip(names, kinds, strict=True)
        )
        return f"select {columns} where false"

    def _files(self, table: OdsTable) -> list[str]:
        """The files as they are now, by name: what is landed while a build runs is left to the next one."""
        belongs = re.compile(re.escape(table.pattern).replace(r"\*", "[^/]+"))
        return [path for path in self._storage.list(table.folder.split("/*")[0]) if belongs.fullmatch(path)]

    def profile(self) -> dict[str, Any]:
        return {
            "type": "duckdb",
            "path": str(self._path),
            "schema": "main",
            "settings": {"TimeZone": "UTC", "enable_progress_bar": "false"},
        }

    def export(self, table: CatalogTable, path: Path) -> int:
        columns = ", ".join(
            f'cast("{c.name}" as {_CATALOG_TYPES.get(c.type, c.type)}) as "{c.name}"' for c in table.columns
        )
        order = ", ".join(f'"{name}"' for name in table.key)
        source = f"{table.name} order by {order}" if table.name in self.tables() else None
        if source is None:  # described, but not built on this engine yet: an empty table
            columns = ", ".join(
                f'cast(null as {_CATALOG_TYPES.get(c.type, c.type)}) as "{c.name}"' for c in table.columns
            )
            source = "(select 1) where false"
        written = self.query(
            f"copy (select {columns} from {source}) to '{_quoted(path)}' (format parquet, compression zstd)"
        )
        return int(written[0][0])


def connect(path: Path, read_only: bool = False) -> duckdb.DuckDBPyConnection:
    """Open the file; a damaged one is set aside unless it is only to be read."""
    import duckdb

    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        return duckdb.connect(str(path), read_only=read_only)
    except duckdb.IOException as failed:
        if "could not set lock" in str(failed).lower():
            raise LockedError(
                f"The warehouse {path} is in use by another process.", "Wait for it, or stop it."
            ) from failed
        return _anew(path, read_only, failed)
    except duckdb.Error as failed:
        return _anew(path, read_only, failed)


def _anew(path: Path, read_only: bool, failed: Exception) -> duckdb.DuckDBPyConnection:
    import duckdb

    if read_only or path.is_dir():
        raise BuildError(
            f"The warehouse {path} cannot be read: {failed}.", "Run 'mallard build' to make it from the lake."
        ) from failed
    _remove(path)
    try:
        return duckdb.connect(str(path))
    except duckdb.Error as again:
        raise BuildError(
            f"The warehouse {path} cannot be made: {again}.",
            "See that its folder can be written and has room, or name another as warehouse.path.",
        ) from again


def _close_dbt() -> None:
    """dbt keeps its own connection, and with it the file's lock, until it is told."""
    connections = sys.modules.get("dbt.adapters.duckdb.connections")
    if connections is not None:
        connections.DuckDBConnectionManager.close_all_connections()


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.with_name(path.name + ".wal").unlink(missing_ok=True)


def _literal(value: object) -> str:
    return "null" if value is None else f"'{_quoted(value)}'"


def _quoted(text: object) -> str:
    return str(text).replace("'", "''")
