"""Spool records as columns: what one landing takes from the spool, ready for DuckDB.

A record becomes one row per event: the items of a Segment request, the lines of a log. What belongs to the
record as a whole stands in a second table, once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import accumulate
from typing import TYPE_CHECKING

import msgspec

from mallard.events.split import Envelope, split
from mallard.lake.commits import Ranges
from mallard.spool import DamageError, Record, Segment, read

if TYPE_CHECKING:
    import pyarrow as pa

BATCH_BYTES = 64 << 20
"""Bytes of record bodies that are landed at once; bounds the memory of a landing."""

DAMAGED = "damaged_record"
"""Quarantine reason of spool bytes that are no record any more."""

_DAMAGE_SHOWN = 4096
_CHUNK_ROWS = 60_000  # small enough for two threads to share a batch
_NUL = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")


class Items:
    """Events of one dialect: a row each, with the number of the record it came in."""

    def __init__(self) -> None:
        self.item: list[bytes] = []
        self.record: list[int] = []
        self.position: list[int] = []
        self.line_at: list[int] = []

    def __len__(self) -> int:
        return len(self.item)

    def add(self, number: int, items: list[bytes], line_at: Iterable[int] | None = None) -> None:
        self.item += items
        self.record += [number] * len(items)
        self.position += range(len(items))
        self.line_at += range(len(items)) if line_at is None else line_at

    def table(self) -> pa.Table:
        """item, record, position, line_at, and refusal where the bytes are no UTF-8."""
        import pyarrow as pa

        raw = pa.array(self.item, pa.binary())
        refusal = pa.nulls(len(raw), pa.string())
        try:
            item = raw.cast(pa.string())
        except pa.ArrowInvalid:
            item, refusal = self._decoded()
        table = pa.table(
            {
                "item": item,
                "refusal": refusal,
                "record": pa.array(self.record, pa.int32()),
                "position": pa.array(self.position, pa.int32()),
                "line_at": pa.array(self.line_at, pa.int64()),
            }
        )
        return pa.Table.from_batches(table.to_batches(max_chunksize=_CHUNK_ROWS), table.schema)

    def _decoded(self) -> tuple[pa.Array, pa.Array]:
        """The slow way, for a batch with bytes that are no text: those become escapes, and are refused."""
        import pyarrow as pa

        texts = [item.decode("utf-8", "backslashreplace") for item in self.item]
        refusals = [None if _is_text(item) else "malformed_json" for item in self.item]
        return pa.array(texts, pa.string()), pa.array(refusals, pa.string())


class Batch:
    """What one landing takes: its ranges of the spool and the rows in them."""

    def __init__(self) -> None:
        self.ranges: Ranges = {}
        self.size = 0
        self.requests = Items()
        self.lines = Items()
        self._records: list[tuple[str | int | None, ...]] = []

    def __len__(self) -> int:
        return len(self.requests) + len(self.lines)

    def add(self, segment: str, offset: int, end: int, record: Record) -> None:
        """Take the next record of a segment."""
        first, _ = self.ranges.get(segment, (offset, end))
        self.ranges[segment] = (first, end)
        self.size += len(record.body)
        place = f"{segment}@{offset:012d}"
        if record.kind == "lines":
            items = self.lines if record.dialect == "user_action" else self.requests
            self._add_lines(items, place, record)
        else:
            self._add_request(place, record)

    def _add_request(self, place: str, record: Record) -> None:
        if record.dialect == DAMAGED:
            envelope = Envelope([record.body], refusal=DAMAGED)
        elif record.kind == "piece":
            envelope = Envelope([record.body], refusal="too_large")
        else:
            envelope = split(_without_nul(record.body), record.kind)
        self.requests.add(len(self._records), envelope.items)
        self._note(place, record, envelope)

    def _add_lines(self, items: Items, place: str, record: Record) -> None:
        lines = _without_nul(record.body).split(b"\n")
        starts = accumulate((len(line) + 1 for line in lines), initial=0)
        kept = [(line, at) for line, at in zip(lines, starts, strict=False) if line and not line.isspace()]
        items.add(len(self._records), [line for line, _ in kept], [at for _, at in kept])
        self._note(place, record, Envelope())

    def _note(self, place: str, record: Record, envelope: Envelope) -> None:
        file, _, block = record.origin.rpartition("@")
        self._records.append(
            (
                len(self._records), place, record.kind, record.source, record.received_at, record.ip,
                record.user_agent, envelope.refusal or None, _context(envelope.context),
                _sent_at(envelope.sent_at), file, int(block) if block.isdigit() else 0,
            )
        )  # fmt: skip

    def records(self) -> pa.Table:
        """One row per record."""
        import pyarrow as pa

        names = (
            "record", "place", "kind", "source", "received_at", "ip", "user_agent", "body_refusal", "context",
            "sent_at", "file", "block_at",
        )  # fmt: skip
        numbers = {"record": pa.int32(), "received_at": pa.int64(), "block_at": pa.int64()}
        columns = list(zip(*self._records, strict=True)) or [()] * len(names)
        return pa.table(
            {
                name: pa.array(column, numbers.get(name, pa.string()))
                for name, column in zip(names, columns, strict=True)
            }
        )


def batches(
    segments: Iterable[Segment], positions: dict[str, int], limit: int = BATCH_BYTES
) -> Iterator[Batch]:
    """What lies behind the positions, in batches of about ``limit`` bytes of bodies."""
    batch = Batch()
    for segment in segments:
        for offset, end, record in entries(segment, positions.get(segment.name, 0)):
            batch.add(segment.name, offset, end, record)
            if batch.size >= limit:
                yield batch
                batch = Batch()
    if batch.ranges:
        yield batch


def exactly(segments: Iterable[Segment], ranges: Ranges) -> Batch:
    """The records of the given ranges; less where power loss has taken their tail."""
    batch = Batch()
    for segment in segments:
        first, last = ranges.get(segment.name, (0, 0))
        for offset, end, record in entries(segment, first) if last else ():
            if offset >= last:
                break
            batch.add(segment.name, offset, end, record)
    return batch


def entries(segment: Segment, start: int) -> Iterator[tuple[int, int, Record]]:
    """The records of a segment; a damaged stretch is one entry, and reading goes on behind it."""
    while True:
        try:
            for offset, end, record in read(segment, start):
                yield offset, end, record
                start = end
            return
        except DamageError as damage:
            yield damage.offset, damage.resume, _damaged(segment, damage)
            start = damage.resume


def _damaged(segment: Segment, damage: DamageError) -> Record:
    """What is left of records that cannot be read; a segment's number tells about when they came."""
    length = min(damage.resume - damage.offset, _DAMAGE_SHOWN)
    body = segment.content(damage.offset)[:length]
    return Record(DAMAGED, "", "spool", segment.number * 1_000_000, body)


def _without_nul(body: bytes) -> bytes:
    """A text column of a database takes no NUL: U+FFFD stands for it."""
    return _NUL.sub(rb"\1\\ufffd", body) if b"\\u0000" in body else body


def _is_text(item: bytes) -> bool:
    try:
        item.decode()
    except UnicodeDecodeError:
        return False
    return True


def _context(json: bytes) -> str | None:
    """The batch's context, where it can be merged with an event's; else kept as a text inside one."""
    if json in (b"", b"null"):
        return None
    try:
        msgspec.json.decode(json)
    except (msgspec.MsgspecError, RecursionError):
        return msgspec.json.encode({"unreadable": json.decode("utf-8", "backslashreplace")}).decode()
    return json.decode()


def _sent_at(json: bytes) -> str | None:
    try:
        value = msgspec.json.decode(json) if json else None
    except msgspec.MsgspecError:
        return None
    return str(value) if isinstance(value, str | int | float) else None
