"""Many small files of a day become one: events sorted by time, versions of the shop's rows by import and key.

No build and no import runs meanwhile, and what a compaction that died has left is mended before the next one,
so none of them sees a file go or a row twice; another reader may, for a moment, see rows both in the new file
and in the old ones (they agree in landed_seq and origin, or in key and load_seq).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mallard import days, reporting
from mallard.contract import TABLES, is_one_import
from mallard.errors import LockedError, StorageError
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
    """Files of one folder that become one. numbered: the column of the import's number, in a shop table."""

    folder: str
    order: str
    files: dict[str, int]
    numbered: str | None = None


_Work = list[_Part]
"""What changes together: a day of a table, or a day of quarantine with its envelopes."""


def compact(settings: Settings, state: State, at_least: int = 2) -> CompactReport:
    """Merge the small files of every day that has at least so many.

    LockedError during a landing, an import or a build.
    """
    with (
        state.lease("build"),
        state.lease("import"),
        writing(settings, state) as (writer, _),
        reporting.progress() as progress,
    ):
        plan = [work for work in _plan(writer) if len(work[0].files) >= max(at_least, 2)]
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


def mend(settings: Settings, state: State) -> None:
    """Make good what a compaction, a replay or a forgetting that died has left, before anyone reads.

    Where somebody is at work on the lake, that has just been done.
    """
    with suppress(LockedError), writing(settings, state):
        return


def _plan(writer: Writer) -> Iterator[_Work]:
    for folder, files in _folders(writer, EVENTS, "dt").items():
        yield [_Part(folder, "event_time, origin", files)]
    envelopes = writer.storage.sizes(ENVELOPES)
    for folder, files in _folders(writer, QUARANTINE, "dt").items():
        beside = {envelope_of(path): envelopes[envelope_of(path)] for path in files}
        yield [
            _Part(folder, "received_at, origin", files),
            _Part(envelope_of(folder), "origin", beside),
        ]
    for table in TABLES.values():
        order = ", ".join(f'"{name}"' for name in ("load_seq", *table.key))
        for folder, files in _folders(writer, f"ods/{table.name}", "loaded").items():
            yield [_Part(folder, order, files, "load_seq")]
        for folder, files in _folders(writer, f"quarantine/{table.name}", "dt").items():
            yield [_Part(folder, "received_at, origin", files, "landed_seq")]


def _folders(writer: Writer, root: str, day: str) -> dict[str, dict[str, int]]:
    """The small, settled files of each day under a root. What an import has put is whole at once."""
    streams = commits.read(writer.storage)
    found: dict[str, dict[str, int]] = {}
    for path, size in writer.storage.sizes(root).items():
        folder = path.rpartition("/")[0]
        settled = is_one_import(path) or writer.is_settled(path, streams)
        if folder.startswith(f"{root}/{day}=") and size < LARGE and settled:
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
            new[f"{part.folder}/{writer.stem(seq)}{_numbered(connection, part, local)}.parquet"] = local
        size = sum(local.stat().st_size for local in new.values())
        begun = Begun(seq, add=list(new), remove=[path for part in work for path in part.files])
        writer.replace(begun, new, Commit(seq=seq, work="compaction", at=days.now().isoformat()))
    return size


def _numbered(connection: duckdb.DuckDBPyConnection, part: _Part, local: Path) -> str:
    """How the name of a shop table's file ends: with the greatest import in it, which an import looks for."""
    if part.numbered is None:
        return ""
    row = connection.execute(f"select max({part.numbered}) from {literal(str(local))}").fetchone()
    return f"-{row[0]:08d}" if row else ""


def _write(connection: duckdb.DuckDBPyConnection, urls: list[str], part: _Part, local: Path) -> None:
    sources = (
        f"read_parquet([{', '.join(map(literal, urls))}], hive_partitioning = false, union_by_name = true)"
    )
    written = f"read_parquet({literal(str(local))}, hive_partitioning = false)"
    connection.execute(
        f"copy (select * from {sources} order by {part.order}) to {literal(str(local))} ({PARQUET})"
    )
    before, after = (
        connection.execute(f"select count(*), sum(hash(rows)::hugeint) from {source} rows").fetchone()
        for source in (sources, written)
    )
    if before != after:
        raise StorageError(
            f"Compacting {part.folder} would change its rows: (count, checksum) {before} would be {after}.",
            "Nothing was changed.",
        )
