"""What is to be read: the preset's word and the settings' word for each contract table, made one."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Literal

from mallard.contract import ORDER_STATUSES, TABLES, Table
from mallard.errors import SettingsError, UsageError, suggest
from mallard.settings import Settings, SourceTable
from mallard.sources.dialects import SourceColumn, named
from mallard.sources.presets import Preset, PresetTable, preset

OVERLAP_SECONDS = 7200
"""Two hours: longer than a transaction should last, and than the hour that autumn's clock repeats."""

SWEEP_RUNS = 8


@dataclass(frozen=True)
class TablePlan:
    """How one contract table is read in this project.

    own: the settings ask for this table by name, so that its absence is an error even where it is optional.
    lent: the cursor is the preset's, for a query of the settings' own.
    made_of: columns of the query that make up the contract's key where the query has no column for it.
    """

    table: Table
    query: str
    mode: Literal["full", "changes", "binlog"]
    cursor: str | None
    overlap: int
    sweep: int
    made_of: tuple[str, ...] = ()
    mask: dict[str, str] = field(default_factory=dict)
    base: str | None = None
    known: tuple[str, ...] = ()
    own: bool = False
    lent: bool = False

    @property
    def name(self) -> str:
        return self.table.name

    @property
    def id_parts(self) -> tuple[str, ...]:
        """The columns that make up the last of the contract's key; the others name another table's row."""
        return tuple(part for part in self.made_of if part.lower() not in self.table.key)

    def cursor_of(self, columns: Iterable[SourceColumn]) -> SourceColumn:
        """The cursor among the columns of the query."""
        return named(columns, self.cursor or "")

    def fitting(self, columns: Iterable[SourceColumn]) -> TablePlan:
        """This plan, without a lent cursor that the query does not give: the table is then read whole."""
        if not self.lent or (self.cursor or "").lower() in {column.name.lower() for column in columns}:
            return self
        return replace(self, mode="full" if self.mode == "changes" else self.mode, cursor=None)


def plans(settings: Settings, only: Iterable[str] | None = None) -> list[TablePlan]:
    """The tables to read, in the contract's order; ``only`` names some of them."""
    source = settings.source
    _check_names(source.tables, SettingsError, "source.tables")
    chosen = preset(source.preset)
    wanted = set(TABLES if only is None else only)
    _check_names(wanted, UsageError, "mallard import")
    prefix = chosen.prefix if source.prefix is None else source.prefix
    codes = {**chosen.order_status, **source.order_status}
    made = [_plan(table, chosen, prefix, codes, source.tables.get(name)) for name, table in TABLES.items()]
    return [plan for plan in made if plan is not None and plan.name in wanted]


def statuses(settings: Settings) -> dict[str, str]:
    """The shop's status codes and what they mean; the contract's words stand for themselves."""
    given = {**preset(settings.source.preset).order_status, **settings.source.order_status}
    for code, status in given.items():
        if status not in ORDER_STATUSES:
            raise SettingsError(
                f"source.order_status gives '{code}' the meaning '{status}', unknown to the contract.",
                suggest(status, ORDER_STATUSES),
            )
    return {**{status: status for status in ORDER_STATUSES}, **given}


def timezone(settings: Settings) -> str:
    """The zone of zoneless times."""
    return settings.source.timezone or preset(settings.source.preset).timezone or settings.shop.timezone


def fingerprint(plan: TablePlan, settings: Settings, place: str) -> str:
    """Changes when rows read earlier would come out differently now, so that a cursor must not be trusted."""
    made_of = (*plan.made_of, "escaped") if len(plan.id_parts) > 1 else plan.made_of
    parts = (
        place, plan.query, plan.cursor or "", str(made_of), str(sorted(plan.mask.items())),
        timezone(settings), str(sorted(statuses(settings).items())),
    )  # fmt: skip
    return hashlib.sha256("\x00".join(parts).encode()).hexdigest()[:16]


def _check_names(names: Iterable[str], kind: type[SettingsError] | type[UsageError], where: str) -> None:
    for name in names:
        if name not in TABLES:
            raise kind(f"{where}: '{name}' is not a table of the contract.", suggest(name, TABLES))


def _with_codes(query: str, codes: dict[str, str]) -> str:
    """A preset's query with the shop's codes of each status where it says ``{paid}`` and the like."""
    for status in ORDER_STATUSES:
        meant = [code.replace("\\", "\\\\").replace("'", "''") for code in codes if codes[code] == status]
        query = query.replace(f"{{{status}}}", ", ".join(f"'{code}'" for code in meant) or "null")
    return query


def _plan(
    table: Table, chosen: Preset, prefix: str, codes: dict[str, str], own: SourceTable | None
) -> TablePlan | None:
    own = own or SourceTable()
    given = chosen.tables.get(table.name)
    if own.skip or (given is None and own.query is None):
        if table.required:
            raise SettingsError(
                f"The contract needs the table '{table.name}', and nothing says how to read it.",
                f"Give [source.tables.{table.name}] a query.",
            )
        return None
    base = given if given is not None and own.query is None else PresetTable(own.query or "")
    query = base.query if own.query is not None else _with_codes(base.query, codes)
    cursor = own.cursor or (given.cursor if given is not None else None)
    mode = own.mode or (given.mode if given is not None and cursor is not None else "full")
    if mode == "changes" and cursor is None:
        raise SettingsError(
            f"source.tables.{table.name} is to be read by changes, but has no cursor.",
            "Name the column that grows when a row changes, or set mode = 'full'.",
        )
    return TablePlan(
        table=table,
        query=query.replace("{prefix}", prefix).strip().rstrip(";") + "\n",  # it may end in a comment
        mode=mode,
        cursor=None if mode == "full" else cursor,
        overlap=OVERLAP_SECONDS if own.overlap is None else own.overlap,
        sweep=SWEEP_RUNS if own.sweep is None else own.sweep,
        made_of=tuple(own.key or ()),
        mask=dict(own.mask),
        base=base.base,
        known=base.known,
        own=own.query is not None,
        lent=own.query is not None and own.cursor is None and own.mode != "changes" and cursor is not None,
    )
