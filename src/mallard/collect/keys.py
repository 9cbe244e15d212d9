"""Who may send: write keys, where they may come from, and how often."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from functools import lru_cache

from mallard.collect.answers import Refusal, unavailable
from mallard.collect.requests import Request
from mallard.errors import SettingsError
from mallard.settings import Settings, WriteKey

OPEN_SOURCE = "default"
"""Name of the source where no keys are set."""

_REREAD_SECONDS = 5.0
_LOOK_AGAIN_SECONDS = 0.1
"""For a key that is not known: it may be newer than what was read, and its sender would drop the events."""

_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[^/?#\s*]+|null")


@dataclass(slots=True)
class Source:
    """A sender, by its write key. ``rate`` is requests a second for this process; 0 is no limit."""

    name: str
    origins: frozenset[str] = frozenset()
    events: frozenset[str] = frozenset()
    rate: float = 0.0
    _tokens: float = 0.0
    _at: float = 0.0

    def admit(self, origin: str, now: float) -> None:
        """Refuse a browser page that may not send, and requests above the rate (a token bucket of a second).

        ``now`` is a monotonic time in seconds. A request that names no origin is no browser's.
        """
        if self.origins and origin and origin not in self.origins:
            raise Refusal(403, "origin_not_allowed", f"{origin} may not send with this write key.")
        if self.rate:
            burst = max(self.rate, 1.0)
            self._tokens = min(burst, self._tokens + (now - self._at) * self.rate)
            self._at = now
            if self._tokens < 1.0:
                raise Refusal(429, "rate_limited", "Too many requests with this write key.", retry_after=1)
            self._tokens -= 1.0


class Keys:
    """The write keys of mallard.toml. A key kept in a file is read again, so that it can be changed."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._sources: dict[str, Source] = {}
        for key in settings.collect.keys:
            rate = key.rate / settings.collect.workers
            source = Source(key.name, _origins(key), frozenset(key.events), rate)
            if self._sources.setdefault(key.name, source) != source:
                raise SettingsError(
                    f"The write keys named '{key.name}' in collect.keys differ in rate, origins or events.",
                    "Give them the same limits, or names of their own.",
                )
        self._open = Source(OPEN_SOURCE)
        self._read_at = float("-inf")
        self._by_key: dict[str, Source] = {}
        self._read()

    def find(self, request: Request, in_body: str | None, now: float) -> Source:
        """The sender of a request: Basic user name, else the query's, else the body's ``writeKey``."""
        if not self._sources:
            return self._open
        given = basic_user(request.headers.get(b"authorization", b""))
        if given is None and b"writeKey" in request.query_string:
            given = request.query().get("writeKey")
        return self.named(given if given is not None else in_body, now)

    def named(self, key: str | None, now: float) -> Source:
        """The sender with a write key; 401 where nobody has it, 503 where that cannot be told."""
        if not self._sources:
            return self._open
        if now - self._read_at > (_REREAD_SECONDS if key in self._by_key else _LOOK_AGAIN_SECONDS):
            self._refresh(now)
        source = self._by_key.get(key) if key else None
        if source is None:
            raise Refusal(401, "unknown_write_key", "The write key is missing or not known here.")
        return source

    def _refresh(self, now: float) -> None:
        try:
            self._read()
        except SettingsError as broken:
            raise unavailable("keys_unavailable", "The write keys cannot be read at the moment.") from broken
        self._read_at = now

    def _read(self) -> None:
        found: dict[str, Source] = {}
        for key in self._settings.collect.keys:
            source = self._sources[key.name]
            if found.setdefault(self._secret(key), source) is not source:
                raise SettingsError(
                    f"The write key of '{key.name}' in collect.keys is that of another name too.",
                    "Give each name a key of its own.",
                )
        self._by_key = found

    def _secret(self, key: WriteKey) -> str:
        secret = self._settings.secret(key.key, f"collect.keys '{key.name}'")
        if not secret:
            raise SettingsError(f"The write key '{key.name}' is empty.", "Give it a value in mallard.toml.")
        return secret


def _origins(key: WriteKey) -> frozenset[str]:
    """The origins as browsers write them; SettingsError for one that no browser ever sends."""
    found = {origin.removesuffix("/").lower() for origin in key.origins}
    for origin in found:
        if not _ORIGIN.fullmatch(origin):
            raise SettingsError(
                f"The write key '{key.name}' has the origin '{origin}', which no browser sends.",
                "Write it with its protocol and without a path, such as https://shop.example.",
            )
    return frozenset(found)


@lru_cache(maxsize=1024)
def basic_user(header: bytes) -> str | None:
    """The user name of a Basic authorization header; None where it is none."""
    scheme, _, encoded = header.partition(b" ")
    if scheme.lower() != b"basic":
        return None
    try:
        text = base64.b64decode(encoded.strip(), validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return text.partition(":")[0]
