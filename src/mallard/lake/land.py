"""Landing: what the collector and the log follower have spooled becomes Parquet in the lake, exactly once.

A landing takes the spool in batches; while one is judged, the one before it is written and the one behind it
is read. Each batch is begun (its ranges are noted), written (one file per business day, named by the batch's
number) and committed. A batch that was begun by a landing that died is done again with the same ranges and
the same number, so that its files replace what stands there already. The lake alone says what has landed;
the state file is only told which days to build again.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from mallard import days
from mallard.ahead import ahead
from mallard.errors import StorageError
from mallard.lake import commits
from mallard.lake.batch import Taken, batches, exactly
from mallard.lake.commits import Begun, Commit, Ranges, Stream
from mallard.lake.heard import tell
from mallard.lake.retention import remove_landed
from mallard.lake.rows import EVENTS, QUARANTINE, Judged, Written, judged, write
from mallard.lake.stream import Writer, writing
from mallard.settings import Settings
from mallard.spool import LANDED, segments
from mallard.state import State


@dataclass(frozen=True)
class LandReport:
    """What a landing did. days: business days touched; files: Parquet files written."""

    received: int = 0
    landed: int = 0
    quarantined: int = 0
    days: tuple[date, ...] = ()
    files: int = 0
    seconds: float = 0.0


class _Work(NamedTuple):
    """One batch and its number. again: files of an earlier attempt may stand in the lake."""

    seq: int
    batch: Taken
    again: bool = False


@dataclass
class _Landing:
    """One run and what it has done so far."""

    writer: Writer
    done: list[Commit] = field(default_factory=list)
    files: int = 0

    def land(self, work: Iterator[_Work]) -> None:
        """Land one batch after the other, three of them in hand at any time: while one is judged, the one
        before it is written and committed, and the one behind it is read."""
        ready = ahead(work)
        first = next(ready, None)
        if first is None:
            return
        with self.writer.work() as (connection, folder), ThreadPoolExecutor(1) as other:
            before: Future[None] | None = None
            for seq, batch, again in chain([first], ready):
                place = folder / str(seq)
                found = judged(connection, batch, self.writer.settings, seq, self.writer.stream, place)
                if before is not None:
                    before.result()
                before = other.submit(self._finish, seq, batch.ranges, batch.received, found, place, again)
                del batch, found
            if before is not None:
                before.result()

    def _finish(
        self, seq: int, ranges: Ranges, received: int, found: Judged, folder: Path, again: bool
    ) -> None:
        """Begin, write and commit."""
        writer = self.writer
        begun = Begun(seq, ranges)
        if not again:
            commits.begin(writer.storage, writer.stream, begun)
        written = write(found, folder, writer.stem(seq))
        for path, local in written.files.items():
            writer.storage.put_file(local, path)
        shutil.rmtree(folder, ignore_errors=True)
        if again:
            self._remove_others(writer.stem(seq), set(written.files))
        done = _commit(begun, received, written)
        commits.commit(writer.storage, writer.stream, begun, done)
        self.done.append(done)
        self.files += len(written.files)

    def _remove_others(self, stem: str, written: set[str]) -> None:
        """What an attempt under other settings (another time zone, other limits) put elsewhere."""
        storage = self.writer.storage
        for path in (*storage.list(EVENTS), *storage.list(QUARANTINE)):
            if stem in path.rpartition("/")[2] and path.endswith(".parquet") and path not in written:
                storage.delete(path)


def land(settings: Settings, state: State) -> LandReport:
    """Land everything the spool holds now. LockedError while another landing is under way."""
    started = time.perf_counter()
    with writing(settings, state) as (writer, left), state.run("land") as detail:
        run = _Landing(writer)
        spooled = segments(settings.spool_path)
        run.land(_Work(begun.seq, exactly(spooled, begun.ranges), again=True) for begun in left)
        streams = commits.read(writer.storage)
        positions = streams.get(writer.stream, Stream()).history.positions
        seq = commits.next_seq(streams.values())
        found = batches(segments(settings.spool_path), positions)
        run.land(_Work(seq + number, batch) for number, batch in enumerate(found))
        touched = tell(writer.storage, state)
        _tidy(writer, state)
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


def _commit(begun: Begun, received: int, written: Written) -> Commit:
    """The account of a batch, which must add up."""
    done = Commit(
        seq=begun.seq, work="landing", at=days.now().isoformat(), ranges=begun.ranges, days=written.days,
        arrivals=written.arrivals, set_aside=written.set_aside, received=received,
        landed=sum(written.days.values()), quarantined=sum(written.set_aside.values()),
    )  # fmt: skip
    if done.received != done.landed + done.quarantined:
        raise StorageError(
            f"Landing {begun.seq} does not add up: {done.received} received, {done.landed} landed,"
            f" {done.quarantined} quarantined.",
            "Nothing was committed. This is a fault of Mallard; please report it.",
        )
    return done


def _tidy(writer: Writer, state: State) -> None:
    """Forget what is of no more use (commits, segments) and leave word how far the spool is landed."""
    found = commits.read(writer.storage).get(writer.stream)
    if found is None:
        return
    remove_landed(writer.settings, found.history.positions)
    kept = [one.name for one in segments(writer.settings.spool_path)]
    state.put(LANDED, {name: end for name, end in found.history.positions.items() if name in kept})
    commits.fold(writer.storage, writer.stream, kept)
    writer.storage.sweep()
