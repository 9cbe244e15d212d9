"""Looking at the lake: how much there is, and whether everything committed can be read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mallard.errors import said
from mallard.lake import commits
from mallard.lake.commits import Stream
from mallard.lake.rows import ENVELOPES, EVENTS, QUARANTINE
from mallard.lake.session import literal, session
from mallard.settings import Settings
from mallard.storage import Storage, open_storage

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True)
class TableStats:
    """One table of the lake. days: its partitions, ISO dates."""

    table: str
    files: int
    bytes: int
    rows: int
    days: int
    first_day: str
    last_day: str


@dataclass(frozen=True)
class VerifyReport:
    """What was read, and what is wrong: one sentence each, none where all is well."""

    files: int
    rows: int
    days: int
    problems: tuple[str, ...]


def stats(settings: Settings) -> list[TableStats]:
    """Every table of the lake, by name."""
    storage = open_storage(settings)
    tables: dict[str, dict[str, int]] = {}
    for path, size in storage.sizes().items():
        table, _, rest = path.rpartition("/")[0].rpartition("/")
        if path.endswith(".parquet") and "=" in rest and "/_" not in table:
            tables.setdefault(table, {})[path] = size
    with session(storage, settings.path("data/spill")) as connection:
        return [_table_stats(storage, connection, table, files) for table, files in sorted(tables.items())]


def _table_stats(
    storage: Storage, connection: duckdb.DuckDBPyConnection, table: str, files: dict[str, int]
) -> TableStats:
    urls = ", ".join(literal(storage.url(path)) for path in files)
    rows = connection.execute(f"select sum(num_rows)::bigint from parquet_file_metadata([{urls}])").fetchone()
    days = sorted({path.rpartition("/")[0].rpartition("=")[2] for path in files})
    return TableStats(
        table, len(files), sum(files.values()), rows[0] if rows else 0, len(days), days[0], days[-1]
    )


def verify(settings: Settings) -> VerifyReport:
    """Read every file; compare the events and their quarantine with the commit log."""
    storage = open_storage(settings)
    streams = commits.read(storage)
    found = _Reading(storage)
    with session(storage, settings.path("data/spill")) as connection:
        for root in (EVENTS, QUARANTINE):
            found.read(connection, root)
        found.read_shop(connection)
    histories = [stream.history for stream in streams.values()]
    problems = [
        *found.problems,
        *_differences("events", found.rows[EVENTS], [history.days for history in histories]),
        *_differences("quarantine", found.rows[QUARANTINE], [history.set_aside for history in histories]),
        *_open_ends(streams),
    ]
    rows = sum(sum(days.values()) for days in found.rows.values()) + found.shop_rows
    return VerifyReport(found.files, rows, len(found.rows[EVENTS]), tuple(problems))


class _Reading:
    """Rows by day under each root, from reading all columns of all files."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self.files = 0
        self.shop_rows = 0
        self.rows: dict[str, Counter[str]] = {EVENTS: Counter(), QUARANTINE: Counter()}
        self.problems: list[str] = []

    def read(self, connection: duckdb.DuckDBPyConnection, root: str) -> None:
        for path in self._files(root):
            if path.startswith(ENVELOPES):
                continue
            day = path.split("/dt=")[1].partition("/")[0]
            rows, distinct = self._open(connection, path, "count(distinct (landed_seq, origin))")
            self.rows[root][day] += rows
            if rows != distinct:
                self.problems.append(f"{self._storage.url(path)} holds {rows - distinct} rows twice.")

    def read_shop(self, connection: duckdb.DuckDBPyConnection) -> None:
        """The shop's tables and what was set aside of them; their rows are counted by no commit."""
        for path in (*self._files("ods"), *self._files("quarantine")):
            if not path.startswith((f"{EVENTS}/", f"{QUARANTINE}/")):
                rows, _ = self._open(connection, path, "0")
                self.shop_rows += rows

    def _files(self, root: str) -> Iterator[str]:
        return (path for path in self._storage.list(root) if path.endswith(".parquet"))

    def _open(self, connection: duckdb.DuckDBPyConnection, path: str, distinct: str) -> tuple[int, int]:
        """Rows of a file, and what else was asked; every value of every column is read."""
        import duckdb

        self.files += 1
        url = self._storage.url(path)
        query = f"select count(*), {distinct}, max(hash(columns(*))) from read_parquet({literal(url)})"
        try:
            row = connection.execute(query).fetchone()
        except duckdb.Error as broken:
            self.problems.append(f"{url} cannot be read: {said(broken)}.")
            return 0, 0
        return (row[0], row[1]) if row else (0, 0)


def _differences(what: str, rows: Counter[str], committed: list[dict[str, int]]) -> Iterator[str]:
    expected: Counter[str] = Counter()
    for days in committed:
        expected.update(days)
    for day in sorted({*rows, *expected}):
        if rows[day] != expected[day]:
            yield f"{what} of {day}: {rows[day]:,} rows are there, {expected[day]:,} were committed."


def _open_ends(streams: dict[str, Stream]) -> Iterator[str]:
    for name, stream in sorted(streams.items()):
        history = stream.history
        if history.received != history.landed + history.quarantined:
            yield (
                f"{name}: {history.received:,} received is not {history.landed:,} landed"
                f" + {history.quarantined:,} quarantined."
            )
        for begun in (*stream.begun, *stream.unfinished):
            yield f"{name}: change {begun.seq} was begun and not finished; the next landing makes it good."
