"""Landing: what the collector and the log follower have spooled becomes Parquet in the lake, exactly once.

A landing takes the spool in batches. Each batch is begun (its ranges are noted), written (one file per
business day, named by the batch's number) and committed. A batch that was begun by a landing that died is
done again with the same ranges and the same number, so that its files replace what stands there already.
The lake alone says what has landed; the state file is only told which days to build again.
"""

from __future__ import annotations

import os
import shutil
import time
import uuid
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from mallard import days
from mallard.errors import StorageError
from mallard.lake import commits
from mallard.lake.batch import Batch, batches, exactly
from mallard.lake.commits import Begun, Commit, Stream
from mallard.lake.retention import remove_landed
from mallard.lake.rows import EVENTS, QUARANTINE, Written, write
from mallard.lake.session import session
from mallard.settings import Settings
from mallard.spool import segments
from mallard.state import State
from mallard.storage import Storage, open_storage

_SEEN = "lake.seen"


@dataclass(frozen=True)
class LandReport:
    """What a landing did. days: business days touched; files: Parquet files written."""

    received: int = 0
    landed: int = 0
    quarantined: int = 0
    days: tuple[date, ...] = ()
    files: int = 0
    seconds: float = 0.0


@dataclass
class _Landing:
    """One run: where it reads, where it writes, and what it has done so far."""

    settings: Settings
    storage: Storage
    stream: str
    scratch: Path
    done: list[Commit] = field(default_factory=list)
    files: int = 0

    def land(self, batch: Batch, seq: int, again: bool = False) -> None:
        """Begin, write and commit one batch. again: files of an earlier attempt may stand in the lake."""
        if not again:
            commits.begin(self.storage, self.stream, Begun(seq, batch.ranges))
        stem = f"{self.stream}-{seq:012d}"
        written = self._write(batch, stem, seq)
        for path, local in written.files.items():
            self.storage.put_file(local, path)
        if again:
            self._remove_others(stem, set(written.files))
        shutil.rmtree(self.scratch, ignore_errors=True)
        self._commit(batch, seq, written)

    def _write(self, batch: Batch, stem: str, seq: int) -> Written:
        shutil.rmtree(self.scratch, ignore_errors=True)
        self.scratch.mkdir(parents=True)
        with session(self.storage, self.scratch / "spill") as connection:
            return write(connection, batch, self.settings, stem, seq, self.stream, self.scratch / "files")

    def _remove_others(self, stem: str, written: set[str]) -> None:
        """What an attempt under other settings (another time zone, other limits) put elsewhere."""
        for path in (*self.storage.list(EVENTS), *self.storage.list(QUARANTINE)):
            if stem in path.rpartition("/")[2] and path.endswith(".parquet") and path not in written:
                self.storage.delete(path)

    def _commit(self, batch: Batch, seq: int, written: Written) -> None:
        done = Commit(
            seq=seq, work="landing", at=days.now().isoformat(), ranges=batch.ranges, days=written.days,
            arrivals=written.arrivals, set_aside=written.set_aside, received=len(batch),
            landed=sum(written.days.values()), quarantined=sum(written.set_aside.values()),
        )  # fmt: skip
        if done.received != done.landed + done.quarantined:
            raise StorageError(
                f"Landing {seq} does not add up: {done.received} received, {done.landed} landed,"
                f" {done.quarantined} quarantined.",
                "Nothing was committed. This is a fault of Mallard; please report it.",
            )
        commits.commit(self.storage, self.stream, done)
        self.done.append(done)
        self.files += len(written.files)


def land(settings: Settings, state: State) -> LandReport:
    """Land everything the spool holds now. LockedError while another landing is under way."""
    with state.lease("land"), state.run("land") as detail:
        started = time.perf_counter()
        storage = open_storage(settings)
        stream = _stream_name(settings)
        run = _Landing(settings, storage, stream, settings.path("data/landing"))
        streams = commits.read(storage)
        if stream in streams:
            _finish_begun(run, streams[stream])
            streams = commits.read(storage) if run.done else streams
        _land_new(run, streams)
        touched = tell(storage, state)
        _tidy(run)
        report = LandReport(
            received=sum(done.received for done in run.done),
            landed=sum(done.landed for done in run.done),
            quarantined=sum(done.quarantined for done in run.done),
            days=tuple(sorted(touched)),
            files=run.files,
            seconds=time.perf_counter() - started,
        )
        detail.update(received=report.received, landed=report.landed, quarantined=report.quarantined)
        return report


def tell(storage: Storage, state: State) -> set[date]:
    """Note the days of every commit that this state file has not heard of, of all streams."""
    seen = dict(state.get(_SEEN, {}))
    touched: set[date] = set()
    with state.transaction():
        for name, stream in commits.read(storage).items():
            for subject, last in stream.history.touched.items():
                fresh = {date.fromisoformat(day) for day, seq in last.items() if seq > seen.get(name, 0)}
                state.touch(subject, fresh)
                touched |= fresh
            seen[name] = stream.history.seq
        state.put(_SEEN, seen)
    return touched


def _finish_begun(run: _Landing, stream: Stream) -> None:
    for begun in stream.begun:
        run.land(exactly(segments(run.settings.spool_path), begun.ranges), begun.seq, again=True)


def _land_new(run: _Landing, streams: dict[str, Stream]) -> None:
    known = streams.get(run.stream)
    positions = known.history.positions if known else {}
    seq = commits.next_seq(streams.values())
    for number, batch in enumerate(batches(segments(run.settings.spool_path), positions)):
        run.land(batch, seq + number)


def _tidy(run: _Landing) -> None:
    """Forget what is of no more use: folded commits, old spool segments."""
    found = commits.read(run.storage).get(run.stream)
    if found is None:
        return
    remove_landed(run.settings, found.history.positions)
    commits.fold(run.storage, run.stream, kept=[one.name for one in segments(run.settings.spool_path)])


def _stream_name(settings: Settings) -> str:
    """Node and a name of the spool's own: two spools never share a stream, even under one node's name."""
    path = settings.spool_path / "spool.id"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            _write_once(path, uuid.uuid4().hex[:8])
        return f"{settings.collect.node}-{path.read_text().strip()}"
    except OSError as broken:
        raise StorageError(f"{path} cannot be used: {broken}.", "Check the spool's folder.") from broken


def _write_once(path: Path, text: str) -> None:
    aside = path.with_suffix(".tmp")
    with aside.open("w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)
