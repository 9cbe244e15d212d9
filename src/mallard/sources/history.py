"""The lake's files of a shop table, and the run that adds to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from mallard.contract import Table
from mallard.sources.cleaning import literal, name
from mallard.storage import Storage


@dataclass(frozen=True)
class Run:
    """One import: when, its number, and the shop's zone."""

    at: datetime
    seq: int
    timezone: str

    @property
    def moment(self) -> str:
        """``at`` as an SQL literal."""
        return f"timestamptz {literal(self.at.isoformat())}"

    @property
    def name(self) -> str:
        return f"{self.at:%Y%m%dT%H%M%S}-{self.seq:08d}"


def history(storage: Storage, prefix: str) -> list[str]:
    return [storage.url(path) for path in storage.list(prefix) if path.endswith(".parquet")]


def parquet(urls: Sequence[str]) -> str:
    return f"read_parquet([{', '.join(map(literal, urls))}], union_by_name = true, hive_partitioning = false)"


def same(table: Table, left: str, right: str) -> str:
    """Two rows have the same key; a key may have an optional part."""
    return " and ".join(f"{left}.{name(k)} is not distinct from {right}.{name(k)}" for k in table.key)
