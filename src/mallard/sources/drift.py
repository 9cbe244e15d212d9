"""Does a query's result still give what the contract asks for, and what it gave before?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mallard.contract import Column
from mallard.errors import SourceError
from mallard.sources.dialects import SourceColumn
from mallard.sources.plan import TablePlan

_FITS: dict[str, tuple[str, ...]] = {
    "string": ("number", "text", "date", "time", "boolean", "binary", "other"),
    "integer": ("number", "text", "boolean"),
    "double": ("number", "text"),
    "money": ("number", "text"),
    "boolean": ("number", "text", "boolean"),
    "date": ("date", "time", "text"),
    "instant": ("time", "date", "text"),
}


def check_columns(plan: TablePlan, columns: Sequence[SourceColumn], before: Mapping[str, str]) -> None:
    """Raise SourceError for a column that is missing, has gone, does not fit or has changed its kind.

    before: name → kind of each column at the last import; empty where that does not matter.
    """
    came = {column.name.lower(): column for column in columns}
    _check_repeated(plan, columns)
    for column in plan.table.columns:
        given = came.get(column.name)
        if given is not None:
            _fits(plan, column, given, before.get(given.name, "unknown"))
        elif column.required and not (column.name == plan.table.key[-1] and plan.id_parts):
            raise SourceError(
                f"Table '{plan.name}': the query gives no column '{column.name}' ({column.type}), which the"
                f" contract needs. It gives: {', '.join(c.name for c in columns)}.",
                f"Name it in [source.tables.{plan.name}] query, as in 'select … as {column.name}'.",
            )
    _check_named(plan, came)
    _check_gone(plan, came, before)


def _check_repeated(plan: TablePlan, columns: Sequence[SourceColumn]) -> None:
    """No name twice; those that the import looks for, in whatever case."""
    known = plan.table.column_names
    names = [c.name.lower() if c.name.lower() in known else c.name for c in columns]
    for name in names:
        if names.count(name) > 1:
            raise SourceError(
                f"Table '{plan.name}': the query gives the column '{name}' more than once.",
                f"Name one of them otherwise in [source.tables.{plan.name}] query.",
            )


def _fits(plan: TablePlan, column: Column, given: SourceColumn, before: str) -> None:
    if given.family != "unknown" and given.family not in _FITS[column.type]:
        raise SourceError(
            f"Table '{plan.name}': the column '{column.name}' comes as {given.type}, the contract has"
            f" {column.type}.",
            f"Convert it in [source.tables.{plan.name}] query.",
        )
    if "unknown" not in (before, given.family) and before != given.family:
        raise SourceError(
            f"Table '{plan.name}': the column '{column.name}' was of the kind {before} and now comes as"
            f" {given.type} ({given.family}); the contract has {column.type}.",
            f"Convert it in [source.tables.{plan.name}] query, or accept it with a full import.",
        )


def _check_named(plan: TablePlan, came: Mapping[str, SourceColumn]) -> None:
    """The cursor, the parts of the key and the masked columns must be there."""
    named = {"cursor": [plan.cursor] if plan.cursor else [], "key": plan.made_of, "mask": plan.mask}
    for setting, names in named.items():
        for wanted in names:
            if wanted.lower() not in came:
                raise SourceError(
                    f"Table '{plan.name}': {setting} names the column '{wanted}', which the query does not"
                    f" give. It gives: {', '.join(c.name for c in came.values())}.",
                    f"Mend [source.tables.{plan.name}] {setting} or query.",
                )
    cursor = came.get((plan.cursor or "").lower())
    if cursor is not None and cursor.family not in ("time", "date", "text", "unknown"):
        raise SourceError(
            f"Table '{plan.name}': the cursor '{cursor.name}' is {cursor.type}; it must be a date or time.",
            f"Name another in [source.tables.{plan.name}] cursor, or set mode = 'full'.",
        )


def _check_gone(plan: TablePlan, came: Mapping[str, SourceColumn], before: Mapping[str, str]) -> None:
    for name in before:
        if name.lower() not in came and name in plan.table.column_names:
            raise SourceError(
                f"Table '{plan.name}': the column '{name}' ({before[name]}) came at the last import"
                " and is gone.",
                f"Bring it back in [source.tables.{plan.name}] query, or accept it with a full import.",
            )
