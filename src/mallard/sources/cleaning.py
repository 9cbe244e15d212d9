"""Text as it came → the contract's types, and a reason for each row that cannot be taken.

Everything is one SELECT for DuckDB over the rows as they come. A row is refused for the first thing wrong
with it; :data:`REASONS` says in which order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mallard.contract import TYPES, Column, Table
from mallard.sources.dialects import SourceColumn
from mallard.sources.plan import TablePlan

REASONS = (
    "null_key",
    "not_a_number",
    "not_an_integer",
    "not_a_boolean",
    "bad_date",
    "unknown_status",
    "missing_value",
    "negative_quantity",
    "duplicate_key",
)
"""Why a row of the shop is quarantined; duplicate_key is seen only when all rows are together."""

EARLIEST = "2000-01-01"

INSTEAD = "_status"
"""A column of the query that counts where nobody has explained the order's code: what the shop says of it."""

_DATE = r"^(\d{1,4}[-/]\d{1,2}[-/]\d{1,2})( *$|[T ]\d)"
"""A day, and perhaps a time behind it. What ends in BC or has five digits for a year is none of these."""

_WRITABLE = "between timestamptz '0000-12-31 00:00:00+00' and timestamptz '10000-01-01 12:00:00+00'"
"""What every engine can hold; PostgreSQL's infinity is not. MySQL's last second passes in every zone."""

_TRUE = "'1', 't', 'true', 'y', 'yes', 'on'"
_FALSE = "'0', 'f', 'false', 'n', 'no', 'off', ''"
_NOT_UNDERSTOOD = {"money": "not_a_number", "double": "not_a_number", "integer": "not_an_integer",
                   "boolean": "not_a_boolean", "date": "bad_date", "instant": "bad_date"}  # fmt: skip


@dataclass(frozen=True)
class Rules:
    """What cleaning depends on besides the table: zone of zoneless times, status codes, the present."""

    timezone: str
    statuses: Mapping[str, str]
    now: datetime


def literal(value: str) -> str:
    """A string of SQL."""
    return "'" + value.replace("'", "''") + "'"


def name(value: str) -> str:
    """A quoted identifier of SQL."""
    return '"' + value.replace('"', '""') + '"'


def checked(plan: TablePlan, columns: Sequence[SourceColumn], rows: str, rules: Rules) -> str:
    """The SELECT that cleans the text in the relation ``rows``, whose columns are c0, c1, …

    Gives the contract's columns, typed; extra (JSON or NULL); _reason (NULL for a good row) and _raw (JSON
    of a bad one); _zero_dates (how many dates of zeros became NULL); _cursor_at (instant or NULL).
    """
    places = {column.name.lower(): place for place, column in enumerate(columns)}
    sources = {c.name: _source(plan, c, places, rules) for c in plan.table.columns}
    given = {column.name.lower(): column for column in columns}
    typed = [
        f"{_typed(plan.table, c, sources[c.name], rules, given.get(c.name))} as {name(c.name)}"
        for c in plan.table.columns
    ]
    cursor = "null"
    if plan.cursor is not None:
        column = plan.cursor_of(columns)
        cursor = _instant(f"c{places[column.name.lower()]}", rules, column)
        cursor = f"case when {cursor} {_WRITABLE} then {cursor} end"
    all_columns = dict(enumerate(columns))
    extra = {place: column for place, column in all_columns.items() if is_extra(plan, column)}
    return f"""
        with typed as (
            select
                *, {", ".join(typed)}, {_json(extra)} as extra,
                {_zero_dates(plan, sources)} as _zero_dates, cast({cursor} as timestamptz) as _cursor_at
            from {rows}
        ),
        judged as (select *, {_reason(plan, sources, rules)} as _reason from typed)
        select
            {", ".join(_kept(c) for c in plan.table.column_names)}, extra, _zero_dates, _cursor_at, _reason,
            case when _reason is not null then {_json(all_columns, nulls=True)} end as _raw
        from judged"""


def _kept(column: str) -> str:
    """A shop that does not note when an order was cancelled has last changed it then."""
    if column == "cancelled_at":
        return "coalesce(cancelled_at, case when status = 'cancelled' then updated_at end) as cancelled_at"
    return name(column)


def _source(plan: TablePlan, column: Column, places: Mapping[str, int], rules: Rules) -> str:
    """The text of a contract column: the query's own, or what its key is said to be made of."""
    if column.name == "status" and INSTEAD in places:
        code = f"c{places[column.name]}"
        known = ", ".join(map(literal, rules.statuses))
        return f"case when {code} in ({known}) then {code} else coalesce(c{places[INSTEAD]}, {code}) end"
    if column.name in places:
        return f"c{places[column.name]}"
    if column.name == plan.table.key[-1] and plan.id_parts:
        return _joined([f"c{places[part.lower()]}" for part in plan.id_parts])
    return "cast(null as varchar)"


def _joined(parts: Sequence[str]) -> str:
    """One key of several texts with a '-' between; those in a text are escaped, so that no two are one."""
    if len(parts) == 1:
        return parts[0]
    escaped = (f"replace(replace(coalesce({part}, ''), '\\', '\\\\'), '-', '\\-')" for part in parts)
    return f"case when coalesce({', '.join(parts)}) is not null then concat_ws('-', {', '.join(escaped)}) end"


def is_extra(plan: TablePlan, column: SourceColumn) -> bool:
    """Beyond the contract, and not one of the columns that a preset only works with."""
    return column.name.lower() not in plan.table.column_names and not column.name.startswith("_")


def _typed(table: Table, column: Column, text: str, rules: Rules, given: SourceColumn | None) -> str:
    kind = TYPES[column.type][0]
    if column.name == "status":
        return (
            f"map {{{', '.join(f'{literal(k)}: {literal(v)}' for k, v in rules.statuses.items())}}}[{text}]"
        )
    if column.type == "integer":
        exact = f"try_cast({text} as decimal(38, 10))"
        return f"case when {exact} = trunc({exact}) then try_cast({exact} as bigint) end"
    if column.type == "boolean":
        known = f"when lower({text}) in ({_TRUE}) then true when lower({text}) in ({_FALSE}) then false"
        return f"case {known} else try_cast({text} as bigint) <> 0 end"
    if column.type == "date":
        return f"try_cast(nullif(regexp_extract({_nonzero(text)}, '{_DATE}', 1), '') as date)"
    if column.type == "instant":
        value = _instant(text, rules, given)
        return value if column.name in table.touches else f"case when {value} {_WRITABLE} then {value} end"
    return f"try_cast({text} as {kind})"


def _nonzero(text: str) -> str:
    """A date of zeros is how MySQL says that there is none."""
    return f"case when {text} not like '0000-00-00%' then {text} end"


def _instant(text: str, rules: Rules, given: SourceColumn | None) -> str:
    """A text that says its zone is taken at its word; which texts may do so depends on the column's type."""
    value = _nonzero(text)
    zone = literal("UTC" if given is not None and given.utc else rules.timezone)
    is_time = given is not None and (given.utc or given.type == "datetime")
    # in a text DuckDB would pass over a word behind the time
    plain = value if is_time else f"case when right(rtrim({value}), 1) between '0' and '9' then {value} end"
    zoned, zoneless = (
        f"try_cast({value} as timestamptz)",
        f"try_cast({plain} as timestamp) at time zone {zone}",
    )
    if given is not None and given.type == "timestamptz":
        return zoned
    if given is not None and given.family in ("time", "date"):
        return zoneless
    says = f"regexp_matches({text}, '(Z|[+-][0-9]{{2}}(:?[0-9]{{2}})?)$') and length({text}) > 10"
    return f"case when {says} then {zoned} else {zoneless} end"


def _json(columns: Mapping[int, SourceColumn], nulls: bool = False) -> str:
    """A JSON object of columns (by place) as they came; without ``nulls``, NULL where nothing is in it."""
    if not columns:
        return "cast(null as varchar)"
    fields = ", ".join(f"{literal(column.name)}, c{place}" for place, column in columns.items())
    packed = f"json_object({fields})"
    if nulls:
        return f"cast({packed} as varchar)"
    return f"nullif(cast(json_merge_patch('{{}}', {packed}) as varchar), '{{}}')"


def _zero_dates(plan: TablePlan, sources: Mapping[str, str]) -> str:
    dates = [sources[c.name] for c in plan.table.columns if c.type in ("date", "instant")]
    counted = (f"cast(coalesce({text} like '0000-00-00%', false) as integer)" for text in dates)
    return " + ".join(counted) or "0"


def _reason(plan: TablePlan, sources: Mapping[str, str], rules: Rules) -> str:
    """The CASE that names the first thing wrong with a row."""
    wrong: dict[str, list[str]] = {reason: [] for reason in REASONS}
    for column in plan.table.columns:
        for reason, test in _tests(plan.table, column, sources[column.name], rules):
            wrong[reason].append(test)
    cases = [
        f"when {' or '.join(f'({test})' for test in tests)} then {literal(reason)}"
        for reason, tests in wrong.items()
        if tests
    ]
    return f"case {' '.join(cases)} end"


def _tests(table: Table, column: Column, text: str, rules: Rules) -> Iterator[tuple[str, str]]:
    """What may be wrong with one column: a reason and its condition each."""
    value = name(column.name)
    came = f"coalesce({_nonzero(text)}, '') <> ''"
    if column.name in table.key and column.required:
        yield "null_key", f"coalesce({text}, '') = ''"
    elif column.required:
        yield "missing_value", f"{value} is null"
    if column.name == "status":
        yield "unknown_status", f"{value} is null and {came}"
    elif column.type in _NOT_UNDERSTOOD:
        yield _NOT_UNDERSTOOD[column.type], f"{value} is null and {came}"
    if column.type == "integer":
        yield "not_a_number", f"{came} and try_cast({text} as decimal(38, 10)) is null"
    if column.name == "quantity":
        yield "negative_quantity", f"{value} < 0"
    if column.required and column.type in ("date", "instant"):
        yield "bad_date", f"{value} is null and {text} is not null"
    if column.name in table.touches:
        latest = literal((rules.now + timedelta(days=1)).isoformat())
        yield "bad_date", f"{value} < '{EARLIEST}' or {value} > {latest}::timestamptz"
