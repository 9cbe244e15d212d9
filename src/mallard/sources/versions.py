"""What was read against what the lake knows: only versions that differ are written.

The current state of a table is, for each key, the version with the greatest load_seq. A run writes at most
one file per table, so that the same rows read again give no file at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mallard.contract import TYPES, Table, is_one_import
from mallard.sources.cleaning import literal, name
from mallard.sources.history import Run, history, parquet, same
from mallard.sources.touched import touched_days
from mallard.storage import Storage

if TYPE_CHECKING:
    import duckdb

PARQUET = "format parquet, compression zstd, dictionary_size_limit 4000"
"""Dictionaries for words that repeat, not for ids and prices: a fifth less work, and smaller files."""


@dataclass(frozen=True)
class Read:
    """What the rows that came stand for.

    keys: a SELECT of the keys the source has, for seeing deletes; None where that is not known. wanted: a
    SELECT of the only keys that matter; None where all of them do.
    """

    keys: str | None
    wanted: str | None


@dataclass
class Found:
    """What one table's comparison came to.

    cursor: the greatest cursor that was read, epoch microseconds, leaving out those that lie in the future.
    out, refused: local Parquet files; None where there is nothing to write.
    """

    read: int = 0
    new: int = 0
    changed: int = 0
    deleted: int = 0
    quarantined: int = 0
    zero_dates: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    days: set[date] = field(default_factory=set)
    cursor: int | None = None
    out: Path | None = None
    refused: Path | None = None


def compare(
    db: duckdb.DuckDBPyConnection, storage: Storage, table: Table, read: Read, run: Run, staging: Path
) -> Found:
    """Compare one table and write its new versions and refused rows into ``staging``.

    Its rows are in ``db`` under its name, as cleaning.checked gives them; they are gone afterwards.
    """
    found = Found()
    past = history(storage, f"ods/{table.name}")
    db.execute("drop table if exists checked")
    db.execute(f"alter table {name(table.name)} rename to checked")
    _good_and_refused(db, table, run, found)
    _current(db, table, past, read.wanted)
    found.out = _write(db, table, read.keys, run, staging / f"{table.name}.parquet")
    _count(db, table, found)
    if found.out is not None:
        found.days = touched_days(db, storage, table, run, found.out, bool(past), staging)
    found.refused = _write_refused(db, storage, table, run, staging / f"{table.name}.refused.parquet")
    return found


def whole(table: Table) -> Read:
    """The whole table was read: what did not come is gone."""
    return Read(_keys_of(table, "checked"), None)


def part(table: Table) -> Read:
    """Only changes were read: nothing is known of what did not come."""
    return Read(None, _keys_of(table, "checked"))


def looked_for(table: Table, changed: Sequence[tuple[str, ...]]) -> Read:
    """The rows of some keys were read: those of them that did not come are gone."""
    names = ", ".join(map(name, table.key))
    rows = ", ".join(f"({', '.join(map(literal, key))})" for key in changed)
    return Read(_keys_of(table, "checked"), f"select * from (values {rows}) v({names})")


def _keys_of(table: Table, rows: str) -> str:
    return f"select {', '.join(map(name, table.key))} from {rows}"


def _good_and_refused(db: duckdb.DuckDBPyConnection, table: Table, run: Run, found: Found) -> None:
    _refuse_repeated(db, table)
    found.read, found.zero_dates, found.cursor = db.execute(
        "select count(*), cast(coalesce(sum(_zero_dates), 0) as bigint),"
        f" epoch_us(max(_cursor_at) filter (_cursor_at <= {run.moment})) from checked"
    ).fetchall()[0]
    reasons = "select _reason, count(*) from checked where _reason is not null group by all order by all"
    found.reasons = dict(db.execute(reasons).fetchall())
    found.quarantined = sum(found.reasons.values())


def _refuse_repeated(db: duckdb.DuckDBPyConnection, table: Table) -> None:
    """Of the good rows with the same key the last changed is taken, the others are refused."""
    keys = ", ".join(map(name, table.key))
    kept = ", ".join(f"c.{name(k)}" for k in table.key)
    shown = ", ".join(f"{name(c)} := {name(c)}" for c in table.column_names)
    all_columns = ", ".join(f"c.{name(c)}" for c in table.column_names)
    db.execute(
        f"create or replace temp table twice as select {keys} from checked where _reason is null"
        f" group by {keys} having count(*) > 1"
    )
    if db.execute("select count(*) from twice").fetchall()[0][0]:
        db.execute(
            f"""update checked
            set _reason = 'duplicate_key', _raw = cast(to_json(struct_pack({shown})) as varchar)
            where rowid in (
                select found from (
                    select
                        c.rowid as found,
                        row_number() over (
                            partition by {kept} order by _cursor_at desc nulls last, {all_columns}
                        ) as place
                    from checked c semi join twice t on {same(table, "c", "t")}
                    where _reason is null
                )
                where place > 1
            )"""
        )


def _current(db: duckdb.DuckDBPyConnection, table: Table, past: Sequence[str], wanted: str | None) -> None:
    """The lake's living rows, as far as they are wanted. What one import wrote holds each key once."""
    if not past:
        columns = ", ".join(f"cast(null as {TYPES[c.type][0]}) as {name(c.name)}" for c in table.columns)
        db.execute(f"create or replace temp table current as select {columns}, '' as extra where false")
        return
    keys = ", ".join(map(name, table.key))
    among = f" semi join ({wanted}) w on {same(table, 'h', 'w')}" if wanted else ""
    latest = f" qualify row_number() over (partition by {keys} order by load_seq desc) = 1"
    latest = "" if len(past) == 1 and is_one_import(past[0]) else latest
    db.execute(
        f"""create or replace temp table current as
        select {", ".join(map(name, table.column_names))}, extra
        from (
            select * from {parquet(past)} h{among}{latest}
        )
        where change = 'upsert'"""
    )


def _write(
    db: duckdb.DuckDBPyConnection, table: Table, keys: str | None, run: Run, path: Path
) -> Path | None:
    """The new versions as a file; None where there are none."""
    columns = [*table.column_names, "extra"]
    alike = " and ".join(f"g.{name(c)} is not distinct from c.{name(c)}" for c in columns)
    stamps = f"{run.moment} as loaded_at"
    empty = ", ".join(
        f"c.{name(c.name)}" if c.name in table.key else f"cast(null as {TYPES[c.type][0]}) as {name(c.name)}"
        for c in table.columns
    )
    upserts = (
        f"select {', '.join(f'g.{name(c)}' for c in table.column_names)}, {stamps}, 'upsert' as change,"
        f" cast({run.seq} as bigint) as load_seq, g.extra from checked g"
        f" anti join current c on {same(table, 'g', 'c')} and {alike} where g._reason is null"
    )
    deletes = (
        f" union all select {empty}, {stamps}, 'delete', cast({run.seq} as bigint), null from current c"
        f" anti join ({keys}) k on {same(table, 'c', 'k')}"
    )
    written = f"{upserts}{deletes if keys else ''}"
    count = db.execute(f"copy ({written}) to {literal(str(path))} ({PARQUET})").fetchall()[0][0]
    return path if count else None


def _count(db: duckdb.DuckDBPyConnection, table: Table, found: Found) -> None:
    if found.out is None:
        return
    out = parquet([str(found.out)])
    kinds = dict(db.execute(f"select change, count(*) from {out} group by all").fetchall())
    found.deleted = kinds.get("delete", 0)
    found.changed = db.execute(
        f"select count(*) from {out} o semi join current c on {same(table, 'o', 'c')}"
        " where o.change = 'upsert'"
    ).fetchall()[0][0]
    found.new = kinds.get("upsert", 0) - found.changed


def _write_refused(
    db: duckdb.DuckDBPyConnection, storage: Storage, table: Table, run: Run, path: Path
) -> Path | None:
    """The refused rows as a file of the quarantine, without those that lie there already."""
    known = history(storage, f"quarantine/{table.name}")
    seen = f" anti join {parquet(known)} k on c._raw = k.raw and c._reason = k.reason" if known else ""
    source = f"db:{table.name}"
    place = "lpad(cast(row_number() over (order by raw) as varchar), 10, '0')"
    count: Any = db.execute(
        f"""copy (
            select
                {literal(source)} as source, reason, raw, {run.moment} as received_at,
                {literal(run.name + "@")} || {place} as origin, cast({run.seq} as bigint) as landed_seq
            from (
                select distinct c._reason as reason, c._raw as raw from checked c{seen}
                where c._reason is not null
            )
        ) to {literal(str(path))} ({PARQUET})"""
    ).fetchall()[0][0]
    return path if count else None
