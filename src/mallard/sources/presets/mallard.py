"""Preset ``mallard``: the database has the contract's tables under the contract's names."""

from __future__ import annotations

from mallard.contract import TABLES
from mallard.sources.presets import Preset, PresetTable

_BY_CHANGES = ("orders", "order_item", "payment", "shipment", "refund")

PRESET = Preset(
    {
        name: PresetTable(
            f"select * from {name}",
            mode="changes" if name in _BY_CHANGES else "full",
            cursor=table.cursor if name in _BY_CHANGES else None,
        )
        for name, table in TABLES.items()
    }
)
