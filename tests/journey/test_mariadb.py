"""The whole journey with a real MariaDB as the shop's database (schema mall) and another as the target."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from mallard import settings as file
from mallard.simulate import truth
from mallard.simulate.database import write_database
from mallard.simulate.mall import STATUS_CODES
from mallard.simulate.send import spool_days
from mallard.simulate.shop import Shop
from mallard.state import State
from tests.command import succeed
from tests.journey.compare import differences
from tests.servers import DatabaseServer

pytestmark = [pytest.mark.slow, pytest.mark.mariadb]

FIRST, DAYS, ZONE = date(2026, 3, 1), 20, "Asia/Shanghai"
NOW = "2026-03-21T04:00:00+00:00"


def settings_text(source: str, target: str) -> str:
    codes = ", ".join(f'{code} = "{status}"' for status, code in STATUS_CODES.items())
    return f"""
[shop]
timezone = "{ZONE}"
currency = "CNY"
[source]
url = "{source}"
password = "env:SHOP_PASSWORD"
preset = "mall"
order_status = {{ {codes} }}
[publish]
url = "{target}"
password = "env:SHOP_PASSWORD"
"""


def test_mall_in_mariadb_to_tables_in_mariadb(tmp_path: Path, mariadb: DatabaseServer) -> None:
    shop = Shop(7, FIRST, DAYS, ZONE, size=0.3, currency="CNY")
    source, target = mariadb.create("journey_mall"), mariadb.create("journey_serving")
    text = settings_text(*(url.replace("canary-secret", "{password}") for url in (source, target)))
    (tmp_path / "mallard.toml").write_text(text)
    environment = {"SHOP_PASSWORD": "canary-secret", "MALLARD_NOW": NOW}

    write_database(shop, FIRST + timedelta(days=9), source, "mall")
    spool_days(shop, shop.all_days[:10], file.load(tmp_path))
    first = succeed("run", cwd=tmp_path, **environment)
    write_database(shop, shop.last_day, source, "mall")
    spool_days(shop, shop.all_days[10:], file.load(tmp_path))
    second = succeed("run", cwd=tmp_path, **environment)
    third = succeed("run", cwd=tmp_path, **environment)

    assert "published already" in third
    assert "canary-secret" not in first + second + third
    for path in (tmp_path / "data").rglob("*"):
        if path.is_file():
            assert b"canary-secret" not in path.read_bytes(), path
    with State(tmp_path / "data" / "state.db") as state:
        imports = [int(run.started_at.timestamp() * 1_000_000) for run in state.runs("import")][::-1]
    as_of = [(FIRST + timedelta(days=9), imports[0]), (shop.last_day, imports[1])]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SHOP_PASSWORD", "canary-secret")
        true = truth.figures(shop, shop.all_days, date(2026, 3, 21), imports=as_of, schema="mall")
        assert differences(tmp_path, true, ignore=["app_data_quality.freshness"]) == []
