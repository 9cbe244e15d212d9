"""Many small files of a day become one, sorted by time.

No build runs meanwhile, so no build sees a file go or a row twice; another reader may, for a moment, see rows
both in the new file and in the old ones (they agree in landed_seq and origin).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mallard import days, reporting
from mallard.errors import StorageError
from mallard.lake import commits
from mallard.lake.commits import Begun, Commit
from mallard.lake.rows import ENVELOPES, EVENTS, QUARANTINE, envelope_of
from mallard.lake.session import PARQUET, literal
from mallard.lake.stream import Writer, writing
from mallard.settings import Settings
from mallard.state import State

if TYPE_CHECKING:
    import duckdb

LARGE = 128 << 20
"""Files of this many bytes are left as they are."""


@dataclass(frozen=True)
class CompactReport:
    """days: folders that were worked on; files and bytes of those before and after."""

    days: int = 0
    files_before: int = 0
    files_after: int = 0
    bytes_before: int = 0
    bytes_after: int = 0


@dataclass(frozen=True)
class _Part:
    """Files of one folder that become one."""

    folder: str
    order: str
    files: dict[str, int]


_Work = list[_Part]
"""What changes together: a day of events, or a day of quarantine with its envelopes."""


def compact(settings: Settings, state: State, at_least: int = 2) -> CompactReport:
    """Merge the small files of every day that has at least so many. LockedError during a landing or build."""
    with state.lease("build"), writing(settings, state) as (writer, _), reporting.progress() as progress:
        plan = list(_plan(writer, max(at_least, 2)))
        task = progress.add_task("Compacting", total=len(plan))
        after = 0
        for work in plan:
            after += _merge(writer, work)
            progress.advance(task)
        parts = [part for work in plan for part in work]
        return CompactReport(
            days=len(plan),
            files_before=sum(len(part.files) for part in parts),
            files_after=len(parts),
            bytes_before=sum(sum(part.files.values()) for part in parts),
            bytes_after=after,
        )


def _plan(writer: Writer, at_least: int) -> Iterator[_Work]:
    for folder, files in _folders(writer, EVENTS).items():
        if len(files) >= at_least:
            yield [_Part(folder, "event_time, origin", files)]
    envelopes = writer.storage.sizes(ENVELOPES)
    for folder, files in _folders(writer, QUARANTINE).items():
        if len(files) >= at_least:
            beside = {envelope_of(path): envelopes[envelope_of(path)] for path in files}
            yield [
                _Part(folder, "received_at, origin", files),
                _Part(envelope_of(folder), "origin", beside),
            ]


def _folders(writer: Writer, root: str) -> dict[str, dict[str, int]]:
    """The small, settled files of each day under a root."""
    streams = commits.read(writer.storage)
    found: dict[str, dict[str, int]] = {}
    for path, size in writer.storage.sizes(root).items():
        folder = path.rpartition("/")[0]
        if folder.startswith(f"{root}/dt=") and size < LARGE and writer.is_settled(path, streams):
            found.setdefault(folder, {})[path] = size
    return found


def _merge(writer: Writer, work: _Work) -> int:
    """One change of the lake; bytes of the new files."""
    seq = writer.next_seq()
    with writer.work() as (connection, scratch):
        new: dict[str, Path] = {}
        for number, part in enumerate(work):
            local = scratch / f"{number}.parquet"
            _write(connection, [writer.storage.url(path) for path in part.files], part, local)
            new[f"{part.folder}/{writer.stem(seq)}.parquet"] = local
        size = sum(local.stat().st_size for local in new.values())
        begun = Begun(seq, add=list(new), remove=[path for part in work for path in part.files])
        writer.replace(begun, new, Commit(seq=seq, work="compaction", at=days.now().isoformat()))
    return size


def _write(connection: duckdb.DuckDBPyConnection, urls: list[str], part: _Part, local: Path) -> None:
    sources = f"read_parquet([{', '.join(literal(url) for url in urls)}], hive_partitioning = false)"
    connection.execute(
        f"copy (select * from {sources} order by {part.order}) to {literal(str(local))} ({PARQUET})"
    )
    before = connection.execute(f"select count(*) from {sources}").fetchone()
    after = connection.execute(f"select count(*) from read_parquet({literal(str(local))})").fetchone()
    if before != after:
        raise StorageError(
            f"Compacting {part.folder} would change its rows from {before} to {after}.",
            "Nothing was changed.",
        )
