"""Taking a Segment request apart into its events, each as the bytes it came in.

A request is one event or ``{"batch": [...], "context": ..., "sentAt": ...}``. One bad event never spoils the
others: where a strict parser gives up on the whole body, a tolerant scan by brackets still finds the events,
and only the bad ones are refused later.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import msgspec

from mallard.events.strict import is_json


class _Body(msgspec.Struct):
    batch: list[msgspec.Raw] | msgspec.UnsetType = msgspec.UNSET
    context: msgspec.Raw = msgspec.Raw()  # alone, since msgspec reads 'Raw | None' as 'None'
    sentAt: msgspec.Raw = msgspec.Raw()


@dataclass(frozen=True)
class Envelope:
    """The events of a request, what the batch says for all of them, or why it cannot be taken apart.

    context, sent_at: JSON text of the batch's ``context`` and ``sentAt``, empty where there is none.
    refusal: a reason that holds for the body as a whole; then ``items`` is the body alone.
    malformed: numbers of the items that are no JSON by the letter, such as those with NaN in them; later
    readers of the lake are not as lenient as DuckDB.
    """

    items: Sequence[bytes | msgspec.Raw] = ()
    context: bytes = b""
    sent_at: bytes = b""
    refusal: str = ""
    malformed: frozenset[int] = frozenset()


_decoder = msgspec.json.Decoder(_Body)
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[\[\]{},:]', re.DOTALL)
"""A string, one without end to the end: looked for anew behind each of its quotes, it would cost minutes."""


def split(body: bytes, kind: str) -> Envelope:
    """The events of a request body; ``kind`` 'lines' stands for JSON lines, one event each."""
    envelope = parts(body, kind)
    return replace(envelope, items=[bytes(item) for item in envelope.items])


def parts(body: bytes, kind: str) -> Envelope:
    """The same, with events that may be views of the body: cheap to join, and good for little else."""
    if kind == "lines":
        return Envelope([line for line in body.split(b"\n") if line.strip()])
    try:
        parsed = _decoder.decode(body)
    except (msgspec.MsgspecError, RecursionError):
        return _tolerant(body)
    if isinstance(parsed.batch, msgspec.UnsetType):
        return Envelope([body])
    return Envelope(parsed.batch, bytes(parsed.context), bytes(parsed.sentAt))


def _tolerant(body: bytes) -> Envelope:
    """The same by counting brackets, for bodies that hold something a strict parser refuses."""
    text = body.strip()
    if not text.startswith(b"{"):
        return Envelope([body], refusal=_not_an_object(text))
    try:
        parts = dict(_members(text))
        batch = parts.get(b'"batch"')
        if batch is None:
            return Envelope([body], malformed=_malformed([body]))
        items = list(_elements(batch)) if batch.startswith(b"[") else None
    except ValueError:
        return Envelope([body], refusal="malformed_json")
    if items is None:
        return Envelope([body], refusal="bad_value")
    context, sent_at = parts.get(b'"context"', b""), parts.get(b'"sentAt"', b"")
    return Envelope(items, context, sent_at, malformed=_malformed(items))


def _malformed(items: list[bytes]) -> frozenset[int]:
    return frozenset(number for number, item in enumerate(items) if not is_json(item))


def _not_an_object(text: bytes) -> str:
    try:
        msgspec.json.decode(text)
    except (msgspec.MsgspecError, RecursionError):
        return "malformed_json"
    return "not_an_object"


def _members(text: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Key (with its quotes) and value of each member of an object, values unparsed."""
    for part in _elements(text):
        key = _TOKEN.match(part)
        if key is None or not part[key.end() :].lstrip().startswith(b":"):
            raise ValueError("not a member")
        yield key.group(), part[key.end() :].lstrip()[1:].strip()


def _elements(text: bytes) -> Iterator[bytes]:
    """What stands between the commas of an array or object; ValueError where brackets do not match."""
    depth, start = 0, 1
    for token in _TOKEN.finditer(text):
        mark = token.group()
        if mark in b"[{":
            depth += 1
        elif mark in b"]}":
            depth -= 1
            if depth == 0:
                if token.end() != len(text):
                    break
                if text[start : token.start()].strip():
                    yield text[start : token.start()].strip()
                return
        elif mark == b"," and depth == 1:
            yield text[start : token.start()].strip()
            start = token.end()
    raise ValueError("brackets do not match")
