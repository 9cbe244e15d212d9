"""Events on the business days of another time zone: where shop.timezone was changed, files change their days.

Each day's folder is one change of the lake: all rows of its misplaced files go into new files of the days
that are theirs now, and the old files are removed. A change that dies on the way is undone, and the next call
goes on. Records set aside stay under the day on which they came by the clock of that time.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from mallard import days, reporting
from mallard.lake import commits
from mallard.lake.commits import Begun, Commit
from mallard.lake.heard import tell
from mallard.lake.rows import EVENTS
from mallard.lake.session import PARQUET, literal
from mallard.lake.stream import Writer, writing
from mallard.settings import Settings
from mallard.state import State

if TYPE_CHECKING:
    import duckdb

_ZONE = "lake.zone"


def rezone(settings: Settings, state: State) -> int:
    """Put events under their days in shop.timezone; how many days' files were written anew.

    Looks only where the zone is another one than at the last look. LockedError during a landing or a build.
    """
    zone = settings.shop.timezone
    if state.get(_ZONE) == zone:
        return 0
    with state.lease("build"), writing(settings, state) as (writer, _), reporting.progress() as progress:
        folders = _misplaced(writer, zone)
        task = progress.add_task("Moving events to their days", total=len(folders))
        for folder, paths in folders.items():
            _move(writer, folder, paths, zone)
            progress.advance(task)
        tell(writer.storage, state)
    state.put(_ZONE, zone)
    return len(folders)


def _misplaced(writer: Writer, zone: str) -> dict[str, list[str]]:
    """The files that hold events of other days than their folder's, by folder."""
    streams = commits.read(writer.storage)
    files = {
        writer.storage.url(path): path
        for path in writer.storage.list(EVENTS)
        if path.endswith(".parquet") and writer.is_settled(path, streams)
    }
    found: dict[str, list[str]] = {}
    if not files:
        return found
    with writer.work() as (connection, _):
        query = f"""
            select distinct from_file from {_scan(list(files))}
            where {_day(zone)} <> regexp_extract(from_file, 'dt=([^/]+)/[^/]*$', 1)
            order by from_file"""
        for (url,) in connection.execute(query).fetchall():
            found.setdefault(files[url].rpartition("/")[0], []).append(files[url])
    return found


def _move(writer: Writer, folder: str, paths: list[str], zone: str) -> None:
    seq = writer.next_seq()
    with writer.work() as (connection, scratch):
        source = _scan([writer.storage.url(path) for path in paths])
        counted = connection.execute(f"select {_day(zone)}, count(*) from {source} group by 1 order by 1")
        rows = {str(day): int(count) for day, count in counted.fetchall()}
        new = {}
        for day in rows:
            local = scratch / f"{day}.parquet"
            _write(
                connection,
                f"select * exclude (from_file) from {source} where {_day(zone)} = '{day}'",
                str(local),
            )
            new[f"{EVENTS}/dt={day}/{writer.stem(seq)}.parquet"] = local
        moved = Counter(rows)
        moved[folder.rpartition("=")[2]] -= sum(rows.values())
        done = Commit(
            seq=seq, work="rezone", at=days.now().isoformat(), days={day: n for day, n in moved.items() if n}
        )
        writer.replace(Begun(seq, add=list(new), remove=paths), new, done)


def _write(connection: duckdb.DuckDBPyConnection, query: str, local: str) -> None:
    connection.execute(f"copy ({query}) to {literal(local)} ({PARQUET})")


def _scan(urls: list[str]) -> str:
    listed = ", ".join(map(literal, urls))
    return (
        f"read_parquet([{listed}], hive_partitioning = false, union_by_name = true, filename = 'from_file')"
    )


def _day(zone: str) -> str:
    """The business day of an event, as its folder names it."""
    return f"cast(cast(event_time at time zone {literal(zone)} as date) as varchar)"
