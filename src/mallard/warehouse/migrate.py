"""``mallard engine migrate``: the same warehouse on the other engine, compared row by row, then used."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from mallard import settings as file
from mallard.catalog import CatalogTable
from mallard.errors import BuildError, SettingsError, UsageError
from mallard.settings import Settings
from mallard.state import State
from mallard.warehouse import spark_places
from mallard.warehouse.build import BuildReport, build
from mallard.warehouse.export import CURRENT, current, exported_tables

if TYPE_CHECKING:
    import duckdb

EngineName = Literal["duckdb", "spark"]

_ROUNDS = 3
_EXAMPLES = 3


@dataclass(frozen=True)
class Comparison:
    """A published table on both engines.

    only_here, only_there: rows that only the present or only the other engine has; examples: some of their
    keys. columns: what differs in names or types.
    """

    rows: int
    only_here: int
    only_there: int
    columns: tuple[str, ...]
    examples: tuple[str, ...]

    @property
    def equal(self) -> bool:
        """Whether every row is the same on both."""
        return not (self.only_here or self.only_there or self.columns)


@dataclass(frozen=True)
class MigrateReport:
    """A rebuild on the other engine. switched: whether mallard.toml now names it."""

    here: BuildReport
    there: BuildReport
    tables: dict[str, Comparison]
    switched: bool

    @property
    def different(self) -> list[str]:
        """Tables that are not the same on both."""
        return [name for name, table in self.tables.items() if not table.equal]


def migrate(settings: Settings, state: State, to: EngineName, switch: bool = True) -> MigrateReport:
    """Build everything on the other engine from the same lake, compare every published table, and switch.

    Nothing is switched where a row differs, or with switch false; what is published then stands as it was.
    """
    if settings.warehouse.engine == to:
        raise UsageError(f"warehouse.engine is '{to}' already.", "Name the other one with --to.")
    if to == "spark":
        spark_places.look(settings)  # not after a long build on this engine
    other = settings.model_copy(update={"warehouse": settings.warehouse.model_copy(update={"engine": to})})
    with state.lease("publish"):  # nobody publishes what has not been compared
        here, there, told = _both(settings, other, state)
        folder = settings.path("data/app")
        tables = compare(settings, folder / here.build_id, folder / there.build_id)
        switched = switch and all(table.equal for table in tables.values())
        if switched:
            switch_engine(settings.project / file.FILE_NAME, to)
            _replace(folder / CURRENT, told)
    return MigrateReport(here, there, tables, switched)


def _both(settings: Settings, other: Settings, state: State) -> tuple[BuildReport, BuildReport, str]:
    """Both builds of one state of the lake, and what the other's export says; the present one's stands."""
    path = settings.path("data/app") / CURRENT
    for _ in range(_ROUNDS):
        before = _heard(state)
        here = _export_of(settings, state)
        standing = path.read_text(encoding="utf-8")
        try:
            there = build(other, state, full=True)
            told = path.read_text(encoding="utf-8")
        finally:
            _replace(path, standing)
        if _heard(state) == before:
            return here, there, told
    raise BuildError(
        "The lake changed during each of three attempts to build it on both engines.",
        "Stop landing and importing ('mallard schedule') meanwhile.",
    )


def _export_of(settings: Settings, state: State) -> BuildReport:
    """The present engine's tables, up to date and exported; what another engine left does not count."""
    report = build(settings, state)
    told = current(settings)
    if told is None or told["engine"] != settings.warehouse.engine:
        report = build(settings, state, full=True)
    return report


def _heard(state: State) -> int:
    return state.newest_touch()[0]


def compare(settings: Settings, here: Path, there: Path) -> dict[str, Comparison]:
    """Every published table of two exports, row by row."""
    import duckdb

    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        return {
            name: _compare(connection, table, here / f"{name}.parquet", there / f"{name}.parquet")
            for name, table in exported_tables(settings).items()
        }


def _compare(
    connection: duckdb.DuckDBPyConnection, table: CatalogTable, here: Path, there: Path
) -> Comparison:
    one, other = (f"read_parquet('{_quoted(path)}')" for path in (here, there))
    rows = _count(connection, f"from {one}")
    columns = [
        set(connection.sql(f"select column_name, column_type from (describe from {side})").fetchall())
        for side in (one, other)
    ]
    if columns[0] != columns[1]:
        wrong = sorted(f"{name} {kind}" for name, kind in columns[0] ^ columns[1])
        return Comparison(rows, 0, 0, tuple(wrong), ())
    only = [f"from {one} except all from {other}", f"from {other} except all from {one}"]
    counts = [_count(connection, f"from ({query})") for query in only]
    keys = ", ".join(f'"{name}"' for name in table.key)
    examples = [
        ", ".join(f"{name} {value}" for name, value in zip(table.key, row, strict=True))
        for query in only
        for row in connection.sql(
            f"select distinct {keys} from ({query}) order by all limit {_EXAMPLES}"
        ).fetchall()
    ]
    return Comparison(rows, counts[0], counts[1], (), tuple(dict.fromkeys(examples)))


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def _count(connection: duckdb.DuckDBPyConnection, source: str) -> int:
    return int(connection.sql(f"select count(*) {source}").fetchall()[0][0])


def switch_engine(path: Path, to: EngineName) -> None:
    """Write warehouse.engine into mallard.toml; every other line stays as it is."""
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    changed = _with_engine(text, to)
    wanted = tomllib.loads(text)
    wanted.setdefault("warehouse", {})["engine"] = to
    try:
        written = tomllib.loads(changed)
    except tomllib.TOMLDecodeError:
        written = {}
    if written != wanted:
        raise SettingsError(
            f"{path} could not be changed by itself.", f'Set engine = "{to}" under [warehouse] in it.'
        )
    _replace(path, changed)


def _with_engine(text: str, to: str) -> str:
    lines = text.splitlines(keepends=True)
    inside = False
    for place, line in enumerate(lines):
        bare = line.split("#")[0].strip()
        if bare.startswith("["):
            if bare == "[warehouse]":
                inside = True
                heading = place
            elif inside:
                break
        elif inside and bare.partition("=")[0].strip() == "engine":
            comment = line[line.index("#") :] if "#" in line else "\n"
            lines[place] = f'engine = "{to}"{"  " if "#" in line else ""}{comment}'
            return "".join(lines)
    if inside:
        lines.insert(heading + 1, f'engine = "{to}"\n')
        return "".join(lines)
    gap = "" if not text or text.endswith("\n") else "\n"
    return f'{text}{gap}\n[warehouse]\nengine = "{to}"\n'


def _replace(path: Path, text: str) -> None:
    aside = path.with_name(f"{path.name}.new")
    aside.write_text(text, encoding="utf-8")
    aside.replace(path)
