"""Lake and tables in an object store: Mallard's own client writes the lake, Hadoop's S3A reads it."""

from __future__ import annotations

import io
from collections import Counter
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from mallard.settings import Lake
from mallard.storage import open_storage
from mallard.warehouse.engine import open_engine
from tests import maven, s3, spark
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
    jars = ":".join(str(jar) for jar in maven.jars("s3a"))
    settings = spark.on_spark(
        shop.settings,
        warehouse=f"{bucket}/warehouse",
        config={"spark.driver.extraClassPath": jars},
    )
    opening = f"{settings.warehouse.spark.warehouse.replace('s3:', 's3a:')}/mallard/opening/*"
    with open_engine(settings) as engine:
        engine.lay_ods()
        counted = engine.query("select dt, count(*) from ods_event group by dt")
        for number in (1, 2):
            engine.write("opening", {"dt": "date", "shops": "bigint"}, [(date(2026, 3, 1), number)])
        engine.lay_ods()
        kept = engine.query("select * from opening")
        swept = engine.query(f"select count(distinct _metadata.file_path) from parquet.`{opening}`")
    shop.state.close()
    assert dict(counted) == landed
    assert kept == [(date(2026, 3, 1), 2)]
    assert swept == [(1,)]  # what the first write left is gone
