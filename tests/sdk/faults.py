"""A proxy that stands before the collector and fails the way networks and servers do.

Faults are spent one a POST, in order; when they are used up everything passes. Those named *-after hand the
request on first, so that the collector has the events and the client does not know it: it will send again.
"""

from __future__ import annotations

import http.client
import socket
import struct
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

OK = "ok"
ERROR = "500"
BUSY = "503"
LIMITED = "429"
CUT_BEFORE = "cut-before"
CUT_AFTER = "cut-after"
HALF_ANSWER = "half-answer-after"
SILENT_AFTER = "silent-after"

_CORS = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "Retry-After"}
_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length"}


@dataclass
class FaultProxy:
    """What the proxy does next, and what it has done: (path, fault, the collector's status or None)."""

    target: int
    faults: list[str]
    port: int = 0
    done: list[tuple[str, str, int | None]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    closing: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def next(self) -> str:
        with self.lock:
            return self.faults.pop(0) if self.faults else OK

    def seen(self) -> list[str]:
        return [fault for _, fault, _ in self.done if fault != OK]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    proxy: FaultProxy

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fault = self.proxy.next()
        status = None
        answer: tuple[int, dict[str, str], bytes] | None = None
        if fault == OK or fault.endswith("-after"):
            answer = self._forward(body)
            status = answer[0] if answer else None
        self.proxy.done.append((self.path, fault, status))
        self._act(fault, answer)

    def do_GET(self) -> None:
        self._act(OK, self._forward(b""))

    do_OPTIONS = do_GET

    def _forward(self, body: bytes) -> tuple[int, dict[str, str], bytes] | None:
        upstream = http.client.HTTPConnection("127.0.0.1", self.proxy.target, timeout=30)
        with suppress(OSError, http.client.HTTPException):
            upstream.request(self.command, self.path, body, dict(self.headers))
            answer = upstream.getresponse()
            headers = {name: value for name, value in answer.getheaders() if name.lower() not in _HOP}
            return answer.status, headers, answer.read()
        return None

    def _act(self, fault: str, answer: tuple[int, dict[str, str], bytes] | None) -> None:
        refusal = b'{"code": "fault", "message": "injected"}'
        if fault in (ERROR, BUSY):
            self._answer(int(fault), _CORS, refusal)
        elif fault == LIMITED:
            self._answer(429, {**_CORS, "Retry-After": "1"}, refusal)
        elif fault == OK and answer:
            self._answer(*answer)
        elif fault == HALF_ANSWER and answer:
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Le")
            self._cut()
        elif fault == SILENT_AFTER:
            self.connection.settimeout(0.2)
            while not self.proxy.closing.is_set() and not self._left():
                pass
            self._cut()
        else:
            self._cut()

    def _left(self) -> bool:
        """Whether the client has gone."""
        try:
            return self.connection.recv(1, socket.MSG_PEEK) == b""
        except TimeoutError:
            return False
        except OSError:
            return True

    def _cut(self) -> None:
        """Reset the connection, with nothing more said."""
        self.close_connection = True
        with suppress(OSError):
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()

    def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def finish(self) -> None:
        with suppress(OSError, ValueError):
            super().finish()

    def log_message(self, *_: Any) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """A client that leaves in the middle is part of the game."""


@contextmanager
def fault_proxy(target: int, faults: Iterable[str]) -> Iterator[FaultProxy]:
    """A running proxy before a collector's port."""
    proxy = FaultProxy(target, list(faults))
    server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"proxy": proxy}))
    proxy.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        proxy.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()
