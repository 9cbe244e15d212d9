"""A first look at what came in: is it a request at all, and which of its items will be quarantined.

Nothing is thrown away here: the body goes to the spool as it came and the landing decides about each item.
The sender is only told at once what the landing will find wrong.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from mallard.collect.answers import Refusal, Rejection
from mallard.events.event import EVENT_TYPES
from mallard.events.split import split
from mallard.settings import Collect

Id = str | int | float | None

_KINDS = frozenset(EVENT_TYPES)
_MAX_ID = 100
_EMPTY: frozenset[str] = frozenset()


class Device(msgspec.Struct):
    """The part of ``context.device`` that identifies somebody."""

    id: Id = None


class Context(msgspec.Struct):
    """The part of ``context`` that is looked at."""

    device: Device | None = None


class Item(msgspec.Struct, rename="camel"):
    """The part of an event that is looked at; everything else is skipped unread."""

    type: str | None = None
    event: str | None = None
    message_id: Id = None
    user_id: Id = None
    anonymous_id: Id = None
    context: Context | None = None


class Single(Item, rename="camel"):
    """An event that is a request of its own."""

    write_key: Any = None


class Batch(msgspec.Struct, rename="camel"):
    """A request with several events."""

    batch: list[msgspec.Raw]
    write_key: Any = None
    context: Context | None = None


class _Loose(msgspec.Struct, rename="camel"):
    """An item that is not as it should be, to say what is wrong with it."""

    type: Any = None
    message_id: Any = None


@dataclass(frozen=True, slots=True)
class Examined:
    """What a body holds: how many items, those that are rejected, and the write key it names."""

    items: int
    rejected: Sequence[Rejection]
    write_key: str | None


_batch = msgspec.json.Decoder(Batch)
_single = msgspec.json.Decoder(Single)
_item = msgspec.json.Decoder(Item)
_loose = msgspec.json.Decoder(_Loose)
_WRITE_KEY = re.compile(rb'"writeKey"\s*:\s*"([^"\\]*)"')
_REFUSALS = {
    "malformed_json": "The body is not JSON.",
    "not_an_object": "The body is not a JSON object.",
    "bad_value": "The body's 'batch' is not a list.",
}


def examine(kind: str, body: bytes, limits: Collect) -> Examined:
    """Look at a body of ``kind`` "batch" or a type of event.

    Refusal: 400 where the body is no JSON object or no batch, 413 where the batch has too many items.
    """
    try:
        if kind == "batch":
            return _examine_batch(_batch.decode(body), limits)
        return _examine_single(kind, _single.decode(body), body, limits)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return _examine_odd(kind, body, limits)


def _examine_single(kind: str, item: Single, body: bytes, limits: Collect) -> Examined:
    key = item.write_key if isinstance(item.write_key, str) else None
    reason = "too_large" if len(body) > limits.max_event_kb << 10 else _fault(item, kind, None)
    rejected = [Rejection(0, reason, _shown(item.message_id))] if reason else ()
    return Examined(1, rejected, key)


def _examine_batch(batch: Batch, limits: Collect) -> Examined:
    key = batch.write_key if isinstance(batch.write_key, str) else None
    return Examined(len(batch.batch), _rejections(batch.batch, None, batch.context, limits), key)


def _examine_odd(kind: str, body: bytes, limits: Collect) -> Examined:
    """A body that is not as it should be: refused as a whole, or taken with what is sound in it."""
    envelope = split(body, kind)
    if envelope.refusal:
        raise malformed(envelope.refusal)
    if kind == "batch" and envelope.items == [body]:
        raise Refusal(400, "not_a_batch", "The body has no list 'batch'.")
    found = _WRITE_KEY.search(body)
    key = found.group(1).decode("utf-8", "replace") if found else None
    implied = None if kind == "batch" else kind
    return Examined(len(envelope.items), _rejections(envelope.items, implied, None, limits), key)


def malformed(reason: str) -> Refusal:
    """400 with one of the reasons that hold for a body as a whole."""
    return Refusal(400, reason, _REFUSALS[reason])


def _rejections(
    items: Sequence[msgspec.Raw | bytes], kind: str | None, shared: Context | None, limits: Collect
) -> list[Rejection]:
    if len(items) > limits.max_batch_events:
        raise Refusal(413, "too_many_events", f"A batch holds at most {limits.max_batch_events} events.")
    largest = limits.max_event_kb << 10
    rejected = []
    for index, raw in enumerate(items):
        try:
            item = _item.decode(raw)
            reason = _fault(item, kind or item.type, shared) if len(raw) <= largest else "too_large"
            message_id = item.message_id
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
            reason, message_id = _fault_of_odd(raw, kind), None
        if reason:
            rejected.append(Rejection(index, reason, _shown(message_id)))
    return rejected


def _fault(item: Item, kind: str | None, shared: Context | None) -> str:
    """Why an item will be quarantined; "" where it will not."""
    if kind not in _KINDS:
        return "unknown_type"
    if kind == "track" and not item.event:
        return "missing_event_name"
    message_id = item.message_id
    if message_id is not None and len(str(message_id)) > _MAX_ID:
        return "bad_id"
    if _given(item.user_id) or _given(item.anonymous_id):
        return ""
    context = item.context if item.context is not None else shared
    if context is not None and context.device is not None and _given(context.device.id):
        return ""
    return "no_identity"


def _given(value: Id) -> bool:
    return value is not None and value != ""


def _fault_of_odd(raw: msgspec.Raw | bytes, kind: str | None) -> str:
    """Why an item that cannot be read as one will be quarantined."""
    if bytes(raw).lstrip()[:1] != b"{":
        return "not_an_object"
    try:
        item = _loose.decode(raw)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return "malformed_json"
    if (kind or item.type) not in EVENT_TYPES:
        return "unknown_type"
    if item.message_id is not None and not isinstance(item.message_id, str | int | float):
        return "bad_id"
    return "bad_value"


def _shown(message_id: Id) -> str | None:
    return None if message_id is None else str(message_id)[:_MAX_ID]
