"""A finished build, as the warehouse leaves it: Parquet files and ``current.json`` that names them.

It is trusted only after a look: every table of the catalogue is there, with the columns, types and number of
rows promised and a key that identifies its rows. Anything else is refused before the database is touched.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from mallard.catalog import CatalogTable, published_tables
from mallard.errors import PublishError
from mallard.settings import Settings

BATCH_ROWS = 50_000
_REBUILD = "Run 'mallard build' again; the tables published before still stand."


@dataclass(frozen=True)
class Export:
    """One build's tables. rows: table → number of rows."""

    build_id: str
    built_at: datetime
    first_day: date
    last_day: date
    engine: str
    rows: dict[str, int]
    folder: Path
    tables: dict[str, CatalogTable]

    def batches(self, name: str) -> Iterator[Any]:
        """A table's rows as Arrow record batches in the catalogue's columns and types."""
        import pyarrow as pa

        schema = arrow_schema(self.tables[name])
        try:
            data = _dataset(self.folder, name)
            for batch in data.to_batches(columns=schema.names, batch_size=BATCH_ROWS):
                yield from pa.Table.from_batches([batch]).cast(schema).to_batches()
        except (pa.ArrowException, OSError) as broken:
            raise _unreadable(self.folder, name, broken) from broken

    def longest(self, name: str) -> dict[str, int]:
        """The most characters in each string column."""
        import pyarrow as pa
        import pyarrow.compute as pc

        strings = [c.name for c in self.tables[name].columns if c.type == "string"]
        found = dict.fromkeys(strings, 0)
        if strings:
            try:
                for batch in _dataset(self.folder, name).to_batches(columns=strings):
                    for column in strings:
                        most = pc.max(pc.utf8_length(batch.column(column).cast(pa.string()))).as_py()
                        found[column] = max(found[column], most or 0)
            except (pa.ArrowException, OSError) as broken:
                raise _unreadable(self.folder, name, broken) from broken
        return found


def read_export(settings: Settings) -> Export:
    """The newest build's export, checked; a :class:`PublishError` says what is wrong with it."""
    pointer = settings.path("data/app/current.json")
    try:
        raw = json.loads(pointer.read_text(encoding="utf-8"))
    except FileNotFoundError as missing:
        raise PublishError("There is no build to publish yet.", "Run 'mallard build' first.") from missing
    except (OSError, ValueError) as broken:
        raise PublishError(f"{pointer} cannot be read: {broken}.", _REBUILD) from broken
    tables = published_tables(settings.path(settings.warehouse.models))
    try:
        export = Export(
            build_id=str(raw["build_id"]),
            built_at=datetime.fromisoformat(raw["built_at"]),
            first_day=date.fromisoformat(raw["first_day"]),
            last_day=date.fromisoformat(raw["last_day"]),
            engine=str(raw.get("engine", "")),
            rows={str(name): int(rows) for name, rows in raw["tables"].items()},
            folder=pointer.parent / str(raw["build_id"]),
            tables=tables,
        )
    except (KeyError, TypeError, ValueError, AttributeError) as broken:
        raise PublishError(f"{pointer} is not a build's summary ({broken!r}).", _REBUILD) from broken
    _check(export)
    return export


def _check(export: Export) -> None:
    missing = sorted(set(export.tables) - set(export.rows))
    if missing:
        raise PublishError(f"The build {export.build_id} lacks {', '.join(missing)}.", _REBUILD)
    if not any(export.rows[name] for name in export.tables):
        raise PublishError(
            f"The build {export.build_id} is empty: none of its tables has a row.",
            "Load events or a shop's database first, then build; the tables published before still stand.",
        )
    for table in export.tables.values():
        _check_table(export, table)


def _check_table(export: Export, table: CatalogTable) -> None:
    import pyarrow as pa

    try:
        data = _dataset(export.folder, table.name)
        lacking = [c.name for c in table.columns if c.name not in data.schema.names]
        if lacking:
            raise PublishError(
                f"The build's {table.name} has no column {', '.join(lacking)}, which the catalogue promises.",
                _REBUILD,
            )
        rows = data.count_rows()
        if rows != export.rows[table.name]:
            raise PublishError(
                f"The build's {table.name} has {rows:,} rows where {export.rows[table.name]:,} were written.",
                _REBUILD,
            )
        if table.key and rows:
            _check_key(data, table, rows)
    except (pa.ArrowException, OSError) as broken:
        raise _unreadable(export.folder, table.name, broken) from broken


def _check_key(data: Any, table: CatalogTable, rows: int) -> None:
    keys = data.to_table(columns=list(table.key))
    empty = [name for name in table.key if keys.column(name).null_count]
    if empty:
        raise PublishError(f"{table.name} has rows without {', '.join(empty)}, part of its key.", _REBUILD)
    distinct = keys.group_by(list(table.key)).aggregate([]).num_rows
    if distinct != rows:
        raise PublishError(
            f"{table.name} has {rows - distinct:,} rows that repeat the key ({', '.join(table.key)}).",
            _REBUILD,
        )


def arrow_schema(table: CatalogTable) -> Any:
    """The Arrow schema of a catalogue table."""
    import pyarrow as pa

    plain = {
        "date": pa.date32(),
        "timestamp": pa.timestamp("us", tz="UTC"),
        "bigint": pa.int64(),
        "double": pa.float64(),
        "boolean": pa.bool_(),
        "string": pa.string(),
    }

    def arrow_type(declared: str) -> Any:
        if declared.startswith("decimal"):
            precision, scale = declared.removeprefix("decimal(").rstrip(")").split(",")
            return pa.decimal128(int(precision), int(scale))
        return plain[declared]

    return pa.schema([(c.name, arrow_type(c.type)) for c in table.columns])


def _dataset(folder: Path, name: str) -> Any:
    import pyarrow.dataset as dataset

    return dataset.dataset(folder / f"{name}.parquet", format="parquet")


def _unreadable(folder: Path, name: str, broken: Exception) -> PublishError:
    reason = " ".join(str(broken).split())[:200]
    return PublishError(f"The build's {folder / name}.parquet cannot be read: {reason}.", _REBUILD)
