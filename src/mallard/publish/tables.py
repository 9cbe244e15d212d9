"""Publishing: a finished build's tables into the serving database, all at once."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from mallard import days
from mallard.errors import PublishError
from mallard.publish.export import Export, read_export
from mallard.publish.load import LOADERS
from mallard.publish.schema import STAGE, staging_table
from mallard.publish.switch import alone, check_ownership, replace, sweep
from mallard.reporting import progress
from mallard.serving.connection import connect, explain, shown
from mallard.serving.tables import Publication, publication, published
from mallard.settings import Settings
from mallard.state import State


@dataclass(frozen=True)
class PublishReport:
    """What publishing did.

    already: the same build was there already and nothing was done. tables: name → rows.
    removed: tables that the catalogue no longer has. database: the address, without its password.
    """

    build_id: str
    database: str
    already: bool
    tables: dict[str, int]
    removed: tuple[str, ...]
    seconds: float

    @property
    def rows(self) -> int:
        return sum(self.tables.values())


def publish(settings: Settings, state: State) -> PublishReport:
    """Put the newest build's tables in place of the published ones.

    Nothing is touched unless the build is complete; a reader sees the old tables or the new ones, never both.
    """
    began = time.monotonic()
    with state.lease("publish"), state.run("publish") as detail:
        export = read_export(settings)
        engine = connect(settings)
        try:
            already, removed = _publish(settings, engine, export)
        except sa.exc.SQLAlchemyError as failed:
            raise explain(failed, engine) from failed
        except engine.dialect.loaded_dbapi.Error as failed:
            raise explain(sa.exc.DBAPIError("", None, failed), engine) from failed
        finally:
            engine.dispose()
        report = PublishReport(
            build_id=export.build_id,
            database=shown(engine),
            already=already,
            tables={name: export.rows[name] for name in export.tables},
            removed=removed,
            seconds=time.monotonic() - began,
        )
        detail.update(build_id=report.build_id, already=already, tables=len(report.tables), rows=report.rows)
        return report


def _publish(settings: Settings, engine: sa.Engine, export: Export) -> tuple[bool, tuple[str, ...]]:
    if engine.dialect.name == "sqlite" and engine.url.database:
        _make_folder(settings.path(engine.url.database).parent)
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            _write_ahead(engine)
        with alone(connection):
            sweep(connection)
            check_ownership(connection, export.tables)
            if _same(published(connection), settings, export) and _whole(connection, export):
                return True, ()
            connection.commit()
            return False, replace(connection, lambda on: _fill(on, settings, export))


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as broken:
        raise PublishError(
            f"The folder {folder} cannot be made ({broken.strerror}).", "Choose another publish.url."
        ) from broken


def _write_ahead(engine: sa.Engine) -> None:
    """SQLite: readers go on reading the old tables while the new ones are written."""
    raw = engine.raw_connection()
    try:
        raw.cursor().execute("pragma journal_mode = wal")
    finally:
        raw.close()


def _same(before: Publication | None, settings: Settings, export: Export) -> bool:
    shop = settings.shop
    return before is not None and (
        before.build_id,
        before.shop,
        before.currency,
        before.timezone,
        before.tables,
    ) == (
        export.build_id,
        shop.name,
        shop.currency,
        shop.timezone,
        {name: export.rows[name] for name in export.tables},
    )


def _whole(connection: sa.Connection, export: Export) -> bool:
    """Whether every table is still there with its columns: somebody may have dropped one."""
    there = sa.inspect(connection).get_multi_columns(filter_names=list(export.tables))
    found = {name: {column["name"] for column in columns} for (_, name), columns in there.items()}
    return found == {name: {c.name for c in table.columns} for name, table in export.tables.items()}


def _fill(connection: sa.Connection, settings: Settings, export: Export) -> Mapping[str, sa.Table]:
    """Create and load every staging table, the publication's among them."""
    load = LOADERS[connection.dialect.name]
    suffix = uuid.uuid4().hex[:8]
    staged: dict[str, sa.Table] = {publication.name: _stage_publication(connection, settings, export)}
    with progress() as display:
        task = display.add_task("publish", total=len(export.tables))
        for name, table in export.tables.items():
            stage = staging_table(connection.engine, export, table, suffix)
            stage.create(connection)
            load(connection, stage, export.batches(name))
            staged[name] = stage
            display.advance(task)
    return staged


def _stage_publication(connection: sa.Connection, settings: Settings, export: Export) -> sa.Table:
    stage = publication.to_metadata(sa.MetaData(), name=STAGE + publication.name)
    stage.create(connection)
    shared = {
        "build_id": export.build_id,
        "built_at": export.built_at,
        "published_at": days.now(),
        "first_day": export.first_day,
        "last_day": export.last_day,
        "engine": export.engine,
        "shop": settings.shop.name,
        "currency": settings.shop.currency,
        "timezone": settings.shop.timezone,
    }
    rows = [{"table_name": name, "row_count": export.rows[name], **shared} for name in export.tables]
    connection.execute(sa.insert(stage), rows)
    return stage
