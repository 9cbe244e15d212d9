"""Where the dashboard listens: loopback unless a password is set, and never on a port that is taken."""

from __future__ import annotations

import errno
import gc
import ipaddress
import socket
from collections.abc import Callable
from typing import Any

from mallard.errors import MallardError, SettingsError
from mallard.settings import Settings


def loopback(host: str) -> bool:
    """Whether only this machine can reach an address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def password(settings: Settings) -> str | None:
    """The dashboard's password; None where there is none."""
    if settings.dashboard.password is None:
        return None
    found = settings.secret(settings.dashboard.password, "dashboard.password")
    if not found:
        raise SettingsError("dashboard.password is empty.", "Give it a value, or remove the key.")
    return found


def listen(settings: Settings, port: int) -> tuple[socket.socket, str]:
    """A listening socket and the address to open in a browser."""
    host = settings.dashboard.host
    if password(settings) is None and not loopback(host):
        raise SettingsError(
            f"The dashboard would be open to everybody on {host}: it has no password.",
            "Set dashboard.password to 'env:NAME' or 'file:PATH', or dashboard.host to 127.0.0.1.",
        )
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((host, port))
        made.listen(256)
    except OSError as taken:
        made.close()
        if taken.errno == errno.EADDRINUSE:
            raise MallardError(
                f"Port {port} on {host} is already in use.",
                "Stop what uses it, or choose another with --port or dashboard.port.",
            ) from taken
        raise MallardError(
            f"The dashboard cannot listen on {host}:{port}: {taken.strerror}.",
            "Check dashboard.host and port.",
        ) from taken
    shown = f"[{host}]" if ":" in host else host
    return made, f"http://{shown}:{made.getsockname()[1]}"


def run(application: Any, made: socket.socket, address: str, ready: Callable[[str], None] | None) -> None:
    """Serve on the socket until SIGINT or SIGTERM."""
    import uvicorn

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if ready is not None and self.started:
                ready(address)

    gc.collect()
    gc.freeze()  # what was loaded to start with stays: looking through it again costs 80 ms now and then
    config = uvicorn.Config(
        application, log_level="warning", access_log=False, server_header=False, timeout_graceful_shutdown=3
    )
    Server(config).run(sockets=[made])
