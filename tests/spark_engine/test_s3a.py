"""Lake and tables in an object store: Mallard's own client writes the lake, Hadoop's S3A reads it."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections import Counter
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from mallard.settings import Lake
from mallard.storage import open_storage
from tests import maven, s3
from tests.parity.shops import SimulatedShop

pytestmark = [pytest.mark.spark, pytest.mark.slow]


def test_spark_reads_the_lake_and_keeps_its_tables_over_s3a(
    tmp_path: Path, s3: s3.S3, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket = s3.bucket("outgrown")
    shop = SimulatedShop(tmp_path, date(2026, 3, 1), 3, "Asia/Shanghai", size=0.01)
    lake = Lake(url=f"{bucket}/lake", options=s3.options)
    shop.settings = shop.settings.model_copy(update={"lake": lake})
    shop.live(shop.shop.all_days, monkeypatch)
    storage = open_storage(shop.settings)
    landed = Counter[date]()
    for path in storage.list("ods/event"):
        if path.endswith(".parquet"):
            day = date.fromisoformat(path.split("dt=")[1][:10])
            landed[day] += pq.read_metadata(io.BytesIO(storage.read_bytes(path))).num_rows
    shop.state.close()
    told = over_s3a(tmp_path, f"{bucket}/lake", f"{bucket}/warehouse", s3.options)
    assert {date.fromisoformat(day): rows for day, rows in told["counted"]} == landed
    assert told["kept"] == [["2026-03-01", 2]]
    assert told["swept"] == [[1]]  # what the first write left is gone


def over_s3a(
    project: Path, lake: str, warehouse: str, options: dict[str, str]
) -> dict[str, list[list[object]]]:
    """What tests/spark_engine/over_s3a.py found: a process of its own, whose JVM starts with S3A's jars."""
    jars = ":".join(str(jar) for jar in maven.jars("s3a"))
    given = json.dumps({"lake": lake, "warehouse": warehouse, "options": options, "jars": jars})
    done = subprocess.run(
        [sys.executable, "-m", "tests.spark_engine.over_s3a", str(project), given],
        capture_output=True, text=True, timeout=300, check=False, stdin=subprocess.DEVNULL,
        cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout.splitlines()[-1]))
