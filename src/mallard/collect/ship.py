"""Sending the blocks of followed logs to a collector on another host, and taking them there.

A block is sent again until the collector has answered that it is durable. It carries where it stands in which
file, so that its lines have the same ids however often it arrives.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from mallard.collect.answers import Refusal
from mallard.collect.tracking import LogError
from mallard.errors import SettingsError, UnreachableError
from mallard.settings import Settings
from mallard.spool import Record

if TYPE_CHECKING:
    import httpx

PATH = "/v1/lines"
_ORIGIN = re.compile(r"[a-z0-9._-]{1,100}@\d{1,18}")
_DIALECTS = ("user_action", "segment")
_KINDS = ("lines", "piece")


class Shipper:
    """Stands where a SpoolWriter stands; ``append`` returns when the other host has kept the records."""

    def __init__(self, settings: Settings) -> None:
        import httpx

        url, key = settings.follow.ship_to or "", settings.follow.key or ""
        if not _is_address(url):
            raise SettingsError(
                f"follow.ship_to '{url}' is no http:// or https:// URL.", "Name a collector's address."
            )
        self._node = settings.collect.node
        self._client = httpx.Client(
            base_url=url, auth=(settings.secret(key, "follow.key"), ""), timeout=30, follow_redirects=False
        )

    def append(self, records: Iterable[Record]) -> None:
        """UnreachableError: not now, try again. LogError: the collector will not take it."""
        for record in records:
            self._send(record)

    def close(self) -> None:
        self._client.close()

    def _send(self, record: Record) -> None:
        import httpx

        about = {
            "dialect": record.dialect,
            "kind": record.kind,
            "origin": f"{self._node}.{record.origin}",
        }
        try:
            answer = self._client.post(PATH, params=about, content=record.body)
        except httpx.HTTPError as failure:
            raise UnreachableError(
                f"The collector {self._client.base_url} cannot be reached: {failure}."
            ) from failure
        if answer.status_code == 200:
            return
        if answer.status_code in (408, 429) or answer.status_code >= 500:
            raise UnreachableError(f"The collector {self._client.base_url} answers {answer.status_code}.")
        raise LogError(
            f"The collector {self._client.base_url} refuses lines: {answer.status_code} {_code(answer)}.",
            "Check follow.ship_to and follow.key here, and collect.max_batch_kb (at least 500) there.",
        )


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # its port is no number
        return False


def _code(answer: httpx.Response) -> str:
    return answer.text[:200]


def taken(query: dict[str, str], body: bytes, source: str, received_at: int) -> Record:
    """The record of a block that was sent here; Refusal where it is none."""
    dialect, kind, origin = query.get("dialect", ""), query.get("kind", ""), query.get("origin", "")
    if dialect not in _DIALECTS or kind not in _KINDS or not _ORIGIN.fullmatch(origin):
        raise Refusal(400, "bad_value", "The query needs a known dialect and kind, and an origin.")
    return Record(dialect, kind, source, received_at, body, origin=origin)
