"""The catalogue of figures, docs/metrics.md, from the YAML beside the models."""

from __future__ import annotations

from mallard.catalog import CatalogTable, published_tables
from mallard.warehouse.explain import Source, lineage
from mallard.warehouse.project import PROJECT

_HEAD = """\
# Metrics

Generated from `src/mallard/warehouse/dbt/models/**/*.yml` by `python -m mallard.warehouse.docs`; do not edit.

Every published table, what a row of it is and what each column means. `mallard explain TABLE.COLUMN --day D`
shows the same for one figure, with its numbers of a day and the rows they are made of. Rates stand beside the
numbers they are made of, or name the row that has them (another day, the step before). They are exact,
rounded half away from zero; something over nothing is NULL, never 0.
"""


def metrics_markdown() -> str:
    """docs/metrics.md."""
    tables = published_tables()
    parts = [_HEAD, *_contents(list(tables.values()))]
    for table in tables.values():
        parts += ["", *_section(table)]
    return "\n".join(parts) + "\n"


def _contents(tables: list[CatalogTable]) -> list[str]:
    lines = ["| table | a row | what it tells |", "|---|---|---|"]
    return lines + [
        f"| [{table.name}](#{table.name}) | {_cell(_row(table))} | {_cell(table.description)} |"
        for table in tables
    ]


def _section(table: CatalogTable) -> list[str]:
    made_of = ", ".join(f"`{source.name}`" for source in _nearest(table.name))
    return [
        f"## {table.name}",
        "",
        table.description,
        "",
        f"{table.grain} Made of {made_of}.",
        "",
        "| column | type | meaning |",
        "|---|---|---|",
        *(f"| {c.name} | {c.type} | {_cell(c.description)} |" for c in table.columns),
    ]


def _nearest(name: str) -> list[Source]:
    return [source for source in lineage(name, [PROJECT / "models"]) if source.depth == 1]


def _row(table: CatalogTable) -> str:
    return table.grain.removeprefix("One row per ").removesuffix(".")


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    import sys

    sys.stdout.write(metrics_markdown())
