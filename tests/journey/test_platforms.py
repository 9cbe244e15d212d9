"""A whole run over the small hand-made shops of the platforms: what is published was counted by hand."""

from __future__ import annotations

import sqlite3
from decimal import Decimal
from pathlib import Path

import pytest

from tests.command import succeed
from tests.servers import DatabaseServer
from tests.sources.platforms import fill
from tests.sources.shops import Shop

pytestmark = [pytest.mark.slow, pytest.mark.mariadb]

SALES = "dt, gmv, paid_gmv, orders, cancelled_orders, units, buyers, refund_amount"

SETTINGS = {"opencart": 'order_status = { "17" = "paid" }'}

PUBLISHED: dict[str, list[tuple[str, str, str, int, int, int, int, str]]] = {
    "prestashop": [
        ("2026-11-10", "111", "100", 3, 0, 6, 2, "0"),  # 60, 40 and 11, which was never paid
        ("2026-11-11", "15", "0", 1, 0, 3, 1, "0"),
        ("2026-11-12", "120", "120", 1, 1, 2, 1, "0"),
        ("2026-11-15", "0", "0", 0, 0, 0, 0, "7"),
        ("2026-11-16", "0", "0", 0, 0, 0, 0, "19"),
        ("2026-11-17", "0", "0", 0, 0, 0, 0, "13"),
        ("2026-11-18", "0", "0", 0, 0, 0, 0, "72"),
        ("2026-11-19", "50.01", "50.01", 2, 0, 6, 1, "0"),
        ("2026-11-20", "168.9", "119", 2, 0, 4, 1, "0"),  # 119 and a guest's 49.90
    ],
    "opencart": [
        ("2026-11-10", "60", "60", 1, 0, 1, 1, "0"),
        ("2026-11-11", "23", "0", 2, 0, 4, 1, "0"),  # 15, later cancelled, and 8, never paid
        ("2026-11-12", "30", "30", 1, 1, 2, 1, "0"),
        ("2026-11-18", "0", "0", 0, 0, 0, 0, "60"),
        ("2026-11-19", "20", "0", 1, 0, 2, 1, "0"),  # paid the day after
        ("2026-11-20", "168.9", "139", 2, 0, 4, 1, "0"),
    ],
    "shopware": [
        ("2026-11-10", "60", "60", 1, 0, 1, 1, "0"),
        ("2026-11-11", "15", "0", 1, 0, 3, 1, "0"),
        ("2026-11-12", "20", "20", 1, 1, 3, 0, "0"),  # of a customer who is gone
        ("2026-11-18", "0", "0", 0, 0, 0, 0, "60"),
        ("2026-11-19", "119", "119", 1, 0, 1, 1, "0"),
        ("2026-11-20", "168.9", "119", 2, 0, 4, 1, "5"),
    ],
}


@pytest.mark.parametrize("preset", PUBLISHED)
def test_what_is_published_was_counted_by_hand(preset: str, tmp_path: Path, mariadb: DatabaseServer) -> None:
    url = mariadb.create(f"journey_{preset}")
    fill(Shop(url, tmp_path, {}), preset)
    (tmp_path / "mallard.toml").write_text(
        f'[shop]\ntimezone = "Asia/Shanghai"\n[source]\nurl = "{url}"\npreset = "{preset}"\n'
        + SETTINGS.get(preset, "")
    )
    environment = {"MALLARD_NOW": "2026-11-23T04:00:00+00:00"}
    succeed("source", "check", cwd=tmp_path, **environment)
    succeed("run", cwd=tmp_path, **environment)
    with sqlite3.connect(tmp_path / "data" / "serving.db") as db:
        found = db.execute(f"select {SALES} from app_sales order by dt").fetchall()
    figures = [(day, *(Decimal(str(figure)) for figure in row)) for day, *row in found]
    assert [row for row in figures if any(row[1:])] == [
        (day, *map(Decimal, row)) for day, *row in PUBLISHED[preset]
    ]
