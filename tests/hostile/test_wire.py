"""Clients that do not keep to HTTP or to any pace get an answer or a closed door; the others are served."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import httpx
import pytest

from tests.collectors import KEY, Collector, eventually
from tests.hostile.test_bodies import AUTH, GOOD, MEGABYTE, batch, send

BODY = batch(GOOD)
HEAD = f"POST /v1/batch?writeKey={KEY.format('shop')} HTTP/1.1\r\nHost: mallard\r\n".encode()


@contextmanager
def connection(mallard: Collector, seconds: float = 10) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", mallard.port), timeout=seconds) as wire:
        yield wire


def until_closed(wire: socket.socket) -> bytes:
    """Everything the server says until it closes or falls silent."""
    said = b""
    with suppress(OSError):
        while part := wire.recv(65536):
            said += part
    return said


def one_answer(wire: socket.socket) -> tuple[int, bytes]:
    """Status and body of the next answer; (0, b"") where the door was closed without one.

    A server that does neither makes the test fail by its TimeoutError.
    """
    stream = wire.makefile("rb")
    try:
        status = stream.readline().split()
        length = 0
        while (line := stream.readline().strip()) != b"":
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        return (int(status[1]), stream.read(length)) if status else (0, b"")
    except ConnectionError:
        return 0, b""


def ask(mallard: Collector, request: bytes) -> tuple[int, bytes]:
    with connection(mallard) as wire:
        with suppress(OSError):
            wire.sendall(request)
        return one_answer(wire)


def sized(body: bytes, *headers: str) -> bytes:
    return (
        HEAD
        + "".join(f"{line}\r\n" for line in (*headers, f"Content-Length: {len(body)}", "")).encode()
        + body
    )


def chunked(*chunks: bytes) -> bytes:
    parts = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks)
    return HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + parts


def landed(mallard: Collector) -> int:
    return mallard.fresh()[0].landed


def test_chunked_bodies_are_taken(mallard: Collector) -> None:
    assert ask(mallard, chunked(BODY[:7], BODY[7:8], BODY[8:], b""))[0] == 200
    assert landed(mallard) == 1


def test_pipelined_requests_are_answered_one_by_one(mallard: Collector) -> None:
    with connection(mallard) as wire:
        wire.sendall(sized(BODY) * 20 + sized(BODY, "Connection: close"))
        said = until_closed(wire)
    assert said.count(b"HTTP/1.1 200") == 21
    assert landed(mallard) == 21


def test_a_half_closed_connection_may_go_unanswered_but_not_half_kept(mallard: Collector) -> None:
    with connection(mallard) as wire:
        wire.sendall(sized(BODY))
        wire.shutdown(socket.SHUT_WR)
        status, _ = one_answer(wire)
    assert status in (200, 0)  # 0: the server takes it for a client that has gone
    assert send(mallard, BODY).status_code == 200  # is written behind the other, if that is written
    assert landed(mallard) in (1, 2) if status == 0 else 2


def test_a_body_in_two_halves_far_apart_is_whole(mallard: Collector) -> None:
    request = sized(BODY)
    with connection(mallard) as wire:
        wire.sendall(request[:-20])
        time.sleep(0.5)
        wire.sendall(request[-20:])
        assert one_answer(wire)[0] == 200
    assert landed(mallard) == 1


def test_a_client_that_is_asked_to_wait_for_100_continue(mallard: Collector) -> None:
    with connection(mallard) as wire:
        wire.sendall(HEAD + f"Content-Length: {len(BODY)}\r\nExpect: 100-continue\r\n\r\n".encode())
        assert one_answer(wire)[0] == 100
        wire.sendall(BODY)
        assert one_answer(wire)[0] == 200
    assert landed(mallard) == 1


CUT = {
    "longer than the body": HEAD + b"Content-Length: 5000\r\n\r\n" + BODY,
    "in the headers": HEAD + b"Content-Le",
    "in a chunk": HEAD + b"Transfer-Encoding: chunked\r\n\r\n1000\r\n" + BODY,
    "before the last chunk": chunked(BODY),
    "before anything": b"",
}


@pytest.mark.parametrize("case", CUT)
def test_a_request_that_is_never_finished_keeps_nothing(case: str, mallard: Collector) -> None:
    with connection(mallard) as wire:
        wire.sendall(CUT[case])
        time.sleep(0.2)
    assert landed(mallard) == 0
    assert mallard.healthy()


NONSENSE = {
    "a shorter length": (HEAD + b"Content-Length: 10\r\n\r\n" + BODY, {400}),
    "a negative length": (HEAD + b"Content-Length: -1\r\n\r\n" + BODY, {400, 0}),
    "a length that is a word": (HEAD + b"Content-Length: ten\r\n\r\n" + BODY, {400, 0}),
    "a length beyond 64 bits": (HEAD + b"Content-Length: 99999999999999999999999\r\n\r\n", {400, 413, 0}),
    "a length of 2 GB": (HEAD + b"Content-Length: 2147483648\r\n\r\n", {413}),
    "two lengths": (HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n123456", {400, 0}),
    "a chunk size that is a word": (
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
        {400, 0},
    ),
    "a chunk size beyond 64 bits": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 40, {400, 0}),
    "an unknown transfer encoding": (HEAD + b"Transfer-Encoding: gzip\r\n\r\n" + BODY, {400, 411, 501, 0}),
    "no version": (b"GET /health\r\n\r\n", {400, 0}),
    "version 3": (b"GET /health HTTP/3.0\r\n\r\n", {400, 505, 0}),
    "the start of HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", {400, 404, 405, 505, 0}),
    "the start of TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\xaa" * 500, {400, 0}),
    "NUL bytes": (b"\0" * 2000, {400, 0}),
    "a method of its own": (b"DUCK /v1/batch HTTP/1.1\r\nHost: m\r\n\r\n", {400, 405, 501}),
    "a path of 100 KB": (
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: m\r\n\r\n",
        {400, 404, 414, 431, 0},
    ),
    "a header of 1 MB": (HEAD + b"X: " + b"a" * MEGABYTE + b"\r\n\r\n", {400, 431, 0}),
    "20,000 headers": (HEAD + b"X: a\r\n" * 20_000 + b"\r\n", {400, 431, 0}),
    "a header without a name": (HEAD + b": a\r\n\r\n", {400, 0}),
    "a NUL in a header": (HEAD + b"X: a\0b\r\n\r\n", {400, 0}),
    "a path that goes up": (b"GET /v1/../../etc/passwd HTTP/1.1\r\nHost: m\r\n\r\n", {400, 404}),
    "a path that goes up, encoded": (
        b"GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\nHost: m\r\n\r\n",
        {400, 404},
    ),
    "NUL in the path": (b"GET /health%00.html HTTP/1.1\r\nHost: m\r\n\r\n", {400, 404}),
    "a path that is no UTF-8": (b"GET /%ff%fe HTTP/1.1\r\nHost: m\r\n\r\n", {400, 404}),
}


@pytest.mark.parametrize("case", NONSENSE)
def test_what_is_not_http_is_turned_away(case: str, mallard: Collector) -> None:
    request, allowed = NONSENSE[case]
    status, _ = ask(mallard, request)
    assert status in allowed
    assert landed(mallard) == 0
    assert mallard.healthy()


def test_a_length_and_chunks_at_once_cannot_smuggle_a_request(mallard: Collector) -> None:
    """What a proxy in front would take for the body must not be run as a request of its own."""
    hidden = sized(BODY)
    request = HEAD + b"Content-Length: %d\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" % (len(hidden) + 5)
    with connection(mallard, 3) as wire:
        wire.sendall(request + hidden)
        said = until_closed(wire)
    assert said.count(b"HTTP/1.1 200") == 0
    assert landed(mallard) == 0


def test_a_body_without_end_is_cut_off_and_not_held(mallard: Collector) -> None:
    """Chunks for ever: refused as soon as the limit is passed, whatever else comes."""
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    with connection(mallard) as wire:
        wire.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
        with suppress(OSError):
            for _ in range(3200):  # 200 MB, if it were taken
                wire.sendall(chunk)
        assert one_answer(wire)[0] in (413, 0)
    assert landed(mallard) == 0
    assert mallard.memory() < 250 * MEGABYTE


def test_many_large_uploads_at_once_stay_bounded(mallard: Collector) -> None:
    largest = json.dumps({"batch": [GOOD | {"properties": {"note": "x" * 20_000}}] * 24}).encode()
    wires = [socket.create_connection(("127.0.0.1", mallard.port), timeout=60) for _ in range(100)]
    try:
        for wire in wires:
            wire.sendall(sized(largest)[:-1])
        for wire in wires:
            wire.sendall(b"}")
        assert [one_answer(wire)[0] for wire in wires] == [200] * 100
    finally:
        for wire in wires:
            wire.close()
    assert landed(mallard) == 2400
    assert mallard.memory() < 400 * MEGABYTE


@pytest.mark.slow
def test_slow_clients_hinder_nobody_and_are_cut(mallard: Collector) -> None:
    """Hundreds that dawdle in headers or bodies: others are served, and in the end they are sent away."""
    slow = [socket.create_connection(("127.0.0.1", mallard.port), timeout=60) for _ in range(300)]
    try:
        for number, wire in enumerate(slow):
            wire.sendall(HEAD[:40] if number % 2 else sized(BODY)[:-5])
        assert send(mallard, BODY).status_code == 200
        heads, bodies = slow[1], slow[0]
        assert one_answer(heads)[0] in (408, 0)
        assert one_answer(bodies)[0] in (408, 0)
        assert send(mallard, BODY).status_code == 200
    finally:
        for wire in slow:
            wire.close()
    assert landed(mallard) == 2


def test_a_client_that_does_not_read_its_answers_hinders_nobody(mallard: Collector) -> None:
    with connection(mallard) as wire:
        wire.settimeout(1)
        with suppress(OSError):
            for _ in range(200):
                wire.sendall(sized(BODY) * 50)
        assert send(mallard, BODY).status_code == 200
    assert eventually(mallard.healthy)
    report, _, _ = mallard.fresh()
    assert report.received == report.landed


def test_keys_and_methods_are_checked_on_every_path(mallard: Collector) -> None:
    for path in ("/v1/batch", "/v1/track", "/v1/t", "/v1/import", "/beacon/v1/batch"):
        assert httpx.post(mallard.url + path, content=BODY).status_code == 401
        assert httpx.post(mallard.url + path, content=BODY, auth=("wk-shop2", "")).status_code == 401
        assert httpx.get(mallard.url + path, auth=AUTH).status_code == 405
    assert landed(mallard) == 0
