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


class Device(msgspec.Struct):
    """The part of ``context.device`` that identifies somebody."""

    id: Id = None


class Context(msgspec.Struct):
    """The part of ``context`` that is looked at."""

    device: Device | None = None


class Event(msgspec.Struct, rename="camel"):
    """The part of an event that is looked at; everything else is skipped unread."""

    type: str | None = None
    event: str | None = None
    message_id: Id = None
    user_id: Id = None
    anonymous_id: Id = None
    context: Context | None = None


class Body(Event, rename="camel"):
    """A request: one event, or with ``batch`` several."""

    batch: list[msgspec.Raw] | msgspec.UnsetType = msgspec.UNSET
    write_key: Any = None


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


_body = msgspec.json.Decoder(Body)
_event = msgspec.json.Decoder(Event)
_loose = msgspec.json.Decoder(_Loose)
_WRITE_KEY = re.compile(rb'"writeKey"\s*:\s*"([^"\\]*)"')
_REFUSALS = {
    "malformed_json": "The body is not JSON.",
    "not_an_object": "The body is not a JSON object.",
    "bad_value": "The body's 'batch' is not a list.",
}


def examine(kind: str, body: bytes, limits: Collect) -> Examined:
    """Look at a body that came for ``kind``: "batch" or a type of event.

    Refusal: 400 where the body is no JSON object, 413 where it has too many items.
    """
    try:
        parsed = _body.decode(body)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return _examine_odd(kind, body, limits)
    items = [body] if isinstance(parsed.batch, msgspec.UnsetType) else parsed.batch
    key = parsed.write_key if isinstance(parsed.write_key, str) else None
    return Examined(len(items), _rejections(items, kind, parsed.context, limits), key)


def _examine_odd(kind: str, body: bytes, limits: Collect) -> Examined:
    """A body that is not as it should be: refused as a whole, or taken with what is sound in it."""
    envelope = split(body, kind)
    if envelope.refusal:
        raise Refusal(400, envelope.refusal, _REFUSALS[envelope.refusal])
    found = _WRITE_KEY.search(body)
    key = found.group(1).decode("utf-8", "replace") if found else None
    return Examined(len(envelope.items), _rejections(envelope.items, kind, None, limits), key)


def _rejections(
    items: Sequence[msgspec.Raw | bytes], kind: str, shared: Context | None, limits: Collect
) -> list[Rejection]:
    if len(items) > limits.max_batch_events:
        raise Refusal(413, "too_many_events", f"A batch holds at most {limits.max_batch_events} events.")
    largest = limits.max_event_kb << 10
    rejected = []
    for index, raw in enumerate(items):
        try:
            event = _event.decode(raw)
            reason = _fault(event, event.type or kind, shared) if len(raw) <= largest else "too_large"
            message_id = event.message_id
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
            reason, message_id = _fault_of_odd(raw, kind), None
        if reason:
            rejected.append(Rejection(index, reason, _shown(message_id)))
    return rejected


def _fault(item: Event, kind: str, shared: Context | None) -> str:
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


def _fault_of_odd(raw: msgspec.Raw | bytes, kind: str) -> str:
    """Why an item that cannot be read as one will be quarantined."""
    if bytes(raw).lstrip()[:1] != b"{":
        return "not_an_object"
    try:
        item = _loose.decode(raw)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return "malformed_json"
    if (item.type or kind) not in EVENT_TYPES:
        return "unknown_type"
    if item.message_id is not None and not isinstance(item.message_id, str | int | float):
        return "bad_id"
    return "bad_value"


def _shown(message_id: Id) -> str | None:
    return None if message_id is None else str(message_id)[:_MAX_ID]
