"""A lake made by hand: a few events and versions of shop rows, written as the loaders write them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from mallard import days
from mallard.contract import TABLES, Column
from mallard.events.event import EVENT_COLUMNS, QUARANTINE_COLUMNS
from mallard.settings import Settings, Shop
from mallard.state import State
from mallard.warehouse.engine import VERSION_COLUMNS

_ARROW = {
    "string": pa.string(),
    "integer": pa.int64(),
    "double": pa.float64(),
    "money": pa.decimal128(18, 4),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "instant": pa.timestamp("us", tz="UTC"),
}


def instant(text: str) -> datetime:
    """A UTC instant from ISO text without zone."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


class HandLake:
    """A project whose lake is written row by row; every call is one landing or import."""

    def __init__(self, project: Path, timezone: str = "UTC") -> None:
        self.settings = Settings(shop=Shop(timezone=timezone), project=project)
        self.state = State(self.settings.state_path)
        self.root = project / "data" / "lake"
        self.seq = 0

    def events(self, *rows: Mapping[str, Any]) -> None:
        """Land events. Each needs event_id, event_name and event_time; the rest has plain defaults."""
        self.seq += 1
        by_day: dict[date, list[dict[str, Any]]] = {}
        touched: set[date] = set()
        for place, row in enumerate(rows):
            full = {
                "event_type": "track",
                "received_at": row["event_time"],
                "time_source": "client",
                "source": "web",
                "platform": "web",
                "is_bot": False,
                "properties": "{}",
                "context": "{}",
                "origin": f"n1-{self.seq:06d}-{place:06d}",
                "landed_seq": self.seq,
                **row,
            }
            day = self._day(full["event_time"])
            by_day.setdefault(day, []).append(full)
            touched |= {day, self._day(full["received_at"])}
        for day, kept in by_day.items():
            self._write(f"ods/event/dt={day}", EVENT_COLUMNS, kept)
        self.state.touch("event", touched)

    def quarantine(self, *rows: Mapping[str, Any]) -> None:
        """Set records aside: source, reason, received_at."""
        self.seq += 1
        for place, row in enumerate(rows):
            day = self._day(row["received_at"])
            full = {"raw": "?", "origin": f"q-{self.seq}-{place}", "landed_seq": self.seq, **row}
            self._write(f"quarantine/event/dt={day}", QUARANTINE_COLUMNS, [full])
            self.state.touch("quarantine", [day])

    def load(self, loaded_at: datetime, **tables: Sequence[Mapping[str, Any]]) -> None:
        """Import versions of rows, tables by name; a row with change='delete' needs its key only."""
        self.seq += 1
        for name, rows in tables.items():
            columns = (*TABLES[name].columns, *VERSION_COLUMNS)
            kept = [{"change": "upsert", "loaded_at": loaded_at, "load_seq": self.seq, **row} for row in rows]
            self._write(f"ods/{name}/loaded={self._day(loaded_at)}", columns, kept)
            self.state.touch(name, [self._day(loaded_at)])

    def _day(self, moment: datetime) -> date:
        return days.business_date(moment, self.settings.shop.timezone)

    def _write(self, folder: str, columns: Iterable[Column], rows: Sequence[Mapping[str, Any]]) -> None:
        schema = pa.schema([(column.name, _ARROW[column.type]) for column in columns])
        full = [{name: _value(row.get(name)) for name in schema.names} for row in rows]
        path = self.root / folder / f"{self.seq:06d}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.Table.from_pylist(full, schema=schema), path)


def _value(value: Any) -> Any:
    return round(value, 4) if isinstance(value, Decimal) else value
