"""What was set aside: looking at it, and trying it again after a fix."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from mallard import days
from mallard.errors import UsageError
from mallard.lake import commits
from mallard.lake.commits import Begun, Commit
from mallard.lake.heard import tell
from mallard.lake.rows import (
    ENVELOPE_COLUMNS,
    ENVELOPES,
    GOOD,
    QUARANTINE,
    copy,
    count,
    envelope_of,
    judge,
    placed,
    write_events,
)
from mallard.lake.session import literal, session
from mallard.lake.stream import Writer, writing
from mallard.settings import Settings
from mallard.state import State
from mallard.storage import open_storage

if TYPE_CHECKING:
    import duckdb

_FINAL = ("damaged_record", "malformed_json")
"""Reasons that trying again cannot change."""


@dataclass(frozen=True)
class Entry:
    """One record set aside. dt: business day of received_at; origin: where it came from, unique."""

    dt: date
    source: str
    reason: str
    raw: str
    received_at: datetime
    origin: str


@dataclass(frozen=True)
class Tally:
    """How many records of a source were set aside on a day for a reason."""

    dt: date
    source: str
    reason: str
    records: int


@dataclass(frozen=True)
class ReplayReport:
    """tried = landed + left."""

    tried: int = 0
    landed: int = 0
    left: int = 0
    days: tuple[date, ...] = ()


def tallies(settings: Settings) -> list[Tally]:
    """Records set aside per day, source and reason, the newest day first; shop tables ('db:…') included."""
    with _quarantine(settings, "*") as connection:
        rows = connection.execute(
            "select dt, source, reason, count(*) from quarantine"
            " group by all order by dt desc, source, reason"
        ).fetchall()
        return [Tally(*row) for row in rows]


def entries(
    settings: Settings, reason: str | None = None, source: str | None = None, day: date | None = None,
    limit: int = 100,
) -> list[Entry]:  # fmt: skip
    """The newest records set aside, of a reason, source and day where given."""
    with _quarantine(settings, "*") as connection:
        rows = connection.execute(
            "select dt, source, reason, raw, received_at, origin from quarantine"
            " where reason = coalesce($reason, reason) and source = coalesce($source, source)"
            " and dt = coalesce($day, dt) order by received_at desc, origin desc limit $limit",
            {"reason": reason, "source": source, "day": day, "limit": limit},
        ).fetchall()
        return [Entry(*row) for row in rows]


def entry(settings: Settings, origin: str) -> Entry:
    """One record set aside, whole."""
    with _quarantine(settings, "*") as connection:
        row = connection.execute(
            "select dt, source, reason, raw, received_at, origin from quarantine where origin = ?", [origin]
        ).fetchone()
    if row is None:
        raise UsageError(
            f"Nothing from '{origin}' is in quarantine.", "See the origins with 'mallard quarantine list'."
        )
    return Entry(*row)


def replay(
    settings: Settings, state: State, reason: str | None = None, source: str | None = None
) -> ReplayReport:
    """Judge the events set aside again, by the rules and settings of now; what is good lands."""
    with state.lease("build"), writing(settings, state) as (writer, _), state.run("replay") as detail:
        with writer.work() as (connection, folder):
            files = _settled(writer)
            if not files:
                return ReplayReport()
            _judge_again(connection, writer, files, reason, source)
            tried = sum(count(connection, "arrived", "tried").values())
            landed = _land(connection, writer, files, folder)
        tell(writer.storage, state)
        report = ReplayReport(tried, landed.landed, tried - landed.landed, _dates(landed))
        detail.update(tried=tried, landed=report.landed)
        return report


def _settled(writer: Writer) -> list[str]:
    streams = commits.read(writer.storage)
    return [
        path
        for path in writer.storage.list(QUARANTINE)
        if not path.startswith(ENVELOPES) and writer.is_settled(path, streams)
    ]


def _judge_again(
    connection: duckdb.DuckDBPyConnection, writer: Writer, files: list[str], reason: str | None,
    source: str | None,
) -> None:  # fmt: skip
    """Tables 'held' (all rows), 'envelope' and 'tried' (those to try), and view 'judged' of the latter."""
    urls = ", ".join(literal(writer.storage.url(path)) for path in files)
    beside = ", ".join(literal(writer.storage.url(envelope_of(path))) for path in files)
    connection.execute(f"""
        create temp table held as
        select * exclude (dt), dt::date as arrived
        from read_parquet([{urls}], hive_partitioning = true)
    """)
    connection.execute(
        f"create temp table envelope as select {ENVELOPE_COLUMNS} from read_parquet([{beside}],"
        " hive_partitioning = false)"
    )
    final = ", ".join(literal(name) for name in _FINAL)
    connection.execute(
        f"""
        create temp table tried as
        select held.*, envelope.* exclude (origin) from held join envelope using (origin)
        where reason not in ({final}) and reason = coalesce(?, reason) and source = coalesce(?, source)
        """,
        [reason, source],
    )
    for name, dialect in (("request", "segment"), ("line", "user_action")):
        connection.execute(f"""
            create temp view {name}_item as
            select
                raw as item, if(kind = 'piece', 'too_large', null) as refusal, dialect, kind, source, ip,
                user_agent, context, sent_at, received_at::timestamp as received_at, arrived, origin, place,
            from tried where dialect = '{dialect}'
        """)
    judge(connection, writer.settings)


def _land(connection: duckdb.DuckDBPyConnection, writer: Writer, files: list[str], folder: Path) -> Commit:
    """Write what is good now as events, and the quarantine of the days concerned without it."""
    seq = writer.next_seq()
    connection.execute(f"create temp table good as select origin, arrived, dt from {GOOD}")
    gone = count(connection, "arrived", "good")
    done = Commit(
        seq=seq, work="replay", at=days.now().isoformat(), days=count(connection, "dt", "good"),
        arrivals=gone, set_aside={day: -n for day, n in gone.items()},
        landed=sum(gone.values()), quarantined=-sum(gone.values()),
    )  # fmt: skip
    if not gone:
        return done
    write_events(connection, folder, seq)
    _write_rest(connection, folder)
    written = placed(folder, writer.stem(seq))
    old = [path for path in files if path.split("/dt=")[1][:10] in gone]
    begun = Begun(seq, add=list(written), remove=[*old, *(envelope_of(path) for path in old)])
    writer.replace(begun, written, done)
    return done


def _write_rest(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """What stays in quarantine on the days from which something lands."""
    rest = "arrived in (select arrived from good) and origin not in (select origin from good)"
    copy(
        connection, folder / QUARANTINE,
        f"select * exclude (arrived), arrived as dt from held where {rest}",
    )  # fmt: skip
    copy(
        connection, folder / ENVELOPES,
        f"select {ENVELOPE_COLUMNS}, arrived as dt from held join envelope using (origin) where {rest}",
    )  # fmt: skip


def _dates(done: Commit) -> tuple[date, ...]:
    return tuple(date.fromisoformat(day) for day in sorted({*done.days, *done.arrivals}))


@contextmanager
def _quarantine(settings: Settings, subject: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with a view 'quarantine' over the records set aside of a subject, '*' for all."""
    storage = open_storage(settings)
    files = [
        path for path in storage.list("quarantine")
        if path.endswith(".parquet") and "/_" not in path and subject in ("*", path.split("/")[1])
    ]  # fmt: skip
    with session(storage, settings.path("data/spill")) as connection:
        columns = (
            "dt date, source varchar, reason varchar, raw varchar, received_at timestamptz, origin varchar"
        )
        if not files:
            connection.execute(f"create table quarantine ({columns})")
        else:
            urls = ", ".join(literal(storage.url(path)) for path in files)
            connection.execute(
                f"create view quarantine as select * from read_parquet([{urls}], hive_partitioning = true,"
                " hive_types = {'dt': date}, union_by_name = true)"
            )
        yield connection
