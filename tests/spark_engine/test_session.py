"""How the JVM is set up and started."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from mallard.settings import Settings
from mallard.warehouse.spark_session import configuration
from tests import servers
from tests.spark import on_spark

SESSION = """
import os, sys
from pathlib import Path
from mallard.settings import Settings
from mallard.warehouse.spark_session import spark_session
from tests.spark import on_spark
os.register_at_fork(after_in_child=lambda: os._exit(77))
session = spark_session(on_spark(Settings(project=Path(sys.argv[1]))))
print("answer", session.sql("select 6 * 7").collect()[0][0])
session.stop()
"""


@pytest.mark.spark
@pytest.mark.slow
def test_the_jvm_starts_whatever_libraries_do_after_a_fork(tmp_path: Path) -> None:
    """fsspec's hook hung in the child where the lake is on HDFS; here the hook ends the child instead."""
    servers.need("java")
    done = subprocess.run(
        [sys.executable, "-c", SESSION, tmp_path],
        capture_output=True, text=True, timeout=200, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert "answer 42" in done.stdout, done.stderr


@pytest.mark.spark
@pytest.mark.slow
def test_a_missing_driver_is_told_with_its_artifact(tmp_path: Path) -> None:
    """A server answers at the metastore's address, but Spark was given no driver to speak to it."""
    servers.need("java")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        (tmp_path / "mallard.toml").write_text(
            f"""
[warehouse]
engine = "spark"
spark = {{ master = "local[1]", metastore = "jdbc:postgresql://127.0.0.1:{port}/metastore" }}
"""
        )
        done = subprocess.run(
            [sys.executable, "-m", "mallard", "doctor", "--project", tmp_path],
            capture_output=True, text=True, timeout=200, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    assert done.returncode == 1
    assert "org.postgresql:postgresql" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.spark
def test_a_java_that_does_not_start_is_told_in_its_own_words(tmp_path: Path) -> None:
    """What ends it so early it says on standard output, where only results may go."""
    (tmp_path / "mallard.toml").write_text(
        '[warehouse]\nengine = "spark"\nspark.config = {"spark.driver.memory" = "99"}\n'
    )
    done = subprocess.run(
        [sys.executable, "-m", "mallard", "build", "--project", tmp_path],
        capture_output=True, text=True, timeout=60, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stdout == ""
    error, mend = done.stderr.splitlines()
    assert "Too small maximum heap" in error
    assert "mallard doctor" in mend


IN_A_FOLDER = """
import sys
from pathlib import Path
from mallard.warehouse.engine import open_engine
from mallard.warehouse.export import exported_tables
from tests.spark import on_spark
from tests.spark_engine.lakes import begin
from tests.warehouse.lakes import HandLake
lake = HandLake(Path(sys.argv[1]))
begin(lake)
with open_engine(on_spark(lake.settings)) as engine:
    for answer in (1, 2):
        engine.lay_ods()  # and sweeps
        engine.write("small", {"answer": "bigint"}, [(answer,)])
    engine.lay_ods()
    print("rows", engine.query("select count(*) from ods_event"), engine.query("select answer from small"))
    engine.export(exported_tables(lake.settings)["app_sales"], lake.settings.project / "out.parquet")
"""


@pytest.mark.spark
@pytest.mark.slow
def test_a_folder_may_have_any_name_and_the_machine_any_locale(tmp_path: Path) -> None:
    servers.need("java")
    project = tmp_path / "Läden & Söhne's 50 %d+ä"
    project.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", IN_A_FOLDER, project],
        capture_output=True, text=True, timeout=300, check=False, stdin=subprocess.DEVNULL,
        env={**os.environ, "LC_ALL": "C"},
    )  # fmt: skip
    assert "rows [(6,)] [(2,)]" in done.stdout, done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == [project.name]
    assert len(list((project / "data/spark-warehouse/mallard/small").iterdir())) == 1
    for name in ("data/spark.log", "out.parquet", "data/metastore"):
        assert (project / name).exists(), name


HIVE_SITE = """
<configuration>
  <property><name>hive.metastore.uris</name><value>thrift://127.0.0.1:1</value></property>
</configuration>
"""


@pytest.mark.spark
@pytest.mark.slow
def test_the_machine_s_own_hive_is_left_alone(tmp_path: Path) -> None:
    """Where its settings name a metastore service, a project without one would have put its tables there."""
    servers.need("java")
    (tmp_path / "hive-site.xml").write_text(HIVE_SITE)
    done = subprocess.run(
        [sys.executable, "-c", SESSION.replace("os.register", "# os.register"), tmp_path],
        capture_output=True, text=True, timeout=200, check=False, stdin=subprocess.DEVNULL,
        env={**os.environ, "SPARK_CONF_DIR": str(tmp_path)},
    )  # fmt: skip
    assert "answer 42" in done.stdout, done.stderr
    assert (tmp_path / "data" / "metastore").is_dir()


def test_a_url_among_spark_s_settings_is_no_secret_s_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("canary-secret\n")
    given = {"spark.eventLog.dir": "file:///var/log/spark", "spark.hadoop.fs.s3a.secret.key": "file:key"}
    config = configuration(on_spark(Settings(project=tmp_path), config=given))
    assert {key: config[key] for key in given} == {
        "spark.eventLog.dir": "file:///var/log/spark",
        "spark.hadoop.fs.s3a.secret.key": "canary-secret",
    }
