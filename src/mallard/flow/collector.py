"""A collector in a process of its own, for as long as it is needed."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from mallard.errors import MallardError
from mallard.settings import FILE_NAME, Settings

_START_SECONDS = 30


@contextmanager
def collector(settings: Settings) -> Iterator[str]:
    """Run ``mallard collect`` on a free loopback port; its URL. It is stopped in order at the end."""
    port = _free_port()
    command = [sys.executable, "-m", "mallard", "collect", "--host", "127.0.0.1", "--port", str(port)]
    process = subprocess.Popen(
        [*command, "--project", str(settings.project / FILE_NAME)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait(process, url)
        yield url
    finally:
        process.terminate()
        process.communicate(timeout=60)


def _wait(process: subprocess.Popen[str], url: str) -> None:
    """Until it answers; what it said where it does not."""
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            said = process.stderr.read() if process.stderr is not None else ""
            raise MallardError(
                f"The collector did not start: {said.strip()}", "Run 'mallard collect' to see."
            )
        try:
            if httpx.get(f"{url}/health", timeout=2).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise MallardError(f"The collector did not answer at {url} within {_START_SECONDS} s.", "Try again.")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
