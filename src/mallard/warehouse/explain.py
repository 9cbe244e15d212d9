"""``mallard explain``: what a figure means, what it is made of, and the rows behind a day of it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from mallard.catalog import CatalogColumn, CatalogTable, meta_of, model_entries
from mallard.errors import UsageError, suggest
from mallard.settings import Settings
from mallard.warehouse.export import exported_tables
from mallard.warehouse.project import PROJECT, own_models
from mallard.warehouse.sql import Answer, Reader, reader

FIGURE_ROWS = 100
DETAIL_ROWS = 20


@dataclass(frozen=True)
class Source:
    """A model that a figure is made of. depth: 1 for what the published table reads itself, and so on."""

    name: str
    depth: int
    description: str
    grain: str


@dataclass(frozen=True)
class Detail:
    """The rows behind a day's figures in one model. rows: how many there are; sample: the first of them."""

    model: str
    condition: str
    rows: int
    sample: Answer


@dataclass(frozen=True)
class Explanation:
    """A published table, or one column of it (column is None for all).

    figures: its rows of the day (of a table without days: its rows), at most FIGURE_ROWS of figure_rows; None
    where no day was asked for.
    """

    table: CatalogTable
    column: CatalogColumn | None
    models: tuple[Source, ...]
    day: date | None = None
    figures: Answer | None = None
    figure_rows: int = 0
    details: tuple[Detail, ...] = ()

    @property
    def dated(self) -> bool:
        """Whether the figures are those of the day alone."""
        return bool(_day_column(self.table))


def explain(settings: Settings, metric: str, day: date | None = None) -> Explanation:
    """Explain 'table' or 'table.column'; with a day also its numbers and the rows they are made of.

    A column's name alone is enough where only one table has it. UsageError where there is no such metric or
    the warehouse does not reach to that day.
    """
    tables = dict(exported_tables(settings))
    table, column = _found(tables, metric)
    folders = [PROJECT / "models", *filter(None, [own_models(settings)])]
    sources = tuple(lineage(table.name, folders))
    if day is None:
        return Explanation(table, column, sources)
    with reader(settings) as warehouse:
        rows, figures = _figures(warehouse, table, column, day)
        if not rows:
            _must_reach(warehouse, day)
        details = tuple(_details(warehouse, table, column, day, folders))
    return Explanation(table, column, sources, day, figures, rows, details)


def _must_reach(warehouse: Reader, day: date) -> None:
    [(first, last)] = warehouse.ask("select min(dt), max(dt) from dim_date").rows
    if not first <= day <= last:
        raise UsageError(f"The warehouse has no {day}.", f"Its days run from {first} to {last}.")


def _found(tables: dict[str, CatalogTable], metric: str) -> tuple[CatalogTable, CatalogColumn | None]:
    name, _, wanted = metric.partition(".")
    if name in tables and not wanted:
        return tables[name], None
    if name in tables:
        for column in tables[name].columns:
            if column.name == wanted:
                return tables[name], column
        known = [f"{name}.{column.name}" for column in tables[name].columns]
        raise UsageError(f"{name} has no column {wanted}.", suggest(metric, known))
    having = [(t, c) for t in tables.values() for c in t.columns if c.name == metric]
    if len(having) == 1:
        return having[0]
    if having:
        choices = ", ".join(f"{t.name}.{metric}" for t, _ in having)
        raise UsageError(f"Several tables have a column {metric}.", f"Name one: {choices}.")
    raise UsageError(f"There is no metric {metric}.", suggest(name, tables))


def lineage(name: str, folders: Iterable[Path]) -> list[Source]:
    """The models and ODS tables that a model is made of, each once: behind what reads it, one step deeper.

    What several models read stands where it is fewest steps away.
    """
    texts, notes = _texts(tuple(folders))
    near = {name: 0}
    reader: dict[str, list[str]] = {}
    waiting = [name]
    while waiting:
        model = waiting.pop(0)
        for read in _reads(texts.get(model, "")):
            if read not in near:
                near[read] = near[model] + 1
                reader.setdefault(model, []).append(read)
                waiting.append(read)
    found: dict[str, int] = {}

    def lay(model: str) -> None:
        found[model] = near[model]
        for read in reader.get(model, []):
            lay(read)

    lay(name)
    return [Source(model, depth, *notes.get(model, ("", ""))) for model, depth in found.items() if depth]


def _reads(text: str) -> list[str]:
    """What a model's SQL refers to."""
    named = re.findall(r"ref\('(\w+)'\)|source\('ods', '(\w+)'\)", text)
    if "source('ods', 'ods_' ~ table)" in text:
        named += [("", f"ods_{table}") for table in re.findall(r"'(\w+)'", text.split("%}")[0])]
    return list(dict.fromkeys(one or other for one, other in named))


@cache
def _texts(folders: tuple[Path, ...]) -> tuple[dict[str, str], dict[str, tuple[str, str]]]:
    import yaml

    texts: dict[str, str] = {}
    notes: dict[str, tuple[str, str]] = {}
    for folder in folders:
        texts |= {path.stem: path.read_text(encoding="utf-8") for path in folder.rglob("*.sql")}
        for _, model in model_entries(folder):
            notes[model["name"]] = (model.get("description", ""), meta_of(model).get("grain", ""))
    for path in (PROJECT / "models" / "ods").glob("*.yml"):
        for source in yaml.safe_load(path.read_text(encoding="utf-8")).get("sources", []):
            notes |= {table["name"]: (table.get("description", ""), "") for table in source["tables"]}
    return texts, notes


def _day_column(table: CatalogTable) -> str:
    """The column of a table's business day; empty where it has none."""
    names = [column.name for column in table.columns]
    return next((name for name in ("dt", "cohort_dt") if name in names), "")


def _figures(
    warehouse: Reader, table: CatalogTable, column: CatalogColumn | None, day: date
) -> tuple[int, Answer]:
    shown = [c.name for c in table.columns]
    if column is not None:
        shown = [*table.key, *([column.name] if column.name not in table.key else [])]
    listed = ", ".join(f'"{name}"' for name in shown)
    key = ", ".join(f'"{name}"' for name in table.key)
    name = _day_column(table)
    rows = f"from {table.name}" + (f" where {name} = date '{day}'" if name else "")
    [(count,)] = warehouse.ask(f"select count(*) {rows}").rows
    return count, warehouse.ask(f"select {listed} {rows} order by {key} limit {FIGURE_ROWS}")


def _details(
    warehouse: Reader, table: CatalogTable, column: CatalogColumn | None, day: date, folders: list[Path]
) -> Iterable[Detail]:
    told = _detail(table.name, tuple(folders))
    wanted = told.get(column.name) if column is not None else None
    for behind in wanted or told.get("all", []):
        model, _, condition = behind.partition(" where ")
        condition = condition.replace("{day}", f"date '{day}'")
        [(rows,)] = warehouse.ask(f"select count(*) from {model} where {condition}").rows
        sample = warehouse.ask(f"select * from {model} where {condition} order by all limit {DETAIL_ROWS}")
        yield Detail(model, condition, rows, sample)


@cache
def _detail(table: str, folders: tuple[Path, ...]) -> dict[str, list[str]]:
    """meta.detail of a table: 'all' or a column → the models and conditions that give the rows behind it."""
    for folder in folders:
        for _, model in model_entries(folder):
            if model["name"] == table:
                detail: dict[str, list[str]] = meta_of(model).get("detail", {})
                return detail
    return {}
