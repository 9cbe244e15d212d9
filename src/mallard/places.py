"""Whether anybody listens where the settings say, looked at before a client is let loose on it.

Some clients go on asking for minutes, a few for ever, and say little at the end.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Sequence

from mallard.errors import UnreachableError


def answering(places: Sequence[tuple[str, int]], what: str, key: str) -> None:
    """Whether anybody listens at one of them; an UnreachableError that names the key if not."""
    failed: OSError | None = None
    for place in places:
        try:
            socket.create_connection(place, timeout=5).close()
            return
        except OSError as broken:
            failed = broken
    if failed is not None:
        raise UnreachableError(
            f"{what} does not answer: {failed.strerror or failed}.", f"Start it, or correct {key}."
        ) from failed


def addresses(url: str, port: int) -> list[tuple[str, int]]:
    """The hosts and ports of a URL, of which there may be several: thrift://a:1,thrift://b:2, spark://a:1,b:2.

    port: where none is written. None at all where they are written in a way that only a driver understands.
    """
    found = []
    for part in re.sub(r"^jdbc:", "", url).split("?")[0].split(","):
        place = re.fullmatch(r"(?:\w+://)?(\[[^]]+\]|[^/:@(\[]+)(?::(\d+))?(?:[/;].*)?", part)
        if not place:
            return []
        found.append((place[1].strip("[]"), int(place[2] or port)))
    return found


def namenode(url: str, key: str) -> None:
    """Whether the namenode of an hdfs:// URL listens; a service's name has no port and is left to Hadoop."""
    if re.match(r"hdfs://[^/]*:\d", url):
        answering(addresses(url, 8020), url, key)
