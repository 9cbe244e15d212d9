from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.servers import DatabaseServer
from tests.sources.platforms import MakePlatform, fill
from tests.sources.shops import USUAL, Shop, contract_tables

NOW = "2026-11-23T04:00:00+00:00"
"""Noon in Shanghai: the present of these tests."""

MakeShop = Callable[..., Shop]


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MALLARD_NOW", NOW)


def _project(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir(exist_ok=True)
    return tmp_path


def _name(request: pytest.FixtureRequest) -> str:
    return re.sub(r"[^a-z0-9]+", "_", request.node.name.lower())[:50].strip("_")


@pytest.fixture
def sqlite_shop(tmp_path: Path) -> Shop:
    """An empty shop with the contract's tables in SQLite."""
    shop = Shop(f"sqlite:///{_project(tmp_path) / 'data' / 'shop.db'}", tmp_path, {})
    contract_tables(shop)
    return shop


@pytest.fixture
def mariadb_shop(mariadb: DatabaseServer, tmp_path: Path, request: pytest.FixtureRequest) -> Shop:
    """An empty shop with the usual tables of the contract in MariaDB."""
    shop = Shop(mariadb.create(_name(request)), _project(tmp_path), {})
    contract_tables(shop, *USUAL)
    return shop


@pytest.fixture
def postgres_shop(postgres: DatabaseServer, tmp_path: Path, request: pytest.FixtureRequest) -> Shop:
    """An empty shop with the usual tables of the contract in PostgreSQL."""
    shop = Shop(postgres.create(_name(request)), _project(tmp_path), {})
    contract_tables(shop, *USUAL)
    return shop


@pytest.fixture
def platform(mariadb: DatabaseServer, tmp_path: Path) -> MakePlatform:
    """A shop of a platform with its rows, in the time zone of Shanghai."""

    def make(preset: str) -> Shop:
        shop = Shop(mariadb.create(f"platform_{preset}"), _project(tmp_path), {"source": {"preset": preset}})
        fill(shop, preset)
        return shop

    return make


@pytest.fixture(
    params=[
        "sqlite",
        pytest.param("mariadb", marks=pytest.mark.mariadb),
        pytest.param("postgres", marks=pytest.mark.postgres),
    ]
)
def shop(request: pytest.FixtureRequest) -> Shop:
    """The same shop in each kind of database."""
    found: Any = request.getfixturevalue(f"{request.param}_shop")
    assert isinstance(found, Shop)
    return found
