"""A batch as rows of the lake: mapped onto the canonical event, judged, and written as Parquet by day.

Everything per event is done by DuckDB; Python sees only the distinct user agents.
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
from mallard.events.timing import timed
from mallard.lake.batch import Batch
from mallard.lake.session import literal
from mallard.settings import Settings

if TYPE_CHECKING:
    import duckdb

EVENTS = "ods/event"
QUARANTINE = "quarantine/event"
ENVELOPES = "quarantine/event/_envelopes"
"""Beside each quarantine file: what a replay needs and the record itself does not hold."""

ENVELOPE_COLUMNS = "origin, dialect, place, kind, context, sent_at, ip, user_agent"

_TYPES = {name: duckdb_type for name, (duckdb_type, _) in TYPES.items()}

_JUDGED = """
    insert into mapped by name
    select
        * exclude (raw),
        if(reason is null, null, {raw}) as raw,
        (event_time at time zone 'UTC' at time zone {zone})::date as dt,
        (received_at at time zone 'UTC' at time zone {zone})::date as arrived,
    from ({events})
"""
_ADDRESS = r"""regexp_replace(regexp_replace({raw},
    '("(?:ip|request_ip)"\s*:\s*"\d+\.\d+\.\d+)\.\d+"', '\1.0"', 'g'),
    '("(?:ip|request_ip)"\s*:\s*")[0-9a-fA-F]*:[0-9a-fA-F:.]*"', '\1::"', 'g')"""


@dataclass(frozen=True)
class Written:
    """Files of one batch on the local disk and what they hold; days are ISO dates.

    days: event rows by dt; arrivals, set_aside: landed and quarantined rows by day of received_at.
    """

    files: dict[str, Path]
    days: dict[str, int]
    arrivals: dict[str, int]
    set_aside: dict[str, int]


def write(
    connection: duckdb.DuckDBPyConnection, batch: Batch, settings: Settings, stem: str, seq: int, spool: str,
    folder: Path,
) -> Written:  # fmt: skip
    """Map a batch and write its files under ``folder``, named by ``stem``; spool is this spool's name."""
    _load(connection, batch, spool)
    judge(connection, settings)
    good, bad = "mapped where reason is null", "mapped where reason is not null"
    set_aside = count(connection, "arrived", bad)
    copy(connection, folder / EVENTS, events_of(good, seq))
    if set_aside:
        columns = typed(QUARANTINE_COLUMNS, seq)
        copy(connection, folder / QUARANTINE, f"select {columns}, arrived as dt from {bad}")
        copy(connection, folder / ENVELOPES, _ENVELOPES_OF_BAD)
    return Written(
        files=placed(folder, stem),
        days=count(connection, "dt", good),
        arrivals=count(connection, "arrived", good),
        set_aside=set_aside,
    )


def events_of(relation: str, seq: int) -> str:
    """SQL: rows of 'mapped' as they stand in the lake, with their day."""
    return f"select {typed(EVENT_COLUMNS, seq)}, dt from {relation}"


def envelope_of(path: str) -> str:
    """The file (or folder) of envelopes beside one of quarantine."""
    return ENVELOPES + path.removeprefix(QUARANTINE)


def _load(connection: duckdb.DuckDBPyConnection, batch: Batch, spool: str) -> None:
    """Views 'request_item' and 'line_item': a row per event with all that its record says."""
    connection.register("record", batch.records())
    tables = (("request", "segment", batch.requests), ("line", "user_action", batch.lines))
    for name, dialect, items in tables:
        connection.register(name, items.table())
        connection.execute(f"""
            create or replace temp view {name}_item as
            select
                item,
                coalesce(body_refusal, refusal) as refusal,
                {literal(dialect)} as dialect, kind, source, ip, user_agent, context, sent_at,
                make_timestamp(received_at) as received_at,
                record.place || '#' || lpad(position::varchar, 6, '0') as origin,
                if(file <> '', file || ':' || (block_at + line_at), {literal(spool + ":")} || origin)
                    as place,
            from {name} join record using (record)
        """)


def judge(connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Table 'mapped' from the item views: every event with reason (NULL where it is good), dt and arrived."""
    kinds = {**_TYPES, "instant": "timestamp"}  # UTC without a zone, until it is written
    columns = [f"{column.name} {kinds[column.type]}" for column in EVENT_COLUMNS]
    extra = "reason varchar, raw varchar, dt date, arrived date"
    connection.execute(f"create or replace temp table mapped ({', '.join(columns)}, {extra})")
    largest, truncate = settings.collect.max_event_kb << 10, settings.collect.truncate_ip
    if _any(connection, "request_item"):
        connection.execute(f"create or replace temp table parsed as {segment.parsing('request_item')}")
        _load_agents(connection)
        allowed = {key.name: key.events for key in settings.collect.keys if key.events}
        _judge(connection, settings, segment.mapping("parsed", "agents", largest, truncate, allowed))
    if _any(connection, "line_item"):
        _judge(connection, settings, user_action.mapping("line_item", largest))


def _judge(connection: duckdb.DuckDBPyConnection, settings: Settings, events: str) -> None:
    raw = _ADDRESS.format(raw="raw") if settings.collect.truncate_ip else "raw"
    connection.execute(
        _JUDGED.format(zone=literal(settings.shop.timezone), raw=raw, events=timed(f"({events})"))
    )


def _any(connection: duckdb.DuckDBPyConnection, relation: str) -> bool:
    return connection.execute(f"select 1 from {relation} limit 1").fetchone() is not None


def _load_agents(connection: duckdb.DuckDBPyConnection) -> None:
    import pyarrow as pa

    rows = connection.execute("select distinct agent from parsed where agent is not null").fetchall()
    found = [astuple(agent) for agent in agents(str(row[0]) for row in rows)]
    names = [field.name for field in fields(Agent)]
    kinds = [pa.bool_() if name.startswith("is_") else pa.string() for name in names]
    columns = list(zip(*found, strict=True)) or [()] * len(names)
    arrays = [pa.array(column, kind) for column, kind in zip(columns, kinds, strict=True)]
    connection.register("agents", pa.table(arrays, names=names))


def typed(columns: tuple[Column, ...], seq: int) -> str:
    """The columns in order with their types; instants are UTC."""
    exprs = {"landed_seq": str(seq)}
    return ", ".join(
        f"({exprs.get(column.name, column.name)})::{_TYPES[column.type]} as {column.name}"
        for column in columns
    )


_ENVELOPES_OF_BAD = f"""
    select {ENVELOPE_COLUMNS}, arrived as dt
    from (
        select {ENVELOPE_COLUMNS} from request_item
        union all
        select {ENVELOPE_COLUMNS} from line_item
    ) join (select origin, arrived from mapped where reason is not null) using (origin)
"""


def copy(connection: duckdb.DuckDBPyConnection, target: Path, query: str) -> None:
    """Parquet files of a query under dt=… folders."""
    target.mkdir(parents=True)
    connection.execute(
        f"copy ({query}) to {literal(str(target))} (format parquet, compression zstd, partition_by (dt))"
    )


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
