"""A TCP proxy, a process of its own, that stands before the database and cuts or stalls at a byte.

A process, because connectorx holds Python's lock while it connects.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


@contextmanager
def cutting_proxy(target: int, after: int, silent: bool = False) -> Iterator[int]:
    """The port of a proxy that breaks everything once ``after`` bytes have come from the server.

    silent: it keeps the connections instead, and hands nothing on.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:
        process = subprocess.Popen(
            [sys.executable, __file__, str(listener.fileno()), str(target), str(after), str(int(silent))],
            pass_fds=[listener.fileno()],
        )
        try:
            yield listener.getsockname()[1]
        finally:
            process.kill()
            process.wait()


class _Proxy:
    def __init__(self, target: int, after: int, silent: bool) -> None:
        self.target, self.left, self.silent = target, after, silent
        self.lock = threading.Lock()

    def serve(self, listener: socket.socket) -> None:
        while self.left > 0:
            client, _ = listener.accept()
            server = socket.create_connection(("127.0.0.1", self.target))
            threading.Thread(target=self.pump, args=(client, server, False), daemon=True).start()
            threading.Thread(target=self.pump, args=(server, client, True), daemon=True).start()

    def pump(self, source: socket.socket, sink: socket.socket, counts: bool) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                with self.lock:
                    self.left -= len(data) if counts else 0
                    if self.left <= 0 and self.silent:
                        threading.Event().wait()
                    if self.left <= 0:
                        os._exit(0)  # the kernel closes every connection
                sink.sendall(data)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


if __name__ == "__main__":
    descriptor, port, limit, silence = map(int, sys.argv[1:])
    _Proxy(port, limit, bool(silence)).serve(socket.socket(fileno=descriptor))
