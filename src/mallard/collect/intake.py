"""A first look at what came in: is it a request at all, and which of its items will be quarantined.

Nothing is thrown away here: the body goes to the spool as it came and the landing decides about each item.
The sender is only told at once what the landing will find wrong.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from mallard.collect.answers import Refusal, Rejection
from mallard.events.event import EVENT_TYPES
from mallard.events.refusal import refusal
from mallard.events.split import Envelope, split
from mallard.settings import Collect

Id = str | int | float | None

_KINDS = frozenset(EVENT_TYPES)
_SURE_ID = 100
"""Longest id that is certainly short enough."""

_REPEATED = 16
"""How much more than a largest request the events of a batch may come to, each with the batch's context."""


class Anything(msgspec.Struct):
    """An object whose members do not matter here."""


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
    previous_id: Id = None
    properties: Anything | None = None
    traits: Anything | None = None
    context: Context | None = None


class Body(Event, rename="camel"):
    """A request: one event, or with ``batch`` several."""

    batch: list[msgspec.Raw] | msgspec.UnsetType = msgspec.UNSET
    write_key: Any = None


class _Named(msgspec.Struct, rename="camel"):
    """What tells the sender which of its events was meant."""

    message_id: Any = None


@dataclass(frozen=True, slots=True)
class Examined:
    """What a body holds: how many items, those that are rejected, and the write key it names."""

    items: int
    rejected: Sequence[Rejection]
    write_key: str | None


_log = logging.getLogger(__name__)
_body = msgspec.json.Decoder(Body)
_event = msgspec.json.Decoder(Event)
_named = msgspec.json.Decoder(_Named)
_UNREADABLE = (msgspec.MsgspecError, RecursionError, UnicodeDecodeError)
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
        body.isascii() or body.decode()
    except _UNREADABLE:
        return examine_closely(kind, body, limits)
    key = parsed.write_key if isinstance(parsed.write_key, str) else None
    if isinstance(parsed.batch, msgspec.UnsetType):
        if len(body) <= limits.max_event_kb << 10 and _sound(parsed, kind):
            return Examined(1, (), key)
        return Examined(1, _rejections([body], kind, b"", limits), key)
    if len(parsed.batch) > limits.max_batch_events:
        raise Refusal(413, "too_many_events", f"A batch holds at most {limits.max_batch_events} events.")
    if not _bearable(len(body) - sum(map(len, parsed.batch)), len(parsed.batch), limits):
        _check_shared(split(body, kind), limits)  # it may be white space
    if all(_surely_sound(raw, kind, limits) for raw in parsed.batch):
        return Examined(len(parsed.batch), (), key)
    envelope = split(body, kind)
    return Examined(len(parsed.batch), _rejections(envelope.items, kind, envelope.context, limits), key)


def examine_closely(kind: str, body: bytes, limits: Collect, allowed: Collection[str] = ()) -> Examined:
    """The same item by item, for a body that is not as it should be: refused as a whole, or taken with what
    is sound in it. ``allowed`` are the names of track calls, where the sender is limited to some."""
    envelope = split(body, kind)
    if envelope.refusal:
        raise Refusal(400, envelope.refusal, _REFUSALS[envelope.refusal])
    if len(envelope.items) > limits.max_batch_events:
        raise Refusal(413, "too_many_events", f"A batch holds at most {limits.max_batch_events} events.")
    _check_shared(envelope, limits)
    found = _WRITE_KEY.search(body)
    key = found.group(1).decode("utf-8", "replace") if found else None
    rejected = _rejections(envelope.items, kind, envelope.context, limits, allowed)
    return Examined(len(envelope.items), rejected, key)


def _check_shared(envelope: Envelope, limits: Collect) -> None:
    """Refusal where what the batch says for all its events is out of proportion when each of them has it."""
    if not _bearable(len(envelope.context) + len(envelope.sent_at), len(envelope.items), limits):
        raise Refusal(413, "too_large", "The batch's context is too long to be that of each of its events.")


def _bearable(shared: int, events: int, limits: Collect) -> bool:
    """Whether so many events may each get so many bytes more; a small request must not fill a lake."""
    return shared <= limits.max_event_kb << 10 and shared * events <= _REPEATED * limits.max_batch_kb << 10


def _surely_sound(raw: msgspec.Raw, kind: str, limits: Collect) -> bool:
    """Whether an item is plainly in order; the quick look that nearly all of them pass."""
    try:
        return len(raw) <= limits.max_event_kb << 10 and _sound(_event.decode(raw), kind)
    except _UNREADABLE:
        return False


def _sound(event: Event, kind: str) -> bool:
    if event.type is not None:
        kind = event.type
    if kind not in _KINDS or (kind == "track" and not event.event):
        return False
    device = event.context.device if event.context is not None else None
    ids = (event.user_id, event.anonymous_id, device.id if device is not None else None)
    others = (event.message_id, event.previous_id)
    return any(ids) and all(_plain(value) for value in (*ids, *others))


def _plain(value: Id) -> bool:
    return not isinstance(value, str) or (
        len(value) <= _SURE_ID and value[:1] not in ("{", "[") and value not in ("true", "false")
    )


def _rejections(
    items: Sequence[bytes], kind: str, shared: bytes, limits: Collect, allowed: Collection[str] = ()
) -> list[Rejection]:
    largest = limits.max_event_kb << 10
    reasons = [_reason(item, kind, shared, largest, allowed) for item in items]
    return [
        Rejection(index, reason, _message_id(items[index])) for index, reason in enumerate(reasons) if reason
    ]


def _reason(item: bytes, kind: str, shared: bytes, largest: int, allowed: Collection[str]) -> str:
    try:
        return refusal(item, kind, shared, largest, allowed)
    except Exception:  # a fault of ours in naming a rejection must not refuse the event; the landing decides
        _log.exception("an event could not be judged at the door")
        return ""


def _message_id(item: bytes) -> str | None:
    try:
        found = _named.decode(item).message_id
    except _UNREADABLE:
        return None
    return str(found)[:_SURE_ID] if isinstance(found, str | int | float) else None
