"""A segment is read in short pieces; what comes out does not depend on where they end."""

from __future__ import annotations

from pathlib import Path

import pytest

from mallard.spool import DamageError, Record, Segment, SpoolWriter, read, reader, segments

BODIES = [b"", b"a", b"b" * 700, b"c" * 40, b"d" * 3000, b"e"]


@pytest.fixture
def segment(tmp_path: Path) -> Segment:
    with SpoolWriter(tmp_path, "node1") as writer:
        writer.append([Record("user_action", "lines", "log", 1, body) for body in BODIES])
    (sealed,) = segments(tmp_path)
    return sealed


@pytest.mark.parametrize("window", [12, 13, 64, 1000, 4096])
def test_every_record_comes_out_once_with_its_place(
    segment: Segment, window: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = list(read(segment))
    monkeypatch.setattr(reader, "_WINDOW", window)
    assert list(read(segment)) == whole
    assert [record.body for _, _, record in whole] == BODIES
    for offset, _, record in whole:
        assert next(read(segment, offset))[2] == record


@pytest.mark.parametrize("window", [12, 64, 1000])
def test_damage_is_told_alike(segment: Segment, window: int, monkeypatch: pytest.MonkeyPatch) -> None:
    offset, end, _ = list(read(segment))[2]
    data = bytearray(segment.path.read_bytes())
    data[offset + 400] ^= 0xFF
    segment.path.write_bytes(data)
    monkeypatch.setattr(reader, "_WINDOW", window)
    found = []
    with pytest.raises(DamageError) as damage:
        found += [record.body for _, _, record in read(segment)]
    assert (damage.value.offset, damage.value.resume) == (offset, end)
    assert [record.body for _, _, record in read(segment, damage.value.resume)] == BODIES[3:]


@pytest.mark.parametrize("window", [12, 64, 1000])
def test_a_half_written_last_record_waits(
    segment: Segment, window: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    *_, (offset, end, _) = read(segment)
    live = segment.path.with_suffix(".open")
    live.write_bytes(segment.path.read_bytes()[: end - 1])
    segment.path.unlink()
    (growing,) = segments(live.parent)
    monkeypatch.setattr(reader, "_WINDOW", window)
    assert [record.body for _, _, record in read(growing)] == BODIES[:-1]
    assert list(read(growing, offset)) == []
