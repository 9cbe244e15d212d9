"""Whose schema a shop's database has: the queries that map it onto the contract.

A preset is data: one :class:`PresetTable` for each contract table it can give, and the status codes it knows.
What ``[source.tables.<name>]`` says replaces the preset's word key by key.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import import_module
from typing import Literal


@dataclass(frozen=True)
class PresetTable:
    """How one contract table is read.

    query: a SELECT naming the contract's columns; columns that begin with '_' are used but not kept;
    ``{prefix}`` stands for the prefix of table names, ``{paid}`` and every other status of the contract for
    the codes that mean it, as texts.
    base: the shop's table behind alias ``b`` in the query; its columns beyond ``known`` are kept as
    ``extra``, put in where the query says ``{more}``.
    """

    query: str
    mode: Literal["full", "changes"] = "full"
    cursor: str | None = None
    base: str | None = None
    known: tuple[str, ...] = ()


@dataclass(frozen=True)
class Preset:
    """The tables of a kind of shop, and what its order status codes mean in the contract's words.

    prefix: what table names begin with, where queries say ``{prefix}`` and the settings nothing else.
    timezone: the zone of its zoneless times, where it is always the same.
    """

    tables: dict[str, PresetTable]
    order_status: dict[str, str] = field(default_factory=dict)
    prefix: str = ""
    timezone: str | None = None


def preset(name: str) -> Preset:
    """The preset of a name that settings allow."""
    found: Preset = import_module(f"mallard.sources.presets.{name}").PRESET
    return found
