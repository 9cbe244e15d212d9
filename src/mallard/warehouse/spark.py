"""The Spark engine: the same models on a cluster, tables in the Hive metastore, files on any Hadoop storage.

Every table is external Parquet and each write has a folder of its own (macros/spark_materializations.sql says
why); what no table refers to any more is removed when the next build begins.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from mallard.catalog import CatalogTable
from mallard.errors import BuildError
from mallard.settings import Settings
from mallard.storage import open_storage
from mallard.warehouse.engine import OdsTable, ods_tables, sql_type
from mallard.warehouse.models import declared
from mallard.warehouse.project import PROJECT, own_models
from mallard.warehouse.spark_session import hadoop_url, quoted, root_cause, spark_session, tables_url

_THREADS = 4  # models at once: each plans on the driver for a good part of its time


class SparkEngine:
    """A Spark session on the project's metastore; closing it gives the executors back."""

    name = "spark"

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._storage = open_storage(settings)
        self._schema = settings.warehouse.spark.database
        self._session = spark_session(settings)

    def __enter__(self) -> SparkEngine:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.stop()

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        with _failing():
            return [tuple(row) for row in self._session.sql(sql).collect()]

    def days(self, sql: str) -> set[date]:
        return {day for row in self.query(sql) for day in row if day is not None}

    def stage(self, name: str, sql: str) -> None:
        self.query(f"create or replace temporary view {name} as {sql}")
        self.query(f"cache table {name}")

    def business_date(self, instant: str) -> str:
        return f"to_date(from_utc_timestamp({instant}, '{self._settings.shop.timezone}'))"

    def later(self, instant: str, minutes: int) -> str:
        return f"timestampadd(minute, {minutes}, {instant})"

    def tables(self) -> set[str]:
        rows = self.query(f"show tables in {self._schema}")
        return {name for _, name, is_temporary in rows if not is_temporary}

    def write(self, table: str, columns: dict[str, str], rows: Iterable[Sequence[Any]]) -> None:
        names = list(columns)
        marked = [
            f"({', '.join(_literal(value, columns[name]) for name, value in zip(names, row, strict=True))})"
            for row in rows
        ]
        typed = ", ".join(f"cast({name} as {columns[name]}) as {name}" for name in names)
        source = f"values {', '.join(marked)}" if marked else f"select {', '.join('null' for _ in names)}"
        query = f"select {typed} from ({source}) as given({', '.join(names)})"
        self._put(table, query if marked else f"{query} where false")

    def _put(self, table: str, query: str) -> None:
        """Write a query's rows in a new folder and point the table at it."""
        folder = f"{tables_url(self._settings)}/{table}/{uuid.uuid4()}"
        self.query(f"drop table if exists {table}__next")
        self.query(f"create table {table}__next using parquet location '{quoted(folder)}' as {query}")
        if table in self.tables():
            self.query(f"alter table {table} set location '{quoted(folder)}'")
            self.query(f"drop table {table}__next")
        else:
            self.query(f"alter table {table}__next rename to {table}")

    def clear(self) -> None:
        """Forget everything but the models' tables: those stay readable until each is replaced as a whole."""
        folders = (PROJECT / "models", own_models(self._settings))
        models = declared(folder for folder in folders if folder)
        views = {str(name) for _, name, *_ in self.query(f"show views in {self._schema}")}
        for name in sorted(self.tables() - set(models)):
            self.query(f"drop {'view' if name in views else 'table'} {name}")

    def lay_ods(self) -> None:
        self._sweep()
        for table in ods_tables():
            self._lay(table)

    def _lay(self, table: OdsTable) -> None:
        """An external table with one partition for each folder of the lake that holds files now."""
        columns = ", ".join(f"`{c.name}` {sql_type(c.type, 'spark')}" for c in table.columns)
        root = f"{hadoop_url(self._settings, self._settings.lake_url)}/"
        top = table.folder.removesuffix("/*")
        keys = {"folder": "string"} if top != table.folder else {}  # the same day in several folders
        keys[table.partition] = "date"
        spelled = ", ".join(f"{name} {kind}" for name, kind in keys.items())
        self.query(
            f"create table if not exists {table.name} ({columns}, {spelled}) using parquet"
            f" partitioned by ({', '.join(keys)}) location '{quoted(root + top)}'"
        )
        there = {str(row[0]) for row in self.query(f"show partitions {table.name}")}
        wanted = self._partitions(table)
        gone, new = sorted(there - set(wanted)), sorted(set(wanted) - there)
        if gone:
            self.query(f"alter table {table.name} drop {', '.join(_partition(key) for key in gone)}")
        if new:
            added = " ".join(f"{_partition(key)} location '{quoted(root + wanted[key])}'" for key in new)
            self.query(f"alter table {table.name} add {added}")
        # From here on Spark keeps what it finds in each folder: a build sees the lake as it is now.
        self.query(f"refresh table {table.name}")

    def _partitions(self, table: OdsTable) -> dict[str, str]:
        """Partition, in the metastore's spelling → the lake's folder of it."""
        belongs = re.compile(re.escape(table.pattern).replace(r"\*", "[^/]+"))
        top = table.folder.removesuffix("/*")
        found = {}
        for path in self._storage.list(top):
            if belongs.fullmatch(path):
                *_, name, day, _ = path.split("/")
                found[day if top == table.folder else f"folder={name}/{day}"] = path.rpartition("/")[0]
        return found

    def profile(self) -> dict[str, Any]:
        return {
            "type": "spark",
            "method": "session",
            "host": "NA",
            "schema": self._schema,
            "threads": _THREADS,
        }

    def export(self, table: CatalogTable, path: Path) -> int:
        columns = ", ".join(f"cast(`{c.name}` as {c.type}) as `{c.name}`" for c in table.columns)
        order = ", ".join(f"`{name}`" for name in table.key)
        query = f"select {columns} from {table.name} order by {order}"
        if table.name not in self.tables():  # described, but not built on this engine yet: an empty table
            columns = ", ".join(f"cast(null as {c.type}) as `{c.name}`" for c in table.columns)
            query = f"select {columns} where false"
        aside = f"{tables_url(self._settings)}/_export/{uuid.uuid4()}"
        with _failing():
            rows = self._session.sql(query).coalesce(1)
            rows.write.parquet(aside)
            self._fetch(aside, path)
        return int(pq.read_metadata(path).num_rows)

    def _fetch(self, folder: str, path: Path) -> None:
        """Bring the one file of a folder to this machine."""
        source = self._path(folder)
        storage = self._file_system(source)
        (file,) = [
            status.getPath()
            for status in storage.listStatus(source)
            if status.getPath().getName().endswith(".parquet")
        ]
        storage.copyToLocalFile(False, file, self._path(f"file://{path.absolute()}"), True)
        storage.delete(source, True)

    def _sweep(self) -> None:
        """Remove what earlier builds wrote and no table refers to: replaced, or left by one that died."""
        root = self._path(tables_url(self._settings))
        storage = self._file_system(root)
        if not storage.exists(root):
            return
        used = set(self._locations())
        for table in storage.listStatus(root):
            for build in storage.listStatus(table.getPath()):
                self._sweep_build(storage, build.getPath(), used)

    def _sweep_build(self, storage: Any, build: Any, used: set[str]) -> None:
        if _plain(build) in used:
            return
        parts = list(storage.listStatus(build))
        kept = [part for part in parts if _plain(part.getPath()) in used]
        if not kept:
            storage.delete(build, True)
            return
        for part in parts:
            if part.isDirectory() and part not in kept:
                storage.delete(part.getPath(), True)

    def _locations(self) -> Iterator[str]:
        """Every folder that a table or a partition refers to; a partitioned table's own folder is none."""
        jvm: Any = self._session._jvm
        catalog = self._session._jsparkSession.sessionState().catalog()
        for name in self.tables():
            identifier = jvm.org.apache.spark.sql.catalyst.TableIdentifier(
                name, jvm.scala.Option.apply(self._schema)
            )
            table = catalog.getTableMetadata(identifier)
            if table.tableType().name() == "VIEW":
                continue
            if table.partitionColumnNames().isEmpty():
                yield _plain(self._path(table.location()))
                continue
            partitions = catalog.listPartitions(identifier, jvm.scala.Option.empty())
            for place in range(partitions.size()):
                yield _plain(self._path(partitions.apply(place).location()))

    def _path(self, url: Any) -> Any:
        """Hadoop's path of a text, which holds it as it is, or of a Java URI, where signs are escaped."""
        jvm: Any = self._session._jvm
        return jvm.org.apache.hadoop.fs.Path(url)

    def _file_system(self, path: Any) -> Any:
        return path.getFileSystem(self._session._jsc.hadoopConfiguration())


def _plain(path: Any) -> str:
    """A Hadoop path as text, so that file:/x and file:///x are the same."""
    return str(path.toString()).replace(":///", ":/").rstrip("/")


def _partition(key: str) -> str:
    """'dt=2026-01-01' of the metastore as SQL wants it."""
    parts = [part.split("=") for part in key.split("/")]
    spelled = ", ".join(f"{name} = '{value}'" for name, value in parts)
    return f"partition ({spelled})"


def _literal(value: Any, kind: str) -> str:
    if value is None:
        return "null"
    return f"cast('{quoted(str(value))}' as {kind})"


@contextmanager
def _failing() -> Iterator[None]:
    """Whatever Spark raises, as one error with its first line."""
    try:
        yield
    except BuildError:
        raise
    except Exception as failed:
        raise BuildError(f"Spark could not do its part: {root_cause(failed)}.") from failed
