"""A project whose spool is filled by hand and landed, and its lake read back with an independent reader."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.dataset as ds

from mallard.lake.land import LandReport, land
from mallard.settings import Settings, parse
from mallard.spool import Record, SpoolWriter
from mallard.state import State

RECEIVED = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
"""When the records of the tests came in, unless a test says otherwise."""


def micros(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000_000)


def request(
    *events: Any, kind: str = "batch", received: datetime = RECEIVED, source: str = "shop-web", ip: str = "",
    user_agent: str = "", **batch: Any,
) -> Record:  # fmt: skip
    """A Segment request; ``events`` are JSON values, or bytes to stand as they are."""
    items = [event if isinstance(event, bytes) else json.dumps(event).encode() for event in events]
    extra = b"".join(b",%s:%s" % (json.dumps(k).encode(), json.dumps(v).encode()) for k, v in batch.items())
    body = b'{"batch":[' + b",".join(items) + b"]" + extra + b"}"
    return Record("segment", kind, source, micros(received), body, ip, user_agent)


def single(
    body: bytes, kind: str = "track", received: datetime = RECEIVED, source: str = "shop-web"
) -> Record:
    return Record("segment", kind, source, micros(received), body)


def lines(*rows: Any, received: datetime = RECEIVED, source: str = "log", origin: str = "file-0@0") -> Record:
    """Lines of a user_action log; ``rows`` are JSON values, or bytes to stand as they are."""
    body = b"".join(
        (row if isinstance(row, bytes) else json.dumps(row, separators=(",", ":")).encode()) + b"\n"
        for row in rows
    )
    return Record("user_action", "lines", source, micros(received), body, origin=origin)


def track(**fields: Any) -> dict[str, Any]:
    return {"type": "track", "event": "Product Viewed", "userId": "u1", **fields}


def action(**fields: Any) -> dict[str, Any]:
    """A line as the app writes it; a value of ... leaves the key out."""
    usual = {
        "uid": 10, "xaid": "ab-1", "platform": 1, "ver": "3.1", "vercode": "351", "net": 1, "brand": "oppo",
        "model": "oppo31", "display": "1280x768", "osver": "7.1.1", "acttime": 1773140400000, "act": 1,
    }  # fmt: skip
    return {key: value for key, value in {**usual, **fields}.items() if value is not ...}


@dataclass
class Project:
    """A project in a folder; its lake may lie elsewhere."""

    settings: Settings
    state: State

    @classmethod
    def at(cls, folder: Path, **tables: Any) -> Project:
        settings = parse(tables, folder / "mallard.toml")
        return cls(settings, State(settings.state_path))

    def spool(self, *records: Record) -> None:
        with SpoolWriter(self.settings.spool_path, self.settings.collect.node) as writer:
            writer.append(records)

    def land(self, *records: Record) -> LandReport:
        if records:
            self.spool(*records)
        return land(self.settings, self.state)

    def events(self) -> list[dict[str, Any]]:
        """All rows of ods/event with their dt, in order of arrival."""
        return _rows(Path(self.settings.lake_url), "ods/event", "landed_seq", "origin")

    def event(self) -> dict[str, Any]:
        (row,) = self.events()
        return row

    def quarantined(self) -> list[dict[str, Any]]:
        return _rows(Path(self.settings.lake_url), "quarantine/event", "origin")

    def envelopes(self) -> list[dict[str, Any]]:
        return _rows(Path(self.settings.lake_url), "quarantine/event/_envelopes", "origin")

    def reasons(self) -> Counter[str]:
        return Counter(row["reason"] for row in self.quarantined())


def _rows(lake: Path, table: str, *order: str) -> list[dict[str, Any]]:
    """Read with Arrow, which shares no code with DuckDB."""
    files = sorted(str(path) for path in (lake / table).glob("dt=*/*.parquet"))
    if not files:
        return []
    found: list[dict[str, Any]] = []
    for path in files:
        day = Path(path).parent.name.removeprefix("dt=")
        found += [{**row, "dt": day} for row in ds.dataset(path).to_table().to_pylist()]
    return sorted(found, key=lambda row: tuple(row[name] for name in order))
