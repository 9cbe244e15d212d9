"""``mallard doctor``: what this machine has, what answers, what is missing and the command that mends it.

Every look is a real one: files are written, servers are connected to, a Spark session is started.
"""

from __future__ import annotations

import errno
import shutil
import sys
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from mallard.errors import MallardError, StorageError
from mallard.settings import Settings

if TYPE_CHECKING:
    import sqlalchemy as sa

_PATIENCE = 120
"""Seconds that a Spark session may take to start and run a job; on a busy machine Java alone takes half."""


@dataclass(frozen=True)
class Finding:
    """One look. ok is None where there was nothing to look at; fix is the next step where it failed."""

    subject: str
    ok: bool | None
    says: str
    fix: str = ""


def examine(settings: Settings) -> list[Finding]:
    """Look at everything the project uses, in the order of the journey."""
    looks: list[tuple[str, Callable[[Settings], str | None]]] = [
        ("mallard", _versions),
        ("spool", _spool),
        ("lake", _lake),
        ("source", _source),
        ("publish", _publish),
        ("models", _models),
    ]
    found = [_look(subject, look, settings) for subject, look in looks]
    # Its settings stand in the file before the engine is changed, which 'mallard engine migrate' does.
    spark = settings.warehouse.engine == "spark" or "spark" in settings.warehouse.model_fields_set
    return [*found, *_spark(settings)] if spark else found


def _look(subject: str, look: Callable[[Settings], str | None], settings: Settings) -> Finding:
    try:
        says = look(settings)
    except MallardError as failed:
        return Finding(subject, False, failed.what, failed.fix)
    return Finding(subject, None if says is None else True, says or "not set")


def _versions(settings: Settings) -> str:
    names = ("mallard-warehouse", "duckdb", "dbt-core", "connectorx")
    told = ", ".join(f"{name} {_version(name) or 'missing'}" for name in names)
    return f"Python {sys.version.split()[0]}, {told}"


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _spool(settings: Settings) -> str:
    folder = settings.spool_path
    _try_to_write(folder)
    free = shutil.disk_usage(folder).free >> 20
    least = settings.collect.min_free_mb
    if free < least:
        raise StorageError(
            f"{folder} has {free:,} MB free; below {least:,} MB the collector answers 503.",
            "Free some space there, or lower collect.min_free_mb.",
        )
    return f"{folder} can be written, {free:,} MB free"


def _try_to_write(folder: Path) -> None:
    probe = folder / f".doctor-{uuid.uuid4().hex}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"?")
        probe.unlink()
    except OSError as failed:
        full = failed.errno in (errno.ENOSPC, errno.EDQUOT)
        mend = "Make room there." if full else f"Give yourself the right: chown {folder}."
        raise StorageError(f"{folder} cannot be written: {failed.strerror}.", mend) from failed


def _lake(settings: Settings) -> str:
    from mallard.storage import open_storage

    storage = open_storage(settings)
    path = f"_doctor/{uuid.uuid4().hex}"
    storage.write_bytes(path, b"?")
    back = storage.read_bytes(path)
    storage.delete(path)
    if back != b"?":
        raise StorageError(f"{storage.root} gave back something else than was written.", "Check lake.url.")
    return f"{storage.root} can be written and read"


def _source(settings: Settings) -> str | None:
    """The very way in that an import takes."""
    if settings.source.url is None:
        return None
    from mallard.sources.database import connect

    with connect(settings) as shop:
        return _answers(shop.url, shop.connection, "'mallard source check' looks at every table")


def _publish(settings: Settings) -> str:
    """The very way in that publishing takes."""
    import sqlalchemy as sa

    from mallard.serving.connection import connect, explain

    engine = connect(settings)
    if engine.dialect.name == "sqlite":
        _try_to_write(Path(engine.url.database or "").parent)
    try:
        with engine.connect() as connection:
            return _answers(engine.url, connection, "ready to publish to")
    except sa.exc.SQLAlchemyError as failed:
        raise explain(failed, engine) from failed
    finally:
        engine.dispose()


def _answers(url: sa.URL, connection: sa.Connection, then: str) -> str:
    told = ".".join(str(part) for part in (connection.dialect.server_version_info or ())[:3])
    return f"{url.get_backend_name()} {told} at {url.host or url.database} answers; {then}"


def _models(settings: Settings) -> str | None:
    folder = settings.path(settings.warehouse.models)
    return f"own models in {folder}" if folder.is_dir() else None


def _spark(settings: Settings) -> Iterator[Finding]:
    """Java and the packages first; a session is started only where they are there."""
    needs = [
        _look("java", _java, settings),
        _look("pyspark", _packages, settings),
        _look("master", _master, settings),
        _look("metastore", _metastore, settings),
    ]
    yield from needs
    if all(need.ok for need in needs):
        yield _look("spark", _session, settings)


def _java(_: Settings) -> str:
    from mallard.warehouse import spark_places

    return spark_places.java()


def _packages(_: Settings) -> str:
    from mallard.warehouse import spark_places

    return f"{spark_places.packages()}, Spark in {spark_places.home()}"


def _master(settings: Settings) -> str:
    from mallard.warehouse import spark_places

    return spark_places.master(settings)


def _metastore(settings: Settings) -> str:
    from mallard.warehouse import spark_places

    return spark_places.metastore(settings)


def _session(settings: Settings) -> str:
    from mallard.warehouse.spark import SparkEngine
    from mallard.warehouse.spark_session import given_up_after

    with given_up_after(settings, _PATIENCE), SparkEngine(settings) as engine:
        tables = len(engine.tables())
        engine.write("doctor_probe", {"answer": "bigint"}, [(1,)])
        engine.query("select answer from doctor_probe")
        engine.query("drop table doctor_probe")
    spark = settings.warehouse.spark
    return f"{spark.master} runs jobs; database {spark.database} holds {tables} tables in {spark.warehouse}"
