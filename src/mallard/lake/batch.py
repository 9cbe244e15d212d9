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
_BLANK = 64
_CHUNK_ROWS = 60_000  # small enough for two threads to share a batch
_NUL = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")


class Items:
    """The events of requests: a row each, with the number of the record it came in and its place there."""

    def __init__(self) -> None:
        self._item: list[bytes] = []
        self._record: list[int] = []
        self._position: list[int] = []
        self._malformed: list[int] = []

    def __len__(self) -> int:
        return len(self._item)

    def add(self, number: int, items: list[bytes], malformed: Iterable[int] = ()) -> None:
        """malformed: which of the items are no JSON by the letter, whatever DuckDB makes of them."""
        self._malformed += [len(self._item) + place for place in malformed]
        self._item += items
        self._record += [number] * len(items)
        self._position += range(len(items))

    def table(self) -> pa.Table:
        """record, position, item, and refusal where the bytes are no UTF-8."""
        import pyarrow as pa

        return _table(
            pa.array(self._record, pa.int32()),
            pa.array(self._position, pa.int64()),
            pa.array(self._item, pa.binary()),
            self._malformed,
        )


class Lines:
    """Lines of log files: a row each that is not blank, with its byte offset in the record's body."""

    def __init__(self) -> None:
        self._body: list[bytes] = []
        self._record: list[int] = []
        self._table: pa.Table | None = None

    def __len__(self) -> int:
        return int(self.table().num_rows)

    def add(self, number: int, body: bytes) -> None:
        self._body.append(body.removesuffix(b"\n"))
        self._record.append(number)

    def table(self) -> pa.Table:
        """record, position, item, and refusal where the bytes are no UTF-8."""
        if self._table is None:
            self._table = self._split()
        return self._table

    def _split(self) -> pa.Table:
        import pyarrow as pa
        import pyarrow.compute as pc

        lines = pc.split_pattern(pa.array(self._body, pa.binary()), b"\n")
        item, parent = lines.flatten(), pc.list_parent_indices(lines)
        behind = pc.cumulative_sum(pc.add(pc.binary_length(item), 1))
        start = pc.subtract(behind, pc.add(pc.binary_length(item), 1))
        of_body = pa.array(accumulate((len(body) + 1 for body in self._body), initial=0), pa.int64())
        position = pc.subtract(start, of_body.take(parent))
        record = pa.array(self._record, pa.int32()).take(parent)
        table = _table(record, position, item, [])
        return _without_blanks(table)


def _without_blanks(table: pa.Table) -> pa.Table:
    """Only short lines are looked at closely: a long blank one is as good as any other nonsense."""
    import pyarrow.compute as pc

    long = pc.greater_equal(pc.binary_length(table["item"]), _BLANK)
    if pc.all(long).as_py():
        return table
    return table.filter(pc.or_(long, pc.not_equal(pc.ascii_trim_whitespace(table["item"]), "")))


def _table(record: pa.Array, position: pa.Array, raw: pa.Array, malformed: list[int]) -> pa.Table:
    import pyarrow as pa

    refused = set(malformed)
    try:
        item = raw.cast(pa.string())
    except pa.ArrowInvalid:  # bytes that are no text become escapes, and are refused
        came = raw.to_pylist()
        item = pa.array([one.decode("utf-8", "backslashreplace") for one in came], pa.string())
        refused |= {place for place, one in enumerate(came) if not _is_text(one)}
    refusal = pa.nulls(len(raw), pa.string())
    if refused:
        reasons = ["malformed_json" if place in refused else None for place in range(len(raw))]
        refusal = pa.array(reasons, pa.string())
    return pa.table({"record": record, "position": position, "item": item, "refusal": refusal})


def concatenated(*tables: pa.Table) -> pa.Table:
    """One table of several with the same columns."""
    import pyarrow as pa

    return pa.concat_tables(tables)


def chunked(table: pa.Table) -> pa.Table:
    """In pieces that several threads can share."""
    import pyarrow as pa

    return pa.Table.from_batches(table.to_batches(max_chunksize=_CHUNK_ROWS), table.schema)


class Batch:
    """What one landing takes: its ranges of the spool and the rows in them."""

    def __init__(self) -> None:
        self.ranges: Ranges = {}
        self.size = 0
        self.requests = Items()
        self.request_lines = Lines()
        self.log_lines = Lines()
        self._records: list[tuple[str | int | None, ...]] = []

    def __len__(self) -> int:
        return len(self.requests) + len(self.request_lines) + len(self.log_lines)

    def add(self, segment: str, offset: int, end: int, record: Record) -> None:
        """Take the next record of a segment."""
        first, _ = self.ranges.get(segment, (offset, end))
        self.ranges[segment] = (first, end)
        self.size += len(record.body)
        place = f"{segment}@{offset:012d}"
        if record.kind == "lines":
            lines = self.log_lines if record.dialect == "user_action" else self.request_lines
            lines.add(len(self._records), _without_nul(record.body))
            self._note(place, record, Envelope())
        else:
            self._add_request(place, record)

    def _add_request(self, place: str, record: Record) -> None:
        if record.dialect == DAMAGED:
            envelope = Envelope([record.body], refusal=DAMAGED)
        elif record.kind == "piece":
            envelope = Envelope([record.body], refusal="too_large")
        else:
            envelope = split(_without_nul(record.body), record.kind)
        self.requests.add(len(self._records), envelope.items, malformed=envelope.malformed)
        self._note(place, record, envelope)

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
