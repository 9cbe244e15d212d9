"""The writer: what was appended is there, in order, under names that are never used twice."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mallard.errors import LockedError, SpoolError
from mallard.spool import Record, SpoolFullError, SpoolWriter, recover, segments
from tests import disks
from tests.spool.samples import everything, record

ROOT = Path(__file__).parents[2]


def test_records_come_back_in_order(tmp_path: Path) -> None:
    sent = [record(number, size=number * 7) for number in range(50)]
    with SpoolWriter(tmp_path / "new" / "spool", "n1") as writer:
        for start in range(0, 50, 10):
            writer.append(sent[start : start + 10])
        assert everything(tmp_path / "new" / "spool") == sent  # while it is still open
    assert everything(tmp_path / "new" / "spool") == sent


def test_nothing_appended_makes_no_segment(tmp_path: Path) -> None:
    with SpoolWriter(tmp_path, "n1") as writer:
        writer.append([])
    assert segments(tmp_path) == []


def test_a_full_segment_is_sealed_and_the_next_begun(tmp_path: Path) -> None:
    with SpoolWriter(tmp_path, "n1", worker=3, segment_bytes=1000) as writer:
        for number in range(10):
            writer.append([record(number, size=400)])
        found = segments(tmp_path)
        assert [one.sealed for one in found] == [True] * (len(found) - 1) + [False]
    assert len(found) == 4  # 10 records of some 500 bytes, cut once 1,000 are reached
    assert [one.number for one in found] == sorted({one.number for one in found})
    assert all(one.name == f"n1-3-{one.number:010d}" for one in found)
    assert all(one.sealed for one in segments(tmp_path))


def test_numbers_are_not_used_again_after_removal(tmp_path: Path) -> None:
    with SpoolWriter(tmp_path, "n1", segment_bytes=1) as writer:
        for number in range(5):
            writer.append([record(number)])
    before = {one.name for one in segments(tmp_path)}
    last = max(one.number for one in segments(tmp_path))
    for one in segments(tmp_path):
        if one.number < last:
            one.path.unlink()
    with SpoolWriter(tmp_path, "n1") as writer:
        writer.append([record(9)])
    (new,) = [one for one in segments(tmp_path) if one.number > last]
    assert new.name not in before


def test_numbers_are_not_used_again_after_the_folder_was_cleared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for second, expected in ((0, 1_700_000_000), (1, 1_700_000_001)):
        monkeypatch.setenv("MALLARD_NOW", f"2023-11-14T22:13:2{second}+00:00")
        with SpoolWriter(tmp_path, "n1") as writer:
            writer.append([record(1)])
        (found,) = segments(tmp_path)
        assert found.number == expected
        found.path.unlink()


def test_one_writer_at_a_time(tmp_path: Path) -> None:
    with SpoolWriter(tmp_path, "n1"):
        with pytest.raises(LockedError, match="n1-0"):
            SpoolWriter(tmp_path, "n1")
        with SpoolWriter(tmp_path, "n1", worker=1), SpoolWriter(tmp_path, "n2"):
            pass  # another worker, another node
    with SpoolWriter(tmp_path, "n1"):
        pass  # free again


# A process of its own: a fork would inherit the locks of threads that other tests have started.
_DIE = """
import os, sys
from pathlib import Path
from mallard.spool import SpoolWriter
from tests.spool.samples import record

writer = SpoolWriter(Path(sys.argv[1]), "n1")
writer.append([record(1), record(2)])
os._exit(9)
"""


def _write_and_die(folder: Path) -> None:
    died = subprocess.run([sys.executable, "-c", _DIE, str(folder)], cwd=ROOT, timeout=60, check=False)
    assert died.returncode == 9


def test_what_a_dead_writer_left_is_sealed_by_the_next(tmp_path: Path) -> None:
    _write_and_die(tmp_path)
    (left,) = segments(tmp_path)
    assert not left.sealed
    whole = left.path.stat().st_size
    with left.path.open("ab") as file:
        file.write(b"\xf5\x00MDtorn")
    with SpoolWriter(tmp_path, "n1") as writer:
        (repair,) = writer.repairs
        assert (repair.segment, repair.kept, repair.cut) == (left.name, whole, 8)
        writer.append([record(3)])
    assert everything(tmp_path) == [record(1), record(2), record(3)]
    assert [one.sealed for one in segments(tmp_path)] == [True, True]


def test_recover_seals_the_dead_and_leaves_the_living(tmp_path: Path) -> None:
    _write_and_die(tmp_path)
    with SpoolWriter(tmp_path, "n1", worker=1) as living, SpoolWriter(tmp_path, "n2") as other:
        living.append([record(3)])
        other.append([record(4)])
        assert [one.segment for one in recover(tmp_path, "n1")] == [segments(tmp_path)[0].name]
        assert [(one.node, one.worker, one.sealed) for one in segments(tmp_path)] == [
            ("n1", 0, True),
            ("n1", 1, False),
            ("n2", 0, False),
        ]


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SpoolError, match="file"):
        SpoolWriter(tmp_path / "file" / "spool", "n1")


@pytest.mark.parametrize("gone", ["the segment", "the folder"])
def test_nothing_is_durable_in_a_segment_that_somebody_removed(tmp_path: Path, gone: str) -> None:
    folder = tmp_path / "spool"
    with SpoolWriter(folder, "n1") as writer:
        writer.append([record(1)])
        if gone == "the folder":
            shutil.rmtree(folder)
        else:
            segments(folder)[0].path.unlink()
        for number in (2, 3):
            with pytest.raises(SpoolError, match="nothing more is accepted"):
                writer.append([record(number)])


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    with disks.small_disk(tmp_path / "disk", 64) as disk:
        yield disk


@pytest.mark.parametrize("sizes", [(500, 500), (100, 9000)], ids=["small", "first fits, second does not"])
def test_a_full_disk_loses_nothing_and_passes(small_disk: Path, sizes: tuple[int, int]) -> None:
    ballast = small_disk / "ballast"
    ballast.write_bytes(b"x" * 30_000)
    kept: list[Record] = []
    with SpoolWriter(small_disk / "spool", "n1") as writer:

        def until_full() -> None:
            for _ in range(100):
                number = len(kept)
                group = [record(number, sizes[0]), record(number + 1, sizes[1])]
                writer.append(group)
                kept.extend(group)

        for _ in range(4):
            with pytest.raises(SpoolFullError):
                until_full()
            assert everything(small_disk / "spool") == kept
        before = len(kept)
        ballast.unlink()
        with pytest.raises(SpoolFullError):
            until_full()
        assert len(kept) > before, "it goes on when there is space again"
    assert everything(small_disk / "spool") == kept
