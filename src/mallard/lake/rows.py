"""A batch as rows of the lake: mapped onto the canonical event, judged, and written as Parquet by day.

Everything per event is done by DuckDB, in one pass that keeps nothing but its result, and by Arrow, which
writes it; Python sees only the distinct user agents.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

from mallard.contract import TYPES, Column
from mallard.events import segment, user_action
from mallard.events.agents import Agent, agents
from mallard.events.event import EVENT_COLUMNS, QUARANTINE_COLUMNS
from mallard.events.strict import is_json
from mallard.events.timing import timed
from mallard.lake import files
from mallard.lake.batch import Taken
from mallard.lake.session import PARQUET, literal
from mallard.settings import Settings

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

EVENTS = "ods/event"
QUARANTINE = "quarantine/event"
ENVELOPES = "quarantine/event/_envelopes"
"""Beside each quarantine file: what a replay needs and the record itself does not hold."""

ENVELOPE_COLUMNS = "origin, dialect, place, kind, context, sent_at, ip, user_agent"

GOOD = "judged where reason is null"

_JUDGED = """
    select
        * exclude (raw),
        if(reason is not null or doubtful, {raw}, null) as raw,
        (event_time at time zone 'UTC' at time zone {zone})::date as dt,
    from ({events})
"""
_ADDRESS = r"""regexp_replace(regexp_replace(regexp_replace({raw},
    '("(?:ip|request_ip)"\s*:\s*"\d+\.\d+\.\d+)\.\d+(?:[:,](?:[^"\\]|\\.)*)?"', '\1.0"', 'g'),
    '("(?:ip|request_ip)"\s*:\s*")\[?[0-9a-fA-F]*:[0-9a-fA-F:.]*(?:[\]%,](?:[^"\\]|\\.)*)?"', '\1::"', 'g'),
    '("(?:ip|request_ip)"\s*:\s*")(?:[^"\\]|\\.)*?(?:[^"\\0-9.:]|\\.)(?:[^"\\]|\\.)*"', '\1"', 'g')"""
"""Cut as in the column ip: an address may have a port or stand in a list; what is none is left out."""


@dataclass(frozen=True)
class Judged:
    """A batch, mapped and judged. events: the columns that its dialects have, dt and arrived, in memory.

    set_aside: quarantined rows by day of received_at; their files are written.
    """

    events: pa.Table
    set_aside: dict[str, int]


@dataclass(frozen=True)
class Written:
    """Files of one batch on the local disk and what they hold; days are ISO dates.

    days: event rows by dt; arrivals, set_aside: landed and quarantined rows by day of received_at.
    """

    files: dict[str, Path]
    days: dict[str, int]
    arrivals: dict[str, int]
    set_aside: dict[str, int]


def judged(
    connection: duckdb.DuckDBPyConnection, batch: Taken, settings: Settings, seq: int, spool: str,
    folder: Path,
) -> Judged:  # fmt: skip
    """Map and judge a batch, and write what is set aside under ``folder``.

    seq: number of the landing; spool: this spool's name. The events are computed once, good and bad alike:
    nearly every batch has some bad ones, and a second look at the batch would cost as much as the first.
    """
    import pyarrow.compute as pc

    _load(connection, batch, settings, spool)
    judge(connection, settings)
    columns = typed(EVENT_COLUMNS, seq, _columns(connection, "judged"), only_present=True)
    found = connection.sql(
        f"select {columns}, reason, doubtful, raw, arrived, dt from judged"
    ).to_arrow_table()
    found = _by_the_letter(found)
    events = found.drop_columns(["reason", "raw"])
    if found["reason"].null_count == found.num_rows:
        return Judged(events, {})
    good = pc.is_null(found["reason"])
    _set_aside(connection, found.filter(pc.invert(good)), seq, folder, settings.collect.truncate_ip)
    return Judged(events.filter(good), count(connection, "arrived", "bad"))


def _by_the_letter(found: pa.Table) -> pa.Table:
    """The same without the column doubtful; what is no JSON has that as its reason."""
    import pyarrow as pa
    import pyarrow.compute as pc

    doubtful = found["doubtful"]
    found = found.drop_columns(["doubtful"])
    looked_at = found.filter(doubtful).select(["reason", "raw"]).to_pylist()
    if not looked_at:
        return found
    reasons = [row["reason"] if is_json(row["raw"].encode()) else "malformed_json" for row in looked_at]
    reason = pc.replace_with_mask(
        found["reason"].combine_chunks(), doubtful.combine_chunks(), pa.array(reasons, pa.string())
    )
    return found.set_column(found.column_names.index("reason"), "reason", reason)


def _set_aside(
    connection: duckdb.DuckDBPyConnection, bad: pa.Table, seq: int, folder: Path, truncate: bool
) -> None:
    context = _ADDRESS.format(raw="context") if truncate else "context"
    connection.register("bad", bad)
    copy(
        connection, folder / QUARANTINE, f"select {typed(QUARANTINE_COLUMNS, seq)}, arrived as dt from bad"
    )  # fmt: skip
    copy(
        connection, folder / ENVELOPES,
        f"select {ENVELOPE_COLUMNS}, arrived as dt from (select * replace ({context} as context) from item)"
        " where origin in (select origin from bad)",
    )  # fmt: skip


def write(found: Judged, folder: Path, stem: str) -> Written:
    """The files of a batch under ``folder``, named by ``stem``."""
    return Written(
        days=files.write(found.events, EVENT_COLUMNS, folder / EVENTS),
        arrivals=files.count(found.events, "arrived"),
        set_aside=found.set_aside,
        files=placed(folder, stem),
    )


def write_events(connection: duckdb.DuckDBPyConnection, folder: Path, seq: int) -> dict[str, int]:
    """The good rows that were judged, as Parquet under dt=… folders; rows by day."""
    columns = typed(EVENT_COLUMNS, seq, _columns(connection, "judged"), only_present=True)
    events = connection.sql(f"select {columns}, dt from {GOOD}").to_arrow_table()
    return files.write(events, EVENT_COLUMNS, folder / EVENTS)


def envelope_of(path: str) -> str:
    """The file (or folder) of envelopes beside one of quarantine."""
    return ENVELOPES + path.removeprefix(QUARANTINE)


def _load(connection: duckdb.DuckDBPyConnection, batch: Taken, settings: Settings, spool: str) -> None:
    """Views 'request_item' and 'line_item': a row per event with all that its record says."""
    connection.register("came", batch.records)
    zone = literal(settings.shop.timezone)
    connection.execute(f"""
        create or replace temp table record as
        select
            * exclude (received_at),
            make_timestamp(received_at) as received_at,
            (make_timestamp(received_at) at time zone 'UTC' at time zone {zone})::date as arrived,
            coalesce(nullif(file, ''), {literal(spool + ":")} || place) as whole,
        from came
    """)
    for name, dialect, items in (
        ("request", "segment", batch.requests),
        ("line", "user_action", batch.lines),
    ):
        connection.register(name, items)
        connection.execute(f"""
            create or replace temp view {name}_item as
            select
                item,
                coalesce(body_refusal, refusal) as refusal,
                {literal(dialect)} as dialect, kind, source, ip, user_agent, context, sent_at, received_at,
                arrived,
                record.place || '#' || lpad(position::varchar, 9, '0') as origin,
                whole || ':' || (block_at + position) as place,
            from {name} join record using (record)
        """)


def judge(connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """View 'judged' from the item views: the columns of an event that the dialects have, reason (NULL where
    the event is good), doubtful, raw (where it is not good or doubtful), dt and arrived. View 'item' is all
    items."""
    largest, truncate = settings.collect.max_event_kb << 10, settings.collect.truncate_ip
    dialects = []
    if _any(connection, "request_item"):
        _load_agents(connection)
        allowed = {key.name: key.events for key in settings.collect.keys if key.events}
        parsed = f"({segment.parsing('request_item')})"
        dialects.append(_judged(settings, segment.mapping(parsed, "agents", largest, truncate, allowed)))
    if not dialects or _any(connection, "line_item"):
        dialects.append(_judged(settings, user_action.mapping("line_item", largest)))
    connection.execute(f"create or replace temp view judged as {' union all by name '.join(dialects)}")
    connection.execute(
        "create or replace temp view item as select * from request_item union all select * from line_item"
    )


def _judged(settings: Settings, events: str) -> str:
    raw = _ADDRESS.format(raw="raw") if settings.collect.truncate_ip else "raw"
    return _JUDGED.format(zone=literal(settings.shop.timezone), raw=raw, events=timed(f"({events})"))


def _any(connection: duckdb.DuckDBPyConnection, relation: str) -> bool:
    return connection.execute(f"select 1 from {relation} limit 1").fetchone() is not None


def _columns(connection: duckdb.DuckDBPyConnection, table: str) -> set[str]:
    return {str(row[0]) for row in connection.execute(f"describe {table}").fetchall()}


def _load_agents(connection: duckdb.DuckDBPyConnection) -> None:
    import pyarrow as pa

    rows = connection.execute(segment.distinct_agents("request_item")).fetchall()
    found = [astuple(agent) for agent in agents(str(row[0]) for row in rows)]
    names = [field.name for field in fields(Agent)]
    kinds = [pa.bool_() if name.startswith("is_") else pa.string() for name in names]
    columns = list(zip(*found, strict=True)) or [()] * len(names)
    arrays = [pa.array(column, kind) for column, kind in zip(columns, kinds, strict=True)]
    connection.register("agents", pa.table(arrays, names=names))


def typed(
    columns: tuple[Column, ...], seq: int, present: set[str] | None = None, only_present: bool = False
) -> str:
    """The columns in order with their types, NULL where they are not present; instants are UTC."""
    given = {"landed_seq": str(seq)}
    for column in columns:
        if present is not None and column.name not in present:
            given.setdefault(column.name, "null")
    return ", ".join(
        f"({given.get(column.name, column.name)})::{TYPES[column.type][0]} as {column.name}"
        for column in columns
        if not (only_present and given.get(column.name) == "null")
    )


def copy(connection: duckdb.DuckDBPyConnection, target: Path, query: str) -> None:
    """Parquet files of a query under dt=… folders."""
    target.mkdir(parents=True)
    connection.execute(f"copy ({query}) to {literal(str(target))} ({PARQUET}, partition_by (dt))")


def placed(folder: Path, stem: str) -> dict[str, Path]:
    """Path in the lake and local file, for every file that was written."""
    return dict(_placed(folder, stem))


def _placed(folder: Path, stem: str) -> Iterator[tuple[str, Path]]:
    for day in sorted(folder.glob("**/dt=*")):
        for number, path in enumerate(sorted(day.iterdir())):
            name = f"{stem}.parquet" if number == 0 else f"{stem}-{number}.parquet"
            yield f"{day.relative_to(folder).as_posix()}/{name}", path


def count(connection: duckdb.DuckDBPyConnection, day: str, relation: str) -> dict[str, int]:
    query = f"select {day}::varchar, count(*) from {relation} group by {day} order by {day}"
    return {str(found): int(count) for found, count in connection.execute(query).fetchall()}
