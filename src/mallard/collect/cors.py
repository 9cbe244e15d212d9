"""What lets a browser page of another origin send events."""

from __future__ import annotations

import re

from mallard.collect.answers import Answer, Headers
from mallard.collect.requests import Request

PREFLIGHT = Answer(200, b"", [(b"content-type", b"text/plain")])

_ALLOWED = b"Authorization, Content-Type, Content-Encoding, X-Retry-Count, AnonymousId"
_NAMES = re.compile(rb"[A-Za-z0-9_, -]+")


def headers(request: Request) -> Headers:
    """The answer to a request that names its origin; none to others.

    The origin is echoed and credentials are allowed because ``sendBeacon`` always sends them; the collector
    itself knows no cookie. Headers that a page asks to send are allowed: what is not understood is ignored.
    """
    origin = request.headers.get(b"origin")
    if origin is None:
        return []
    found = [
        (b"access-control-allow-origin", origin),
        (b"access-control-allow-credentials", b"true"),
        (b"access-control-expose-headers", b"Retry-After"),
        (b"vary", b"Origin"),
    ]
    if request.method == "OPTIONS":
        asked = request.headers.get(b"access-control-request-headers", b"")
        allowed = b", ".join([_ALLOWED, asked]) if _NAMES.fullmatch(asked) else _ALLOWED
        found += [
            (b"access-control-allow-methods", b"GET, POST, OPTIONS"),
            (b"access-control-allow-headers", allowed),
            (b"access-control-max-age", b"86400"),
        ]
    return found
