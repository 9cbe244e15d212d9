"""A storage that dies: from a given change of the lake on, nothing works any more."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mallard.lake import stream
from mallard.settings import Settings
from mallard.storage import open_storage

CHANGES = ("write_bytes", "put_file", "delete")


class Death(BaseException):
    """The process is gone; nothing catches this."""


class Dying:
    """Passes everything on until ``left`` changes were made."""

    def __init__(self, storage: Any, left: int) -> None:
        self._storage = storage
        self._left = left

    def __getattr__(self, name: str) -> Any:
        if name in CHANGES:
            if self._left == 0:
                raise Death
            self._left -= 1
        return getattr(self._storage, name)


def die_after(changes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next work on a lake dies after so many changes."""

    def opened(settings: Settings) -> Any:
        return Dying(open_storage(settings), changes)

    monkeypatch.setattr(stream, "open_storage", opened)


def live(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "open_storage", open_storage)


def files(lake: Path) -> set[str]:
    """Every file of a lake in a folder, except those that are being written."""
    found = (path.relative_to(lake).as_posix() for path in lake.rglob("*") if path.is_file())
    return {path for path in found if not path.startswith("_tmp/")}
