"""Events that come as the query of a picture's address, from e-mails and pages without scripts."""

from __future__ import annotations

import base64
import binascii
from typing import Any

import msgspec

_JSON_FIELDS = ("properties", "context", "traits", "integrations")


def event(query: dict[str, str]) -> bytes:
    """The JSON body that a query stands for.

    Either ``data`` holds the whole event as base64 of JSON, or each parameter is a member of it:
    ``event``, ``userId``, ``anonymousId`` …; ``properties`` and ``context`` may be JSON, and
    ``properties.price`` and ``context.page.url`` name what lies inside them.
    """
    if "data" in query:
        return _decoded(query["data"])
    found: dict[str, Any] = {}
    for name, value in sorted(query.items(), key=lambda one: "." in one[0]):  # what lies inside comes last
        if name != "writeKey":
            _put(found, name, value)
    try:
        return msgspec.json.encode(found)
    except RecursionError:  # a name of ten thousand dots
        return b""  # refused as no JSON


def _decoded(text: str) -> bytes:
    standard = text.replace("-", "+").replace("_", "/").replace(" ", "+")  # a bare + in a query is a space
    try:
        return base64.b64decode(standard + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return text.encode("utf-8", "replace")  # refused as no JSON


def _put(into: dict[str, Any], name: str, value: str) -> None:
    if name in _JSON_FIELDS:
        into[name] = _value(value)
        return
    *way, last = name.split(".")
    place = into
    for step in way:
        inner = place.setdefault(step, {})
        if not isinstance(inner, dict):
            return
        place = inner
    place[last] = value


def _value(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.MsgspecError, RecursionError, UnicodeEncodeError):
        return text
