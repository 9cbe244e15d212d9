"""Reading a request: its body within bounds, its sender, its query."""

from __future__ import annotations

import asyncio
import ipaddress
import re
import zlib
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

from mallard.collect.answers import Refusal, unavailable

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]

BODY_SECONDS = 30.0
"""How long a body may take to arrive."""

ARRIVING_BYTES = 64 << 20
"""Bytes of bodies that may be arriving at once."""

_PORT = re.compile(r"^([0-9.]+):\d+$|^\[([^\]]+)\](?::\d+)?$")
_IPV4_KEPT = 24
_IPV6_KEPT = 48


class Room:
    """Memory for bodies that are still arriving, so that many slow senders cannot take all of it."""

    def __init__(self, most: int = ARRIVING_BYTES) -> None:
        self._left = most

    @contextmanager
    def taken(self) -> Iterator[Callable[[int], None]]:
        """Take room bit by bit, all given back at the end; Refusal (503) where there is none left."""
        mine = 0

        def take(size: int) -> None:
            nonlocal mine
            if size > self._left:
                raise unavailable("busy", "Too many requests are arriving at once.", 1)
            self._left -= size
            mine += size

        try:
            yield take
        finally:
            self._left += mine


@dataclass(slots=True)
class Request:
    """One HTTP request, its body not yet read."""

    method: str
    path: str
    headers: dict[bytes, bytes]
    query_string: bytes
    scheme: str
    peer: str
    receive: Receive

    @classmethod
    def of(cls, scope: Scope, receive: Receive) -> Request:
        path = scope["path"]
        return cls(
            method=scope["method"],
            path=path.rstrip("/") if len(path) > 1 else path,
            headers=dict(scope["headers"]),
            query_string=scope["query_string"],
            scheme=scope.get("scheme", "http"),
            peer=scope["client"][0] if scope.get("client") else "",
            receive=receive,
        )

    def header(self, name: bytes) -> str:
        return self.headers.get(name, b"").decode("latin-1")

    def query(self) -> dict[str, str]:
        try:
            text = self.query_string.decode()  # an address that nobody has encoded
        except UnicodeDecodeError:
            text = self.query_string.decode("latin-1")
        return dict(parse_qsl(text, keep_blank_values=True))

    def address(self, trust_proxy: bool, truncate: bool) -> str:
        """The sender's address; "" where it is none."""
        forwarded = self.headers.get(b"x-forwarded-for") if trust_proxy else None
        text = forwarded.decode("latin-1").partition(",")[0].strip() if forwarded else self.peer
        return address(text, truncate)

    async def body(self, limit: int, room: Room, seconds: float = BODY_SECONDS) -> bytes:
        """The body, decompressed; neither form may be longer than ``limit`` bytes."""
        declared = self.headers.get(b"content-length")
        if declared is not None and declared.isdigit() and int(declared) > limit:
            raise too_large(limit)
        try:
            async with asyncio.timeout(seconds):
                raw = await self._read(limit, room)
        except TimeoutError:
            raise Refusal(408, "too_slow", f"The body took longer than {seconds:g} seconds.") from None
        encoding = self.headers.get(b"content-encoding", b"").strip().lower()
        if encoding in (b"gzip", b"x-gzip") or raw.startswith(b"\x1f\x8b"):  # some senders forget to say
            return gunzip(raw, limit)
        if encoding not in (b"", b"identity"):
            raise Refusal(415, "unknown_encoding", "Content-Encoding may be gzip or identity.")
        return raw

    async def _read(self, limit: int, room: Room) -> bytes:
        message = await self.receive()
        body: bytes = message.get("body", b"")
        if message.get("more_body"):
            with room.taken() as take:
                while message.get("more_body") and len(body) <= limit:
                    message = await self.receive()
                    part: bytes = message.get("body", b"")
                    take(len(part))
                    body += part
        if message["type"] == "http.disconnect":  # the sender left, or its chunks make no sense
            raise Refusal(400, "incomplete_body", "The body did not come to its end.")
        if len(body) > limit:
            raise too_large(limit)
        return body


def too_large(limit: int) -> Refusal:
    return Refusal(413, "too_large", f"The body is longer than {limit} bytes.")


def gunzip(data: bytes, limit: int) -> bytes:
    """Gzip members one after the other, never more than ``limit`` bytes of output."""
    parts: list[bytes] = []
    room = limit
    while data:
        inflater = zlib.decompressobj(wbits=31)
        try:
            part = inflater.decompress(data, room + 1)
        except zlib.error:
            raise Refusal(400, "malformed_gzip", "The body is not gzip, though it says so.") from None
        room -= len(part)
        if room < 0:
            raise too_large(limit)
        if not inflater.eof:
            raise Refusal(400, "malformed_gzip", "The gzip body is cut short.")
        parts.append(part)
        data = inflater.unused_data.lstrip(b"\0")
    return b"".join(parts)


@lru_cache(maxsize=4096)
def address(text: str, truncate: bool) -> str:
    """An IP address in its usual form, without its last octet (IPv4) or 80 bits (IPv6) where truncated.

    Some proxies name the port too.
    """
    try:
        found = ipaddress.ip_address(_PORT.sub(r"\1\2", text).partition("%")[0])
    except ValueError:
        return ""
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    if not truncate:
        return str(found)
    kept = _IPV4_KEPT if found.version == 4 else _IPV6_KEPT
    return str(ipaddress.ip_network((found, kept), strict=False).network_address)
