"""Why a Segment event is set aside, said at the door in the words that the landing will use.

The landing decides in SQL (:func:`mallard.events.segment.mapping`); this says the same of one event, so that
its sender hears of it in the answer.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from typing import Any

import msgspec

from mallard.events.event import EVENT_TYPES
from mallard.events.segment import MAX_ID, MAX_MESSAGE_ID

_LARGEST_INTEGER = 2**64
_LARGEST_FLOAT = 10**308


def refusal(
    item: bytes, kind: str, shared_context: bytes, max_bytes: int, allowed: Collection[str] = ()
) -> str:
    """The first reason that holds for an event; "" where it will land.

    kind: the type that the request's path says, for an event that says none. shared_context: JSON of the
    batch's context. max_bytes: largest event. allowed: names of track calls, where only some may come.
    """
    try:
        event = msgspec.json.decode(item)
        item.decode()
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return "malformed_json"
    if not isinstance(event, dict):
        return "not_an_object"
    if len(item) > max_bytes:
        return "too_large"
    kind = kind if event.get("type") is None else _text(event["type"])
    if kind not in EVENT_TYPES:
        return "unknown_type"
    if kind == "track" and not (isinstance(event.get("event"), str) and event["event"]):
        return "missing_event_name"
    reason = _identity(event, shared_context) or _shape(event, shared_context)
    if not reason and kind == "track" and allowed and event["event"] not in allowed:
        return "event_not_allowed"
    return reason


def _identity(event: dict[str, Any], shared_context: bytes) -> str:
    device = _device(event, shared_context)
    ids = [_text(event.get(name)) for name in ("userId", "anonymousId", "previousId")]
    if any(_bad(value, MAX_ID) for value in (*ids, device)) or _bad(
        _text(event.get("messageId")), MAX_MESSAGE_ID
    ):
        return "bad_id"
    return "" if ids[0] or ids[1] or device else "no_identity"


def _shape(event: dict[str, Any], shared_context: bytes) -> str:
    containers = [event.get("properties"), event.get("traits"), event.get("context")]
    if event.get("context") is None:
        containers.append(_shared(shared_context))
    return "bad_value" if any(one is not None and not isinstance(one, dict) for one in containers) else ""


def _device(event: dict[str, Any], shared_context: bytes) -> str:
    """``context.device.id``; the event's own context is laid over the batch's, member by member."""
    own, shared = event.get("context"), _shared(shared_context)
    if own is not None and not isinstance(own, dict):
        return ""
    device = _member(own, "device", _member(shared, "device", None))
    if isinstance(own, dict) and isinstance(own.get("device"), dict):
        below = _member(shared, "device", None)
        device = {**(below if isinstance(below, dict) else {}), **own["device"]}
    return _text(_member(device, "id", None))


def _member(container: Any, name: str, otherwise: Any) -> Any:
    return container.get(name, otherwise) if isinstance(container, dict) else otherwise


@lru_cache(maxsize=1)  # the same for every event of a batch
def _shared(context: bytes) -> Any:
    try:
        return msgspec.json.decode(context) if context else None
    except (msgspec.MsgspecError, RecursionError):
        return {}


def _text(value: Any) -> str:
    """A value as the landing sees an id: text as it is, anything else as its JSON."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, int) and abs(value) >= _LARGEST_INTEGER:
        return f"{value:.17g}" if abs(value) < _LARGEST_FLOAT else str(value)
    return msgspec.json.encode(value).decode()


def _bad(value: str, longest: int) -> bool:
    return len(value) > longest or value[:1] in ("{", "[") or value in ("true", "false")
