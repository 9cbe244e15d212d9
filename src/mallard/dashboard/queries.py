"""Reading the published tables: few shapes of query, remembered as long as the build stays the same."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

import sqlalchemy as sa

from mallard.catalog import CatalogTable, published_tables
from mallard.dashboard.view import Span
from mallard.errors import MallardError
from mallard.serving.connection import absent, connect, explain
from mallard.serving.tables import Publication, published, readable
from mallard.settings import Settings

T = TypeVar("T")
Row = dict[str, Any]
REMEMBERED = 2000  # results kept for the present build
ATTEMPTS = 4
NOTHING = (
    "Nothing has been published yet.",
    "Run 'mallard run' in the project's folder; this page follows by itself.",
)


class NothingPublished(MallardError):
    """The serving database has no tables of Mallard's yet."""


@dataclass
class Store:
    """The serving database of one project, for many readers at once."""

    settings: Settings
    engine: sa.Engine = field(init=False)
    catalogue: dict[str, CatalogTable] = field(init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _build: str = ""
    _kept: dict[Any, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.engine = connect(self.settings)
        self.catalogue = published_tables(self.settings.path(self.settings.warehouse.models))

    def consistent(self, work: Callable[[Reader], T]) -> T:
        """Run some reading so that all of it comes from one build: again, if a publish came in between."""
        try:
            return self._consistent(work)
        except sa.exc.SQLAlchemyError as failed:
            raise explain(failed, self.engine) from failed

    def _consistent(self, work: Callable[[Reader], T]) -> T:
        for attempt in range(ATTEMPTS):
            with self._connection() as connection:
                before = self._published(connection)
                try:
                    result = work(Reader(self, connection, before))
                except sa.exc.DBAPIError:
                    if attempt + 1 == ATTEMPTS:
                        raise
                    continue
                if self._published(connection).build_id == before.build_id:
                    return result
        raise NothingPublished("The tables changed while they were read.", "Load the page again.")

    def _connection(self) -> sa.Connection:
        if absent(self.engine):
            raise NothingPublished(*NOTHING)
        return self.engine.connect().execution_options(isolation_level="AUTOCOMMIT")

    def publication(self) -> Publication:
        """What is published at this moment."""
        return self.consistent(lambda reader: reader.publication)

    def _published(self, connection: sa.Connection) -> Publication:
        found = published(connection)
        connection.commit()
        if found is None:
            raise NothingPublished(*NOTHING)
        return found

    def remember(self, build: str, key: Any, make: Callable[[], Any]) -> Any:
        """A result kept while its build is the published one."""
        with self._lock:
            if build != self._build or len(self._kept) > REMEMBERED:
                self._build, self._kept = build, {}
            if key in self._kept:
                return self._kept[key]
        made = make()
        with self._lock:
            if build == self._build:
                self._kept[key] = made
        return made


@dataclass
class Reader:
    """Queries against one build."""

    store: Store
    connection: sa.Connection
    publication: Publication

    def has(self, table: str) -> bool:
        """Whether a table is published and known."""
        return table in self.publication.tables and table in self.store.catalogue

    def tip(self, table: str, column: str = "") -> str:
        """The definition of a table or column, from the catalogue."""
        known = self.store.catalogue.get(table)
        if known is None:
            return ""
        if not column:
            return known.description
        return next((c.description for c in known.columns if c.name == column), "")

    def rows(
        self,
        table: str,
        span: Span | None = None,
        *,
        columns: Sequence[str] = (),
        order: Sequence[str] = (),
        day: str = "dt",
        limit: int | None = None,
        keep: bool = True,
        **equals: Any,
    ) -> list[Row]:
        """Rows of a table over a span of days, in the order of its key or the one given ('-x' descends).

        keep: remember the rows; not for whole tables that are read once.
        """
        source = readable(self.store.catalogue[table])
        chosen = [source.c[name] for name in columns] or list(source.c)
        query = _where(sa.select(*chosen), source, span, day, equals)
        for name in order or self.store.catalogue[table].key:
            query = query.order_by(source.c[name[1:]].desc() if name.startswith("-") else source.c[name])
        query = query.limit(limit) if limit else query
        return self._run(query) if keep else self._fetch(query)

    def sums(
        self,
        table: str,
        span: Span | None,
        columns: Sequence[str],
        *,
        by: Sequence[str] = (),
        limit: int | None = None,
        day: str = "dt",
        **equals: Any,
    ) -> list[Row]:
        """Sums of columns, by other columns, the largest first sum first; NULL counts as nothing."""
        source = readable(self.store.catalogue[table])
        groups = [source.c[name] for name in by]
        totals = [
            sa.func.coalesce(
                sa.func.sum(source.c[n], type_=source.c[n].type), 0, type_=source.c[n].type
            ).label(n)
            for n in columns
        ]
        query = _where(sa.select(*groups, *totals), source, span, day, equals).group_by(*groups)
        if groups:
            query = query.order_by(totals[0].desc(), *groups)
        return self._run(query.limit(limit) if limit else query)

    def total(self, table: str, span: Span | None, *columns: str, **equals: Any) -> Row:
        """Sums of columns over a span, as one row."""
        return self.sums(table, span, columns, **equals)[0]

    def at(self, table: str, day: date, **equals: Any) -> Row:
        """The one row of a day; empty where there is none."""
        found = self.rows(table, Span(day, day), **equals)
        return found[0] if found else {}

    def run(self, query: sa.Select[Any]) -> list[Row]:
        """Any other query."""
        return self._run(query)

    def _run(self, query: sa.Select[Any]) -> list[Row]:
        compiled = query.compile(self.store.engine)
        key = (str(compiled), repr(sorted(compiled.params.items())))
        rows: list[Row] = self.store.remember(self.publication.build_id, key, lambda: self._fetch(query))
        return rows

    def _fetch(self, query: sa.Select[Any]) -> list[Row]:
        counts = {c.name for c in query.selected_columns if isinstance(c.type, sa.BigInteger)}
        result = self.connection.execute(query)
        names = list(result.keys())
        rows = [dict(zip(names, row, strict=True)) for row in result.all()]
        for name in counts if self.store.engine.dialect.name != "sqlite" else ():
            for row in rows:  # sums of integers come back as decimals
                row[name] = None if row[name] is None else int(row[name])
        self.connection.commit()
        return rows


def _where(
    query: sa.Select[Any], source: sa.TableClause, span: Span | None, day: str, equals: dict[str, Any]
) -> sa.Select[Any]:
    if span is not None:
        query = query.where(source.c[day].between(span.first, span.last))
    for name, value in equals.items():
        column = source.c[name]
        query = query.where(column.in_(value) if isinstance(value, list | tuple) else column == value)
    return query
