"""What the collector can answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

Headers = list[tuple[bytes, bytes]]

JSON: Headers = [(b"content-type", b"application/json")]
PIXEL = bytes.fromhex(
    "47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b"
)
"""A transparent GIF of one pixel."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP response."""

    status: int
    body: bytes
    headers: Headers = field(default_factory=lambda: JSON)


class Rejection(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """An item that was received and will be quarantined: its place in the batch, and why."""

    index: int
    reason: str
    message_id: str | None = None


class _Received(msgspec.Struct, omit_defaults=True):
    success: bool
    rejected: Sequence[Rejection] = ()


class Refusal(Exception):
    """A request that is not taken: nothing of it is kept and the sender is told so.

    code names the reason in the answer and in the metrics; retry_after is whole seconds.
    """

    def __init__(
        self, status: int, code: str, message: str, retry_after: int | None = None, allow: str = ""
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.retry_after = retry_after
        self.allow = allow

    def answer(self) -> Answer:
        headers = list(JSON)
        if self.retry_after is not None:
            headers.append((b"retry-after", str(self.retry_after).encode()))
        if self.allow:
            headers.append((b"allow", self.allow.encode()))
        return Answer(self.status, msgspec.json.encode({"code": self.code, "message": self.message}), headers)


def unavailable(code: str, message: str, retry_after: int = 5) -> Refusal:
    """An outage of ours. Always 503 and a time to come back: an SDK drops events on most other answers."""
    return Refusal(503, code, message, retry_after)


SUCCESS = Answer(200, msgspec.json.encode(_Received(success=True)))
GIF = Answer(200, PIXEL, [(b"content-type", b"image/gif"), (b"cache-control", b"no-store")])


def received(rejected: Sequence[Rejection]) -> Answer:
    """200: the request is durable. Rejected items are listed; they are kept too, for the quarantine."""
    if not rejected:
        return SUCCESS
    return Answer(200, msgspec.json.encode(_Received(success=True, rejected=rejected)))


def json(value: object, status: int = 200) -> Answer:
    return Answer(status, msgspec.json.encode(value))
