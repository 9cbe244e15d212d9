"""mallard.toml: every key declared once, with its type, its default and a sentence.

The file is looked for from the working directory upwards; relative paths in it are relative to its folder.
A secret is written as ``env:NAME`` or ``file:PATH`` and read only where it is used (:func:`secret`).
"""

from __future__ import annotations

import os
import re
import tomllib
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, get_args
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from mallard.errors import SettingsError, suggest

FILE_NAME = "mallard.toml"


def _known_timezone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as unknown:
        raise ValueError(f"'{name}' is not an IANA time zone such as 'Asia/Shanghai'") from unknown
    return name


Timezone = Annotated[str, AfterValidator(_known_timezone)]


class Section(BaseModel):
    """A table of mallard.toml; keys it does not declare are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Shop(Section):
    """The shop itself."""

    name: str = Field("My shop", description="Shown on the dashboard.")
    timezone: Timezone = Field("UTC", description="IANA zone of the shop's business day.")
    currency: str = Field("USD", pattern=r"^[A-Z]{3}$", description="ISO 4217 code of the money amounts.")


class WriteKey(Section):
    """One sender of events."""

    name: str = Field(description="Name of the source, kept with each event.")
    key: str = Field(description="The write key itself, or env:NAME or file:PATH.")
    rate: int = Field(0, ge=0, description="Requests a second before 429; 0 is no limit.")
    origins: list[str] = Field([], description="Browser origins allowed to send; empty allows all.")
    events: list[str] = Field([], description="Event names allowed; empty allows all.")


class Collect(Section):
    """The HTTP collector and the spool it writes."""

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8400, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    workers: int = Field(1, ge=1, description="Server processes, each with its own spool segments.")
    node: str = Field(
        "node1",
        pattern=r"^[a-z0-9]{1,32}$",
        description="Name of this collector in small letters and digits; part of file names.",
    )
    spool: str = Field("data/spool", description="Folder of the durable log.")
    keys: list[WriteKey] = Field([], description="Who may send events, each as [[collect.keys]].")
    commit_interval_ms: int = Field(
        1, ge=0, description="Least time between two fdatasyncs; what comes meanwhile shares the next one."
    )
    segment_mb: int = Field(64, ge=1, description="Size at which a spool segment is sealed.")
    max_event_kb: int = Field(32, ge=1, description="Largest event kept, in KiB.")
    max_batch_kb: int = Field(500, ge=1, description="Largest request body after decompression, in KiB.")
    max_batch_events: int = Field(2500, ge=1, description="Most events in one request.")
    min_free_mb: int = Field(256, ge=0, description="Free disk below which the collector answers 503.")
    truncate_ip: bool = Field(True, description="Drop the last octet (IPv4) or 80 bits (IPv6) of addresses.")
    trust_proxy: bool = Field(False, description="Take the client address from X-Forwarded-For.")


class Follow(Section):
    """Log files to follow."""

    files: list[str] = Field([], description="Paths or globs of log files.")
    dialect: Literal["user_action", "segment"] = Field("user_action", description="What a line is.")
    name: str = Field("user_action", description="Name of the source, kept with each event.")
    ship_to: str | None = Field(None, description="URL of a collector to send lines to; else the spool here.")
    key: str | None = Field(None, description="Write key for ship_to: the key itself, env:NAME or file:PATH.")


class Lake(Section):
    """The raw history."""

    url: str = Field("data/lake", description="A folder, hdfs://host:port/path or s3://bucket/path.")
    keep_days: int = Field(7, ge=0, description="Days that landed spool segments are kept.")
    options: dict[str, str] = Field({}, description="Options for the storage client (endpoint, region …).")


class SourceTable(Section):
    """How one contract table is loaded."""

    query: str | None = Field(None, description="A SELECT that returns the contract's columns.")
    mode: Literal["full", "changes", "binlog"] | None = Field(
        None, description="Whole each time, or changes."
    )
    key: list[str] | None = Field(None, description="Columns that identify a row.")
    cursor: str | None = Field(None, description="Column that grows when a row changes.")
    overlap: int | None = Field(None, ge=0, description="Seconds read again before the last cursor.")
    sweep: int | None = Field(None, ge=0, description="Imports between readings of the whole; 0 never.")
    mask: dict[str, Literal["phone", "email", "name", "hash"]] = Field({}, description="Column to mask.")
    skip: bool = Field(False, description="Do not load this table.")


class Source(Section):
    """The shop's database."""

    url: str | None = Field(None, description="SQLAlchemy URL; the password may be {password}.")
    password: str | None = Field(None, description="env:NAME or file:PATH; replaces {password} in the URL.")
    preset: Literal["mallard", "mall", "woocommerce", "magento", "prestashop", "opencart", "shopware"] = (
        Field("mallard", description="Which schema the database has.")
    )
    timezone: Timezone | None = Field(
        None, description="Zone of zoneless times; if not given the preset's, else the shop's."
    )
    prefix: str | None = Field(
        None, pattern=r"^\w*$", description="What table names begin with; the preset's if not given."
    )
    order_status: dict[str, str] = Field({}, description="The shop's status codes → the contract's.")
    tables: dict[str, SourceTable] = Field({}, description="Per table, what differs from the preset.")
    salt: str | None = Field(None, description="Secret for mask = 'hash': env:NAME or file:PATH.")
    lock: bool = Field(True, description="MySQL: stop commits while the snapshots of a run are opened.")
    lock_wait_seconds: int = Field(
        600, ge=1, le=86_400, description="How long to wait for a table that somebody locks (ALTER TABLE)."
    )


class Spark(Section):
    """Apache Spark, when warehouse.engine = 'spark'."""

    master: str = Field("local[*]", description="local[*], spark://…, yarn or k8s://….")
    warehouse: str = Field(
        "data/spark-warehouse", description="Folder of the tables: path, hdfs:// or s3a://."
    )
    database: str = Field(
        "mallard", pattern=r"^[a-z][a-z0-9_]*$", description="The metastore database of the tables."
    )
    metastore: str = Field("", description="Empty for embedded Derby, thrift://… or a JDBC URL.")
    metastore_user: str = Field("", description="User of a JDBC metastore.")
    metastore_password: str | None = Field(None, description="env:NAME or file:PATH.")
    config: dict[str, str] = Field({}, description="Any Spark settings, passed through.")


class Warehouse(Section):
    """The engine and its tables."""

    engine: Literal["duckdb", "spark"] = Field("duckdb", description="duckdb (one machine) or spark.")
    path: str = Field("data/warehouse.duckdb", description="DuckDB's file; a cache, rebuilt from the lake.")
    memory: str = Field("", description="DuckDB's memory limit, such as 8GB; empty leaves it to DuckDB.")
    threads: int = Field(0, ge=0, description="DuckDB's threads; 0 takes every core.")
    models: str = Field("models", description="Folder of the shop's own models, if there is one.")
    spark: Spark = Field(default_factory=Spark, description="Settings of Spark.")


class Publish(Section):
    """Where the APP tables go."""

    url: str = Field("sqlite:///data/serving.db", description="SQLAlchemy URL of the serving database.")
    password: str | None = Field(None, description="env:NAME or file:PATH; replaces {password} in the URL.")


class Dashboard(Section):
    """The web dashboard."""

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8500, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    password: str | None = Field(None, description="env:NAME or file:PATH; needed beyond loopback.")


class Schedule(Section):
    """The built-in scheduler."""

    every: int = Field(30, ge=1, description="Seconds between the ends of two refreshes.")
    import_every: int = Field(900, ge=1, description="Seconds between two imports of the database.")


class Settings(Section):
    """The whole file."""

    shop: Shop = Field(default_factory=Shop)
    collect: Collect = Field(default_factory=Collect)
    follow: Follow = Field(default_factory=Follow)
    lake: Lake = Field(default_factory=Lake)
    source: Source = Field(default_factory=Source)
    warehouse: Warehouse = Field(default_factory=Warehouse)
    publish: Publish = Field(default_factory=Publish)
    dashboard: Dashboard = Field(default_factory=Dashboard)
    schedule: Schedule = Field(default_factory=Schedule)
    project: Path = Field(Path(), exclude=True, description="Folder of mallard.toml; set on loading.")

    def path(self, value: str) -> Path:
        """A path of the file, absolute: relative ones are relative to the project's folder."""
        return (self.project / value).resolve()

    @cached_property
    def state_path(self) -> Path:
        return self.path("data/state.db")

    @property
    def spool_path(self) -> Path:
        return self.path(self.collect.spool)

    @property
    def lake_url(self) -> str:
        """The lake's URL; a plain folder comes back as an absolute path."""
        return self.lake.url if "://" in self.lake.url else str(self.path(self.lake.url))

    @property
    def warehouse_path(self) -> Path:
        return self.path(self.warehouse.path)

    @property
    def publish_url(self) -> str:
        """The serving database's URL with its password in place; never to be shown."""
        return self.database_url(self.publish.url, self.publish.password, "publish.password")

    def database_url(self, url: str, password: str | None, key: str) -> str:
        """A SQLAlchemy URL with {password} filled in and a relative SQLite path made absolute."""
        from urllib.parse import quote, unquote

        if "{password}" in url:
            if password is None:
                raise SettingsError(
                    f"The URL asks for {{password}}, but {key} is not set.",
                    f"Set {key} to 'env:NAME' or 'file:PATH' in {FILE_NAME}.",
                )
            url = url.replace("{password}", quote(self.secret(password, key), safe=""))
        found = re.fullmatch(r"sqlite:///(?!/)([^?]+)(.*)", url)
        if not found:
            return url
        path, options = found.groups()
        return f"sqlite:///{quote(str(self.path(unquote(path))))}{options}"  # a folder may be called 'a%41b'

    def secret(self, value: str, key: str) -> str:
        """What 'env:NAME' or 'file:PATH' stands for; anything else is the secret itself."""
        if value.startswith("env:"):
            name = value.removeprefix("env:")
            if name not in os.environ:
                raise SettingsError(
                    f"{key} names the environment variable {name}, which is not set.", f"Set {name}."
                )
            return os.environ[name]
        if value.startswith("file:"):
            path = self.path(value.removeprefix("file:"))
            try:
                return path.read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as broken:
                reason = broken.strerror if isinstance(broken, OSError) else broken.reason
                raise SettingsError(
                    f"{key} names the file {path}, which cannot be read ({reason}).",
                    "Create it, or name another.",
                ) from broken
        return value


def find(start: Path) -> Path:
    """The nearest mallard.toml from a folder upwards."""
    for folder in (start, *start.parents):
        candidate = folder / FILE_NAME
        if candidate.is_file():
            return candidate
    raise SettingsError(
        f"There is no {FILE_NAME} in {start} or a folder above it.",
        "Run 'mallard init' here, or name the project's folder with --project DIR.",
    )


_UNFIT = "?#"


def load(project: Path | None = None) -> Settings:
    """The settings of a project: its folder or file, or the nearest one above the working directory."""
    if project is None:
        path = find(Path.cwd())
    else:
        path = project / FILE_NAME if project.is_dir() or project.suffix != ".toml" else project
        if not path.is_file():
            raise SettingsError(f"There is no {path}.", f"Run 'mallard init --project {path.parent}' first.")
    folder = str(path.parent.resolve())
    if set(_UNFIT) & set(folder):
        raise SettingsError(
            f"The folder {folder} has one of {_UNFIT}, which DuckDB and URLs take for an end.",
            "Move the project to a folder without them.",
        )
    try:
        text = path.read_text(encoding="utf-8-sig")  # some editors begin a file with a mark
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as broken:
        raise SettingsError(f"{path} is not valid TOML: {broken}.", "Mend that line.") from broken
    except (OSError, UnicodeDecodeError) as broken:
        raise SettingsError(f"{path} cannot be read: {broken}.", "Check the file.") from broken
    return parse(raw, path)


def parse(raw: dict[str, Any], path: Path) -> Settings:
    """Settings from a parsed file; the first thing wrong is named with its key."""
    if "project" in raw:
        raise SettingsError(f"{path}: unknown key 'project'.", suggest("project", _keys(Settings)))
    try:
        return Settings(**raw, project=path.parent.resolve())
    except ValidationError as invalid:
        raise _explain(invalid, path) from None


def _explain(invalid: ValidationError, path: Path) -> SettingsError:
    first = invalid.errors()[0]
    where = [str(part) for part in first["loc"]]
    key = ".".join(where)
    if first["type"] == "extra_forbidden":
        return SettingsError(f"{path}: unknown key '{key}'.", suggest(where[-1], _keys(_section(where[:-1]))))
    if first["type"] == "missing":
        return SettingsError(f"{path}: '{key}' is missing.", "Add it.")
    if first["type"] == "model_type":
        return SettingsError(f"{path}: '{key}' is wrong: it is a table of keys.", "See docs/settings.md.")
    message = first["msg"].removeprefix("Value error, ")
    message = message[:1].lower() + message[1:]
    return SettingsError(f"{path}: '{key}' is wrong: {message}.", _hint(where))


def _section(where: list[str]) -> type[BaseModel]:
    """The model that declares the keys at a place of the file."""
    model: type[BaseModel] = Settings
    for part in where:
        field = model.model_fields.get(part)
        if field is None:  # a name in a dict, or a place in a list: the model stays
            continue
        inner = [field.annotation, *get_args(field.annotation)]
        models = [kind for kind in inner if isinstance(kind, type) and issubclass(kind, BaseModel)]
        if models:
            model = models[0]
    return model


def _keys(model: type[BaseModel]) -> list[str]:
    return [name for name in model.model_fields if name != "project"]


def _hint(where: list[str]) -> str:
    field = _section(where[:-1]).model_fields.get(where[-1])
    return field.description if field is not None and field.description else "See docs/settings.md."
