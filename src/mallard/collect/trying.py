"""What ``mallard collect --try`` shows: each event as it comes, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import msgspec

from mallard import reporting
from mallard.collect.answers import Rejection
from mallard.events.split import split
from mallard.spool import Record

_LONGEST = 200
_NAMES = ("event", "name", "userId", "anonymousId", "messageId")


def show(record: Record, rejected: Sequence[Rejection]) -> None:
    """One line for each event on standard output."""
    at = datetime.fromtimestamp(record.received_at / 1e6, UTC)
    reasons = {one.index: one.reason for one in rejected}
    for index, raw in enumerate(split(record.body, record.kind).items):
        verdict = f"REJECTED {reasons[index]}" if index in reasons else "ok"
        with suppress(SystemExit):  # nobody reads any more, which must not end the worker
            reporting.say(f"{at:%H:%M:%S} {record.source:<12} {verdict:<8} {_line(record.kind, raw)}")


def _line(kind: str, raw: bytes) -> str:
    try:
        item: Any = msgspec.json.decode(raw)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        item = None
    if not isinstance(item, dict):
        return _shown(raw[:_LONGEST].decode("utf-8", "backslashreplace"))
    call = item.get("type", kind) if kind == "batch" else kind
    named = [f"{name}={_shown(item[name])}" for name in _NAMES if item.get(name) not in (None, "")]
    return " ".join([f"{_shown(call):<8}", *named])


def _shown(value: object) -> str:
    """A value on its line: an event cannot write another's."""
    return " ".join(str(value).split())[:_LONGEST]
