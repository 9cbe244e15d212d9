"""Starting the dashboard."""

from __future__ import annotations

from collections.abc import Callable

from mallard.settings import Settings


def serve(settings: Settings, port: int | None = None, ready: Callable[[str], None] | None = None) -> None:
    """Serve the dashboard until the process is told to stop.

    port: another one than the settings say; 0 takes a free one.
    ready: called with the address once it listens.
    """
    from mallard.dashboard.server import listen, password, run

    socket, address = listen(settings, settings.dashboard.port if port is None else port)
    with socket:
        from mallard.dashboard.gate import Gate
        from mallard.dashboard.sessions import signing_key
        from mallard.dashboard.web import create

        asked = password(settings)
        key = signing_key(settings, asked) if asked is not None else b""
        run(Gate(create(settings), asked, settings.shop.name, key), socket, address, ready)
