"""Reading requests: slow, huge and broken bodies; addresses."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import tracemalloc
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mallard.collect.answers import Refusal
from mallard.collect.requests import Request, Room, address, gunzip


def request(messages: Sequence[dict[str, Any]], headers: dict[bytes, bytes], pause: float = 0.0) -> Request:
    coming = iter(messages)

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(pause)
        return next(coming)

    return Request("POST", "/v1/batch", headers, b"", "http", "", receive)


def body_of(parts: Sequence[bytes], limit: int = 1000, **how: Any) -> bytes:
    messages = [{"type": "http.request", "body": part, "more_body": True} for part in parts]
    messages[-1]["more_body"] = False
    room = how.pop("room", Room())
    seconds = how.pop("seconds", 30)
    headers = how.pop("headers", {})
    return asyncio.run(request(messages, headers, **how).body(limit, room, seconds))


@pytest.mark.parametrize("parts", [[b"abc"], [b"", b"a", b"bc"], [b"abc", b""]])
def test_parts_are_put_together(parts: list[bytes]) -> None:
    assert body_of(parts) == b"abc"


def test_a_sender_that_dawdles_is_cut() -> None:
    with pytest.raises(Refusal) as refusal:
        body_of([b"a"] * 100, pause=0.01, seconds=0.05)
    assert (refusal.value.status, refusal.value.code) == (408, "too_slow")


def test_a_body_is_read_no_further_than_its_limit() -> None:
    room = Room(10_000)
    with pytest.raises(Refusal) as refusal:
        body_of([b"x" * 400] * 1_000, room=room)
    assert refusal.value.status == 413
    assert body_of([b"x"] * 10, room=room) == b"x" * 10, "the room was given back"


def test_a_declared_length_is_enough_to_refuse() -> None:
    with pytest.raises(Refusal) as refusal:
        body_of([b"x"], headers={b"content-length": b"1001"})
    assert refusal.value.status == 413


def test_many_slow_bodies_share_a_bounded_room() -> None:
    room = Room(1500)

    async def one() -> bytes:
        messages = [{"type": "http.request", "body": b"x" * 300, "more_body": n < 3} for n in range(4)]
        return await request(messages, {}, pause=0.001).body(2000, room)

    async def all_at_once() -> list[object]:
        return list(await asyncio.gather(*(one() for _ in range(4)), return_exceptions=True))

    refused = [one for one in asyncio.run(all_at_once()) if isinstance(one, Refusal)]
    assert {(one.status, one.code, one.retry_after) for one in refused} == {(503, "busy", 1)}
    assert asyncio.run(one()) == b"x" * 1200, "all room was given back"


def test_a_sender_that_leaves_is_told_so() -> None:
    messages = [{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}]
    with pytest.raises(Refusal) as refusal:
        asyncio.run(request(messages, {}).body(1000, Room()))
    assert (refusal.value.status, refusal.value.code) == (400, "incomplete_body")


def test_decompression_stops_at_the_limit() -> None:
    bomb = gzip.compress(bytes(100_000_000))
    tracemalloc.start()
    with pytest.raises(Refusal) as refusal:
        gunzip(bomb, 1000)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert refusal.value.status == 413
    assert peak < 1_000_000, "bytes of memory"
    members = gzip.compress(bytes(600)) + gzip.compress(bytes(600))
    with pytest.raises(Refusal) as refusal:
        gunzip(members, 1000)
    assert refusal.value.status == 413


@settings(max_examples=100, deadline=None, derandomize=True)
@given(data=st.binary(max_size=500), level=st.integers(0, 9), cut=st.integers(1, 600))
def test_gzip_comes_out_as_it_went_in_or_is_refused(data: bytes, level: int, cut: int) -> None:
    packed = gzip.compress(data, level)
    assert gunzip(packed, 500) == data
    if cut < len(packed):
        with pytest.raises(Refusal) as refusal:
            gunzip(packed[:cut], 500)
        assert refusal.value.status == 400


@settings(max_examples=100, deadline=None, derandomize=True)
@given(data=st.binary(max_size=300))
def test_any_bytes_that_claim_to_be_gzip(data: bytes) -> None:
    with contextlib.suppress(Refusal):  # and nothing else
        assert len(gunzip(data, 1000)) <= 1000


@pytest.mark.parametrize(
    ("given", "kept", "whole"),
    [
        ("203.0.113.77", "203.0.113.0", "203.0.113.77"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::", "2001:db8:1:2:3:4:5:6"),
        ("::ffff:203.0.113.77", "203.0.113.0", "203.0.113.77"),
        ("fe80::1%eth0", "fe80::", "fe80::1"),
        ("203.0.113.77:443", "203.0.113.0", "203.0.113.77"),
        ("[2001:db8:1:2:3:4:5:6]:443", "2001:db8:1::", "2001:db8:1:2:3:4:5:6"),
        ("unknown", "", ""),
        ("203.0.113.77:", "", ""),
        ("", "", ""),
    ],
)
def test_addresses(given: str, kept: str, whole: str) -> None:
    assert address(given, truncate=True) == kept
    assert address(given, truncate=False) == whole
