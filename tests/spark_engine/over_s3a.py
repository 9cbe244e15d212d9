"""Spark with its lake and its tables over S3A. Run as a program: a JVM's jars are settled when it starts.

Arguments: the project's folder, and as JSON lake and warehouse (s3:// URLs), options (of the lake) and jars
(a class path). Prints as JSON: counted, rows of ods_event by day; kept, the rows of a table that was written
twice; swept, how many files of it are left.
"""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path

from mallard.settings import Lake, Settings
from mallard.warehouse.engine import open_engine
from tests.spark import on_spark


def main(project: str, given: str) -> None:
    told = json.loads(given)
    shop = Settings(project=Path(project), lake=Lake(url=told["lake"], options=told["options"]))
    settings = on_spark(
        shop, warehouse=told["warehouse"], config={"spark.driver.extraClassPath": told["jars"]}
    )
    opening = f"{told['warehouse'].replace('s3:', 's3a:')}/mallard/opening/*"
    found = {}
    with open_engine(settings) as engine:
        engine.lay_ods()
        found["counted"] = engine.query("select dt, count(*) from ods_event group by dt")
        for number in (1, 2):
            engine.write("opening", {"dt": "date", "shops": "bigint"}, [(date(2026, 3, 1), number)])
        engine.lay_ods()
        found["kept"] = engine.query("select * from opening")
        found["swept"] = engine.query(f"select count(distinct _metadata.file_path) from parquet.`{opening}`")
    sys.stdout.write(json.dumps(found, default=str) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
