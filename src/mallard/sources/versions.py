"""What was read against what the lake knows: only versions that differ are written.

The current state of a table is, for each key, the version with the greatest load_seq. A run writes at most
one file per table, so that the same rows read again give no file at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from mallard.contract import TYPES, Column, Table, is_one_import
from mallard.sources.cleaning import literal, name
from mallard.sources.files import copy
from mallard.sources.history import Run, history, parquet, same
from mallard.sources.reading import Came
from mallard.sources.touched import touched_days
from mallard.storage import Storage

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True)
class Read:
    """What the rows that came stand for.

    keys: a SELECT of the keys the source has, for seeing deletes; None where that is not known. wanted: a
    SELECT of the only keys that matter; None where all of them do. orders: a SELECT of the orders whose rows
    came completely, while nothing is known of those of other orders.
    """

    keys: str | None
    wanted: str | None
    orders: str | None = None


@dataclass
class Found:
    """What one table's comparison came to.

    cursor: the greatest that was read, epoch microseconds.
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
    db: duckdb.DuckDBPyConnection, storage: Storage, read: Read, came: Came, run: Run, staging: Path
) -> Found:
    """Compare what came of one table and write its new versions and refused rows into ``staging``."""
    table = came.reading.table
    found = Found(read=came.read, zero_dates=came.zero_dates, cursor=came.cursor)
    past = history(storage, f"ods/{table.name}")
    db.execute(f"set enable_caching_operators = {not came.wide}")  # which would gather 2,048 wide rows
    _view_good(db, came)
    repeated = _refuse_repeated(db, came, staging)
    _view_bad(db, came, repeated)
    _current(db, table, past, read)
    target = staging / f"{table.name}.parquet"
    if past or repeated is not None or came.reading.beyond:
        found.out = _write(db, came, read, run, target)
    elif came.good is not None:
        found.out = came.good.rename(target)  # all of it is new
    if found.out is not None:
        _count(db, table, found, bool(past))
        found.days = touched_days(db, storage, table, run, found.out, bool(past), staging)
    reasons = "select _reason, count(*) from bad group by all order by all"
    found.reasons = dict(db.execute(reasons).fetchall())
    found.quarantined = sum(found.reasons.values())
    if found.quarantined:
        found.refused = _write_refused(db, storage, came, run, staging / f"{table.name}.refused.parquet")
    return found


def whole(table: Table) -> Read:
    """The whole table was read: what did not come is gone."""
    return Read(_arrived(table), None)


def part(table: Table) -> Read:
    """Only changes were read: nothing is known of what did not come."""
    return Read(None, _arrived(table))


def of_orders(table: Table, orders: str) -> Read:
    """Changes were read and, of these orders, all rows: those of their rows that did not come are gone."""
    return Read(_arrived(table), _arrived(table), orders)


def looked_for(table: Table, changed: Sequence[tuple[str, ...]]) -> Read:
    """The rows of some keys were read: those of them that did not come are gone."""
    names = ", ".join(map(name, table.key))
    rows = ", ".join(f"({', '.join(map(literal, key))})" for key in changed)
    return Read(_arrived(table), f"select * from (values {rows}) v({names})")


def _arrived(table: Table) -> str:
    """The keys of all rows that came: a row that turned bad is still there."""
    return f"select {_keys(table)} from good union all select {_keys(table)} from bad"


def _keys(table: Table) -> str:
    return ", ".join(map(name, table.key))


def _view_good(db: duckdb.DuckDBPyConnection, came: Came, without: str = "") -> None:
    """The rows to take as ``good``; file_row_number is the place of each."""
    if came.good is not None:
        rows = f"select * from read_parquet({literal(str(came.good))}, file_row_number = true){without}"
    else:
        columns = ", ".join(_null(column) for column in came.reading.table.columns)
        rows = f"select {columns}, '' as extra, 0 as file_row_number where false"
    db.execute(f"create or replace temp view good as {rows}")


def _view_bad(db: duckdb.DuckDBPyConnection, came: Came, repeated: Path | None) -> None:
    """The rows that are refused as ``bad``: their key, _reason and _raw, and the place of each."""
    table = came.reading.table
    keys, files = _keys(table), [path for path in (came.bad, repeated) if path is not None]
    rows = " union all ".join(
        f"select {keys}, _reason, _raw, file_row_number * 2 + {number} as place"
        f" from read_parquet({literal(str(path))}, file_row_number = true)"
        for number, path in enumerate(files)
    )
    nothing = ", ".join(_null(column) for column in table.columns if column.name in table.key)
    empty = f"select {nothing}, '' as _reason, '' as _raw, 0 as place where false"
    db.execute(f"create or replace temp view bad as {rows or empty}")


def _null(column: Column) -> str:
    return f"cast(null as {TYPES[column.type][0]}) as {name(column.name)}"


def _refuse_repeated(db: duckdb.DuckDBPyConnection, came: Came, staging: Path) -> Path | None:
    """Of the good rows with the same key the last changed is taken, the others are refused into a file."""
    table = came.reading.table
    keys = _keys(table)
    shown = ", ".join(f"{name(c)} := {name(c)}" for c in table.column_names)
    every = ", ".join(f"g.{name(c)}" for c in table.column_names)
    last = f"g.{name(came.reading.changed_at)} desc nulls last, " if came.reading.changed_at else ""
    db.execute(
        f"create or replace temp table twice as select {keys} from good group by {keys} having count(*) > 1"
    )
    if not db.execute("select count(*) from twice").fetchall()[0][0]:
        return None
    db.execute(
        f"""create or replace temp table repeated as
        select g.file_row_number as place
        from good g semi join twice t on {same(table, "g", "t")}
        qualify row_number() over (partition by {", ".join(f"g.{name(k)}" for k in table.key)}
            order by {last}{every}) > 1"""
    )
    among = "file_row_number in (select place from repeated)"
    raw = f"'duplicate_key' as _reason, cast(to_json(struct_pack({shown})) as varchar) as _raw"
    path = copy(
        db,
        f"select {keys}, {raw} from good where {among}",
        staging / f"{table.name}.twice.parquet",
        came.batch_rows,
    )
    _view_good(db, came, f" where not {among}")
    return path


def _current(db: duckdb.DuckDBPyConnection, table: Table, past: Sequence[str], read: Read) -> None:
    """The lake's living rows, as far as they are wanted: keys, days, order, and a digest of the whole row.

    What one import wrote holds each key once.
    """
    columns = [c for c in table.columns if c.name in (*table.key, *table.touches, "order_id")]
    if not past:
        empty = ", ".join(map(_null, columns))
        db.execute(
            f"create or replace temp table current as select {empty}, 0::ubigint as digest where false"
        )
        return
    names = ", ".join(name(column.name) for column in columns)
    wanted = read.wanted
    if read.orders:
        of_them = f"select {_keys(table)} from {parquet(past)} where order_id in ({read.orders})"
        wanted = f"{wanted} union {of_them}"
    among = f" semi join ({wanted}) w on {same(table, 'h', 'w')}" if wanted else ""
    latest = f" qualify row_number() over (partition by {_keys(table)} order by load_seq desc) = 1"
    latest = "" if len(past) == 1 and is_one_import(past[0]) else latest
    db.execute(
        f"""create or replace temp table current as
        select {names}, digest
        from (
            select *
            from (
                select {names}, change, load_seq, {_digest(table, "h")} as digest
                from {parquet(past)} h{among}
            ){latest}
        )
        where change = 'upsert'"""
    )


def _digest(table: Table, row: str) -> str:
    """64 bits that tell a row from another version of it."""
    return f"hash({', '.join(f'{row}.{name(c)}' for c in (*table.column_names, 'extra'))})"


def _write(db: duckdb.DuckDBPyConnection, came: Came, read: Read, run: Run, path: Path) -> Path | None:
    """The new versions as a file; None where there are none."""
    table = came.reading.table
    stamps = f"{run.moment} as loaded_at"
    empty = ", ".join(
        f"c.{name(column.name)}" if column.name in table.key else _null(column) for column in table.columns
    )
    upserts = (
        f"select {', '.join(f'g.{name(c)}' for c in table.column_names)}, {stamps}, 'upsert' as change,"
        f" cast({run.seq} as bigint) as load_seq, g.extra from good g"
        f" anti join current c on {same(table, 'g', 'c')} and {_digest(table, 'g')} = c.digest"
    )
    deletes = (
        f" union all select {empty}, {stamps}, 'delete', cast({run.seq} as bigint), null from current c"
        f" anti join ({read.keys}) k on {same(table, 'c', 'k')}"
    )
    if read.orders:  # as the lake has them: a row that went to another order is not gone
        deletes += f" where c.order_id in ({read.orders})"
    return copy(db, f"{upserts}{deletes if read.keys else ''}", path, came.batch_rows)


def _count(db: duckdb.DuckDBPyConnection, table: Table, found: Found, known: bool) -> None:
    out = parquet([str(found.out)])
    kinds = dict(db.execute(f"select change, count(*) from {out} group by all").fetchall())
    found.deleted = kinds.get("delete", 0)
    if known:
        found.changed = db.execute(
            f"select count(*) from {out} o semi join current c on {same(table, 'o', 'c')}"
            " where o.change = 'upsert'"
        ).fetchall()[0][0]
    found.new = kinds.get("upsert", 0) - found.changed


def _write_refused(
    db: duckdb.DuckDBPyConnection, storage: Storage, came: Came, run: Run, path: Path
) -> Path | None:
    """The refused rows as a file of the quarantine, each once, and without those that lie there already.

    They are told apart by a digest, as a row can be a megabyte.
    """
    table = came.reading.name
    known = history(storage, f"quarantine/{table}")
    seen = f" anti join (select md5(raw) as digest, reason from {parquet(known)}) k" if known else ""
    seen += " on b.digest = k.digest and b._reason = k.reason" if known else ""
    db.execute(
        f"""create or replace temp table fresh as
        select min(b.place) as place
        from (select md5(_raw) as digest, _reason, place from bad) b{seen}
        group by b.digest, b._reason"""
    )
    return copy(
        db,
        f"""select
            {literal(f"db:{table}")} as source, _reason as reason, _raw as raw,
            {run.moment} as received_at,
            {literal(run.name + "@")} || lpad(cast(place as varchar), 10, '0') as origin,
            cast({run.seq} as bigint) as landed_seq
        from bad
        where place in (select place from fresh)""",
        path,
        came.batch_rows,
    )
