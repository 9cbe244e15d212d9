"""Group commit: many requests, few fdatasyncs, and no answer before its own."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path

import pytest

from mallard.collect import commit
from mallard.collect.answers import Refusal
from mallard.collect.commit import Committer
from mallard.errors import SpoolError
from mallard.spool import Record, SpoolFullError, SpoolWriter, read, segments


def record(number: int, size: int = 0) -> Record:
    return Record("segment", "track", "web", number, b"x" * size)


def stored(folder: Path) -> list[int]:
    return [one.received_at for segment in segments(folder) for _, _, one in read(segment)]


def test_requests_share_a_commit(tmp_path: Path) -> None:
    groups: list[int] = []

    async def many() -> None:
        committer = Committer(SpoolWriter(tmp_path, "n1"), 0.005, lambda _, size: groups.append(size))

        async def one(number: int) -> None:
            await committer.keep(record(number))
            assert number in stored(tmp_path), "durable before the answer"

        await asyncio.gather(*(one(number) for number in range(200)))
        await committer.close()

    asyncio.run(many())
    assert sorted(stored(tmp_path)) == list(range(200))
    assert sum(groups) == 200
    assert len(groups) < 20


def test_a_lone_request_waits_for_nobody(tmp_path: Path) -> None:
    async def lone() -> None:
        committer = Committer(SpoolWriter(tmp_path, "n1"), 3600.0, lambda *_: None)
        async with asyncio.timeout(60):
            await committer.keep(record(1))
            await committer.close()

    asyncio.run(lone())
    assert stored(tmp_path) == [1]


def test_closing_brings_what_waits_to_the_disk(tmp_path: Path) -> None:
    async def closing() -> None:
        committer = Committer(SpoolWriter(tmp_path, "n1"), 0.05, lambda *_: None)
        waiting = [asyncio.create_task(committer.keep(record(number))) for number in range(50)]
        await asyncio.sleep(0)
        await committer.close()
        assert all(task.done() for task in waiting)

    asyncio.run(closing())
    assert sorted(stored(tmp_path)) == list(range(50))
    assert [segment.sealed for segment in segments(tmp_path)] == [True]


def test_a_sender_that_gives_up_harms_no_other(tmp_path: Path) -> None:
    async def giving_up() -> None:
        committer = Committer(SpoolWriter(tmp_path, "n1"), 0.01, lambda *_: None)
        await committer.keep(record(0))
        tasks = [asyncio.create_task(committer.keep(record(number))) for number in (1, 2, 3)]
        await asyncio.sleep(0)
        tasks[1].cancel()
        await asyncio.gather(tasks[0], tasks[2])
        await committer.close()

    asyncio.run(giving_up())
    assert {0, 1, 3} <= set(stored(tmp_path))


class Failing(SpoolWriter):
    """A writer that fails in a given way; the real failures are made in tests/faults."""

    def __init__(self, folder: Path, failures: list[SpoolError]) -> None:
        super().__init__(folder, "n1")
        self._failures = failures

    def append(self, records: Iterable[Record]) -> None:
        if self._failures:
            raise self._failures.pop(0)
        super().append(records)


@pytest.mark.parametrize(
    ("failure", "code"), [(SpoolFullError("full"), "disk_full"), (SpoolError("broken"), "spool_failed")]
)
def test_everybody_in_a_failed_group_is_told_to_come_back(
    tmp_path: Path, failure: SpoolError, code: str
) -> None:
    async def failing() -> None:
        committer = Committer(Failing(tmp_path, [failure]), 0.0, lambda *_: None)
        told = await asyncio.gather(
            *(committer.keep(record(number)) for number in range(5)), return_exceptions=True
        )
        for one in told:
            assert isinstance(one, Refusal)
            assert (one.status, one.code) == (503, code)
            assert one.retry_after is not None
        await committer.keep(record(9))  # the next group is a new try
        await committer.close()

    asyncio.run(failing())
    assert stored(tmp_path) == [9]


def test_nobody_waits_for_ever_for_what_was_not_foreseen(tmp_path: Path) -> None:
    def observe(seconds: float, requests: int) -> None:
        raise MemoryError

    async def failing() -> None:
        committer = Committer(SpoolWriter(tmp_path, "n1"), 0.0, observe)
        async with asyncio.timeout(60):
            for number in range(2):
                with pytest.raises(MemoryError):
                    await committer.keep(record(number))
            await committer.close()

    asyncio.run(failing())


def test_what_waits_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commit, "MAX_WAITING_BYTES", 1000)

    async def crowd() -> list[object]:
        committer = Committer(SpoolWriter(tmp_path, "n1"), 0.0, lambda *_: None)
        told = await asyncio.gather(
            *(committer.keep(record(number, 300)) for number in range(5)), return_exceptions=True
        )
        await committer.keep(record(9, 300))
        await committer.close()
        return list(told)

    told = asyncio.run(crowd())
    refused = [one for one in told if isinstance(one, Refusal)]
    assert [one.code for one in refused] == ["queue_full"] * 2
    assert sorted(stored(tmp_path)) == [0, 1, 2, 9]
