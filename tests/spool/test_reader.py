"""The reader: whole records only, whatever happened to the bytes, and no sound record left out."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mallard.errors import SpoolError
from mallard.spool import DamageError, Record, Segment, SpoolWriter, read, segments
from mallard.spool.reader import parse
from tests.spool.samples import record, sound

RECORDS = [record(number, size) for number, size in enumerate((0, 30, 5, 80, 1))]


@pytest.fixture
def sealed(tmp_path: Path) -> Segment:
    """A sealed segment with RECORDS."""
    with SpoolWriter(tmp_path / "whole", "n1") as writer:
        writer.append(RECORDS)
    (segment,) = segments(tmp_path / "whole")
    return segment


def place(folder: Path, data: bytes, sealed: bool) -> Segment:
    """A segment with the given bytes."""
    folder.mkdir(exist_ok=True)
    path = folder / f"n1-0-0000000001.{'seg' if sealed else 'open'}"
    path.write_bytes(data)
    segment = parse(path)
    assert segment is not None
    return segment


def test_each_offset_is_a_place_to_go_on_from(sealed: Segment) -> None:
    frames = list(read(sealed))
    assert [found for _, _, found in frames] == RECORDS
    for place_, (offset, end, _) in enumerate(frames):
        assert [one for _, _, one in read(sealed, offset)] == RECORDS[place_:]
        assert [one for _, _, one in read(sealed, end)] == RECORDS[place_ + 1 :]


def test_an_offset_behind_the_end_yields_nothing(sealed: Segment) -> None:
    assert list(read(sealed, sealed.path.stat().st_size + 1000)) == []


def test_a_live_segment_cut_at_every_byte_holds_its_whole_records(sealed: Segment, tmp_path: Path) -> None:
    data = sealed.path.read_bytes()
    ends = [end for _, end, _ in read(sealed)]
    for cut in range(len(data) + 1):
        live = place(tmp_path / "cut", data[:cut], sealed=False)
        whole = sum(end <= cut for end in ends)
        assert [found for _, _, found in read(live)] == RECORDS[:whole], cut
        with SpoolWriter(tmp_path / "cut", "n1") as writer:  # repairs, seals and goes on
            writer.append([record(99)])
        first, second = segments(tmp_path / "cut")
        assert sound(first) == RECORDS[:whole], cut
        assert [found for _, _, found in read(first)] == RECORDS[:whole], "the repair left no damage"
        assert sound(second) == [record(99)]
        first.path.unlink()
        second.path.unlink()


def test_a_sealed_segment_cut_at_every_byte_tells_where(sealed: Segment, tmp_path: Path) -> None:
    data = sealed.path.read_bytes()
    ends = [end for _, end, _ in read(sealed)]
    for cut in range(9, len(data)):
        broken = place(tmp_path / "cut", data[:cut], sealed=True)
        whole = [end for end in ends if end <= cut]
        assert sound(broken) == RECORDS[: len(whole)], cut
        if cut in ends:
            continue
        with pytest.raises(DamageError) as caught:
            list(read(broken))
        assert (caught.value.offset, caught.value.resume) == (max(whole, default=8), cut)


@pytest.mark.parametrize("is_sealed", [True, False])
def test_a_flipped_bit_costs_at_most_its_own_record(sealed: Segment, tmp_path: Path, is_sealed: bool) -> None:
    data = sealed.path.read_bytes()
    starts = [start for start, _, _ in read(sealed)]
    for at in range(len(data)):
        flipped = bytearray(data)
        flipped[at] ^= 1 << (at % 8)
        broken = place(tmp_path / "flip", bytes(flipped), is_sealed)
        hit = sum(start <= at for start in starts) - 1  # -1: the file's header
        expected = RECORDS if hit < 0 else RECORDS[:hit] + RECORDS[hit + 1 :]
        assert sound(broken) == expected, at


def test_a_flipped_bit_in_a_live_segment_does_not_cut_what_follows(sealed: Segment, tmp_path: Path) -> None:
    data = bytearray(sealed.path.read_bytes())
    data[[start for start, _, _ in read(sealed)][1] + 20] ^= 4
    place(tmp_path / "flip", bytes(data), sealed=False)
    with SpoolWriter(tmp_path / "flip", "n1") as writer:
        assert writer.repairs[0].cut == 0
    (repaired,) = segments(tmp_path / "flip")
    assert sound(repaired) == [RECORDS[0], *RECORDS[2:]]


def test_a_body_that_holds_a_frame_stays_one_record(tmp_path: Path, sealed: Segment) -> None:
    smuggled = Record("user_action", "lines", "log", 1, sealed.path.read_bytes())
    with SpoolWriter(tmp_path / "in", "n1") as writer:
        writer.append([smuggled, record(1)])
    (segment,) = segments(tmp_path / "in")
    assert [found for _, _, found in read(segment)] == [smuggled, record(1)]


def test_zeros_behind_the_end_are_no_record(sealed: Segment, tmp_path: Path) -> None:
    """A file system may leave a stretch of zeros where power went before the data came."""
    live = place(tmp_path / "zeros", sealed.path.read_bytes() + bytes(4096), sealed=False)
    assert [found for _, _, found in read(live)] == RECORDS
    with SpoolWriter(tmp_path / "zeros", "n1") as writer:
        assert writer.repairs[0].cut == 4096


def test_reading_goes_on_under_the_new_name(tmp_path: Path) -> None:
    with SpoolWriter(tmp_path, "n1") as writer:
        writer.append(RECORDS)
        (live,) = segments(tmp_path)
    assert not live.sealed
    assert [found for _, _, found in read(live)] == RECORDS


def test_a_segment_that_is_gone_is_an_error(sealed: Segment) -> None:
    sealed.path.unlink()
    with pytest.raises(SpoolError, match="gone"):
        list(read(sealed))


def test_other_files_are_no_segments(tmp_path: Path) -> None:
    for name in ("n1-0.lock", "n1-0-1.seg", "notes.txt", "n1-0-0000000001.seg.gz", "N1-0-0000000001.seg"):
        (tmp_path / name).write_text("x")
    assert segments(tmp_path) == []
    assert segments(tmp_path / "nowhere") == []


def test_a_segment_seen_under_both_names_counts_once(tmp_path: Path) -> None:
    for kind in ("open", "seg"):
        (tmp_path / f"n1-0-0000000007.{kind}").write_bytes(b"")
    (found,) = segments(tmp_path)
    assert found.sealed


def test_order_is_by_number_not_by_text(tmp_path: Path) -> None:
    for name in ("a-10-0000000001", "a-2-0000000003", "a-2-0000000002", "b-0-0000000001"):
        (tmp_path / f"{name}.seg").write_bytes(b"")
    assert [one.name for one in segments(tmp_path)] == [
        "a-2-0000000002",
        "a-2-0000000003",
        "a-10-0000000001",
        "b-0-0000000001",
    ]


TEXT = st.text(max_size=30)
ANY_RECORD = st.builds(
    Record,
    dialect=st.sampled_from(["segment", "user_action"]),
    kind=TEXT,
    source=TEXT,
    received_at=st.integers(-(2**63), 2**63 - 1),
    body=st.binary(max_size=300),
    ip=TEXT,
    user_agent=TEXT,
    origin=TEXT,
)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(groups=st.lists(st.lists(ANY_RECORD, max_size=4), max_size=6), segment_bytes=st.integers(1, 2000))
def test_whatever_goes_in_comes_out(
    tmp_path_factory: pytest.TempPathFactory, groups: list[list[Record]], segment_bytes: int
) -> None:
    folder = tmp_path_factory.mktemp("spool")
    with SpoolWriter(folder, "n1", segment_bytes=segment_bytes) as writer:
        for group in groups:
            writer.append(group)
    found = [one for segment in segments(folder) for _, _, one in read(segment)]
    assert found == [one for group in groups for one in group]
