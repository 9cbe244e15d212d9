"""Requests sent for real: over HTTP to a collector, a few at a time."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from mallard import days as calendar
from mallard.errors import UnreachableError
from mallard.simulate.diary import Reported, Send
from mallard.simulate.shop import micros
from mallard.simulate.wire import BodyEncoder

_CONNECTIONS = 4


def as_posted(send: Send, now: int) -> Send:
    """A request of the past as it is sent really, at a moment: by a machine whose clock is right."""
    items = [Reported(item.event, item.event.at, item.malformed) for item in send.items]
    return Send(now, now, send.source, send.kind, send.ip, items)


def post_sends(sends: Sequence[Send], url: str, keys: Mapping[str, str]) -> None:
    """Post every request, over a few connections at once.

    There are thousands of them, hence the standard library's plain client.
    """
    parts = [sends[place::_CONNECTIONS] for place in range(_CONNECTIONS)]
    with ThreadPoolExecutor(_CONNECTIONS) as pool:
        for done in [pool.submit(_post, part, url, keys) for part in parts]:
            done.result()


def _post(sends: Sequence[Send], url: str, keys: Mapping[str, str]) -> None:
    target = urlsplit(url)
    connect = HTTPSConnection if target.scheme == "https" else HTTPConnection
    connection = connect(target.hostname or "", target.port, timeout=30)
    encoder = BodyEncoder()
    try:
        for send in sends:
            body = encoder.body(as_posted(send, micros(calendar.now())))
            connection.request("POST", f"/v1/{send.kind}", body, _headers(send, keys[send.source]))
            answer = connection.getresponse()
            said = answer.read()
            if answer.status != 200:
                raise UnreachableError(
                    f"The collector at {url} answered {answer.status}: {said[:200].decode(errors='replace')}",
                    "Check the write key.",
                )
    except (OSError, HTTPException) as broken:
        raise UnreachableError(
            f"The collector at {url} does not answer: {broken!r}.", "Is 'mallard collect' running?"
        ) from broken
    finally:
        connection.close()


def _headers(send: Send, key: str) -> dict[str, str]:
    credentials = base64.b64encode(f"{key}:".encode()).decode()
    return {
        "Authorization": f"Basic {credentials}",
        "Content-Type": "application/json",
        "User-Agent": send.items[0].event.device.model.user_agent,
    }
