"""Spool records as columns: what one landing takes from the spool, ready for DuckDB.

A record becomes one row per event: the items of a Segment request, the lines of a log. What belongs to the
record as a whole stands in a second table, once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from mallard.events.split import Envelope, parts
from mallard.lake.commits import Ranges
from mallard.spool import DamageError, Record, Segment, read

if TYPE_CHECKING:
    import pyarrow as pa

BATCH_BYTES = 64 << 20
"""Bytes of events that are landed at once, as long as they come; bounds the memory of a landing."""

DAMAGED = "damaged_record"
"""Quarantine reason of spool bytes that are no record any more."""

_DAMAGE_SHOWN = 4096
_BLANK = 64
_SEPARATOR = b"\x1e"  # stands in no JSON text (RFC 7464)
_PIECES_BYTES = 4 << 20
_NUL = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")


class Items:
    """The events of requests: a row each, with the number of the record it came in and its place there.

    Events are kept as one piece for each record and told apart by Arrow, many at once.
    """

    def __init__(self) -> None:
        self._tables: list[pa.Table] = []
        self._pieces = _Pieces()
        self._malformed: set[tuple[int, int]] = set()
        self.count = 0

    def add(self, number: int, items: Sequence[bytes | msgspec.Raw], malformed: Iterable[int] = ()) -> None:
        """malformed: which of the items are no JSON by the letter, whatever DuckDB makes of them."""
        self.count += len(items)
        self._malformed |= {(number, place) for place in malformed}
        piece = _SEPARATOR.join(items)
        if piece.count(_SEPARATOR) == len(items) - 1:
            if self._pieces.add(number, piece):
                self._tell_apart()
        elif items:  # one with the separator inside
            self._add_odd(number, [bytes(item) for item in items])

    def tables(self) -> list[pa.Table]:
        """record, position, item, and refusal where it is no JSON or no UTF-8."""
        self._tell_apart()
        return self._tables

    def _tell_apart(self) -> None:
        import pyarrow as pa
        import pyarrow.compute as pc

        item, parent, first = self._pieces.split(_SEPARATOR)
        position = pc.subtract(pa.array(range(len(item)), pa.int64()), first.take(parent))
        self._add(self._pieces.record.take(parent), position, item)
        self._pieces, self._malformed = _Pieces(), set()

    def _add_odd(self, number: int, items: list[bytes]) -> None:
        import pyarrow as pa

        record = pa.array([number] * len(items), pa.int32())
        self._add(record, pa.array(range(len(items)), pa.int64()), pa.array(items, pa.binary()))

    def _add(self, record: pa.Array, position: pa.Array, item: pa.Array) -> None:
        refused: set[int] = set()
        if self._malformed:
            places = zip(record.to_pylist(), position.to_pylist(), strict=True)
            refused = {row for row, place in enumerate(places) if place in self._malformed}
        self._tables.append(_table(record, position, item, refused))


class Lines:
    """Lines of log files: a row each that is not blank, with its byte offset in the record's body."""

    def __init__(self) -> None:
        self._tables: list[pa.Table] = []
        self._pieces = _Pieces()

    def add(self, number: int, body: bytes) -> None:
        # bytes, not a view of them: pyarrow 26 never lets go of a memoryview it has converted
        if self._pieces.add(number, body.removesuffix(b"\n")):
            self._tell_apart()

    def tables(self) -> list[pa.Table]:
        """record, position, item, and refusal where the bytes are no UTF-8."""
        self._tell_apart()
        return self._tables

    def _tell_apart(self) -> None:
        import pyarrow as pa
        import pyarrow.compute as pc

        item, parent, first = self._pieces.split(b"\n")
        length = pc.add(pc.binary_length(item), 1).cast(pa.int64())
        start = pc.subtract(pc.cumulative_sum(length), length)
        position = pc.subtract(start, start.take(first.take(parent)))
        self._tables.append(_without_blanks(_table(self._pieces.record.take(parent), position, item, set())))
        self._pieces = _Pieces()


class _Pieces:
    """Bodies of some records, to be told apart at once: enough for Arrow, few enough to use memory again."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._record: list[int] = []
        self._size = 0

    def add(self, number: int, piece: bytes) -> bool:
        """Whether they are enough."""
        self._pieces.append(piece)
        self._record.append(number)
        self._size += len(piece)
        return self._size >= _PIECES_BYTES

    @property
    def record(self) -> pa.Array:
        """Number of the record of each piece."""
        import pyarrow as pa

        return pa.array(self._record, pa.int32())

    def split(self, separator: bytes) -> tuple[pa.Array, pa.Array, pa.Array]:
        """The parts of all pieces; for each part the number of its piece, for each piece that of its first
        part."""
        import pyarrow as pa
        import pyarrow.compute as pc

        pool = pa.system_memory_pool()  # gives memory back late; with Arrow's own, zeroing pages costs more
        pieces = pa.array(self._pieces, pa.binary(), memory_pool=pool)
        parts = pc.split_pattern(pieces, separator, memory_pool=pool)
        return parts.flatten(), pc.list_parent_indices(parts), parts.offsets


def _without_blanks(table: pa.Table) -> pa.Table:
    """Only short lines are looked at closely: a long blank one is as good as any other nonsense."""
    import pyarrow.compute as pc

    long = pc.greater_equal(pc.binary_length(table["item"]), _BLANK)
    if pc.all(long).as_py():
        return table
    return table.filter(pc.or_(long, pc.not_equal(pc.ascii_trim_whitespace(table["item"]), "")))


def _table(record: pa.Array, position: pa.Array, raw: pa.Array, refused: set[int]) -> pa.Table:
    """refused: rows that are known to be no JSON."""
    import pyarrow as pa

    try:
        item = raw.cast(pa.string())
    except pa.ArrowInvalid:  # bytes that are no text become escapes, and are refused
        came = raw.to_pylist()
        item = pa.array([one.decode("utf-8", "backslashreplace") for one in came], pa.string())
        refused = refused | {row for row, one in enumerate(came) if not _is_text(one)}
    refusal = pa.nulls(len(raw), pa.string())
    if refused:
        reasons = ["malformed_json" if row in refused else None for row in range(len(raw))]
        refusal = pa.array(reasons, pa.string())
    return pa.table({"record": record, "position": position, "item": item, "refusal": refusal})


@dataclass(frozen=True)
class Taken:
    """What one landing takes: its ranges of the spool, and the rows in them as tables for DuckDB.

    received: events, counted while they were read. records: one row per record. requests, lines: a row per
    event, with the number of its record.
    """

    ranges: Ranges
    received: int
    records: pa.Table
    requests: pa.Table
    lines: pa.Table


class Batch:
    """A batch that is being read from the spool."""

    def __init__(self) -> None:
        self.ranges: Ranges = {}
        self.size = 0
        self.requests = Items()
        self.request_lines = Lines()
        self.log_lines = Lines()
        self._records: list[tuple[str | int | None, ...]] = []

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
            envelope = parts(_without_nul(record.body), record.kind)
        self.size += len(envelope.context) * len(envelope.items)  # every event gets a copy of it
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

    def taken(self) -> Taken:
        """What was read, as tables."""
        import pyarrow as pa

        lines, request_lines = (
            pa.concat_tables(one.tables()) for one in (self.log_lines, self.request_lines)
        )
        return Taken(
            self.ranges,
            self.requests.count + request_lines.num_rows + lines.num_rows,
            self._table(),
            pa.concat_tables([*self.requests.tables(), request_lines]),
            lines,
        )

    def _table(self) -> pa.Table:
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
) -> Iterator[Taken]:
    """What lies behind the positions, in batches of about ``limit`` bytes of bodies."""
    batch = Batch()
    for segment in segments:
        for offset, end, record in entries(segment, positions.get(segment.name, 0)):
            batch.add(segment.name, offset, end, record)
            if batch.size >= limit:
                yield batch.taken()
                batch = Batch()
    if batch.ranges:
        yield batch.taken()


def exactly(segments: Iterable[Segment], ranges: Ranges) -> Taken:
    """The records of the given ranges; less where power loss has taken their tail."""
    batch = Batch()
    for segment in segments:
        first, last = ranges.get(segment.name, (0, 0))
        for offset, end, record in entries(segment, first) if last else ():
            if offset >= last:
                break
            batch.add(segment.name, offset, end, record)
    return batch.taken()


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
    return _NUL.sub(rb"\1\\ufffd", body) if b"\\" in body and b"\\u0000" in body else body


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
