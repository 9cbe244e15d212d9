"""A real Superset takes the bundle in and draws figures from it; run by ``make test-superset``."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from mallard.publish.boards import BOARDS
from mallard.publish.superset import write
from mallard.settings import Settings
from tests.dashboard import project

pytestmark = [pytest.mark.superset, pytest.mark.slow, pytest.mark.timeout(900)]
BIN = Path(__file__).parents[2] / ".components" / "superset" / "bin"
DRIVER = Path(__file__).with_name("superset_driver.py")
CONFIG = """
import pymysql
pymysql.install_as_MySQLdb()  # Superset asks for mysqlclient, which has to be compiled
SECRET_KEY = "a-made-up-key-for-a-test-that-nobody-else-ever-uses"
SQLALCHEMY_DATABASE_URI = "sqlite:///{home}/superset.db"
PREVENT_UNSAFE_DB_CONNECTIONS = False
WTF_CSRF_ENABLED = False
TALISMAN_ENABLED = False
"""
ADMIN = ("--username", "admin", "--firstname", "A", "--lastname", "B", "--email", "a@example.org",
         "--password", "admin")  # fmt: skip
FIGURES = {"GMV": "gmv", "Paid GMV": "paid_gmv", "Net sales": "net_sales", "Refunds": "refund_amount"}


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a Superset with one user and nothing else."""
    if not (BIN / "superset").is_file():
        pytest.skip("not installed: Superset (make test-superset installs it)")
    folder = tmp_path_factory.mktemp("superset")
    _configure(folder)
    run(folder, "superset", "db", "upgrade")
    run(folder, "superset", "fab", "create-admin", *ADMIN)
    run(folder, "superset", "init")
    return folder


@pytest.fixture
def home(fresh: Path, tmp_path: Path) -> Path:
    """A copy of it: on SQLite Superset cannot keep two tables of one name."""
    folder = tmp_path / "superset"
    shutil.copytree(fresh, folder)
    _configure(folder)
    return folder


def _configure(folder: Path) -> None:
    (folder / "superset_config.py").write_text(CONFIG.format(home=folder))


def run(home: Path, *command: str) -> str:
    """The output of a command of Superset's environment."""
    environment = {
        **os.environ,
        "FLASK_APP": "superset",
        "SUPERSET_CONFIG_PATH": str(home / "superset_config.py"),
        "SUPERSET_HOME": str(home),
    }
    done = subprocess.run(
        [str(BIN / command[0]), *command[1:]], env=environment, capture_output=True, text=True, cwd=home
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def test_every_chart_has_rows_and_the_right_money(home: Path, settings: Settings, tmp_path: Path) -> None:
    shop = project.fill(settings)
    bundle = tmp_path / "bundle.zip"
    write(settings, bundle)
    password = sa.make_url(settings.publish_url).password or ""
    if not password:
        run(home, "superset", "import-dashboards", "-p", str(bundle), "-u", "admin")
    told = json.loads(run(home, "python", str(DRIVER), str(bundle), password).splitlines()[-1])
    assert told["import"] == '{"message":"OK"}'
    assert len(told["charts"]) == sum(len(row) for board in BOARDS for row in board.rows)
    assert [c for c in told["charts"] if isinstance(c["rows"], str) or not c["rows"]] == []
    assert sorted(told["dashboards"]) == sorted(f"{settings.shop.name} · {b.title}" for b in BOARDS)
    sales = shop.tables["app_sales"]
    for chart in told["charts"]:
        if chart["title"] in FIGURES:
            whole = sum(row[FIGURES[chart["title"]]] for row in sales)
            assert _only(chart["rows"]) == pytest.approx(float(whole), abs=0.01), chart
    days = [row["gmv"] for row in sales if date(2026, 11, 1) <= row["dt"] <= date(2026, 11, 10)]
    assert len(days) == 10
    assert told["ten_days"] == pytest.approx(float(sum(days)), abs=0.01)


def _only(rows: list[dict[str, Any]]) -> float:
    ((value,),) = (row.values() for row in rows)
    return float(value)
