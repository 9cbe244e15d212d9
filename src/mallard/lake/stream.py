"""The one hand that changes the events of a lake for a project: its stream of the commit log."""

from __future__ import annotations

import os
import re
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mallard import days
from mallard.errors import StorageError
from mallard.lake import commits
from mallard.lake.commits import Begun, Commit, Stream
from mallard.lake.heard import notice_loss
from mallard.lake.session import session
from mallard.settings import Settings
from mallard.spool.writer import make_folder, sync_folder
from mallard.state import State
from mallard.storage import Storage, open_storage

if TYPE_CHECKING:
    import duckdb


_FILE = re.compile(r"(?P<stream>[a-z0-9]+-[0-9a-f]{8})-(?P<seq>\d{12})(-\d+)?\.parquet")


@dataclass(frozen=True)
class Writer:
    """Where a project writes events: the lake, its stream, and a scratch folder of its own."""

    settings: Settings
    storage: Storage
    stream: str
    scratch: Path

    def next_seq(self) -> int:
        return commits.next_seq(commits.read(self.storage).values())

    def is_settled(self, path: str, streams: dict[str, Stream]) -> bool:
        """Whether a file belongs to a committed change, of whichever stream; others are being written."""
        named = _FILE.fullmatch(path.rpartition("/")[2])
        if named is None or named["stream"] not in streams:
            return False
        stream, seq = streams[named["stream"]], int(named["seq"])
        return seq <= stream.history.seq and seq not in {begun.seq for begun in stream.begun}

    def stem(self, seq: int) -> str:
        """Name of the files that a change writes, without their ending."""
        return f"{self.stream}-{seq:012d}"

    @contextmanager
    def work(self) -> Iterator[tuple[duckdb.DuckDBPyConnection, Path]]:
        """A DuckDB connection and an empty folder for new files; both are gone afterwards."""
        shutil.rmtree(self.scratch, ignore_errors=True)
        (self.scratch / "files").mkdir(parents=True)
        try:
            with session(self.storage, self.scratch / "spill") as connection:
                yield connection, self.scratch / "files"
        finally:
            shutil.rmtree(self.scratch, ignore_errors=True)

    def replace(self, begun: Begun, files: dict[str, Path], done: Commit) -> None:
        """Put new files in the place of others, as one change."""
        commits.begin(self.storage, self.stream, begun)
        for path, local in files.items():
            self.storage.put_file(local, path)
        commits.commit(self.storage, self.stream, begun, done)


@contextmanager
def writing(settings: Settings, state: State) -> Iterator[tuple[Writer, list[Begun]]]:
    """The project's writer, alone, with what died on the way made good; the landings left to do again."""
    with state.lease("land"):
        storage = open_storage(settings)
        writer = Writer(settings, storage, _stream_name(settings), settings.path("data/landing"))
        streams = commits.read(storage)
        notice_loss(streams, state, days.today(settings.shop.timezone))
        yield writer, commits.settle(storage, writer.stream, streams.get(writer.stream, Stream()))


def _stream_name(settings: Settings) -> str:
    """Node and a name of the spool's own: two spools never share a stream, even under one node's name."""
    path = settings.spool_path / "spool.id"
    try:
        make_folder(path.parent)
        if not path.exists():
            _write_durably(path, uuid.uuid4().hex[:8])
        sync_folder(path.parent)  # a name that power loss takes would land everything again under another
        return f"{settings.collect.node}-{path.read_text().strip()}"
    except OSError as broken:
        raise StorageError(f"{path} cannot be used: {broken}.", "Check the spool's folder.") from broken


def _write_durably(path: Path, text: str) -> None:
    aside = path.with_suffix(".tmp")
    with aside.open("w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)
