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
    (tmp_path / "mallard.toml").write_text('[warehouse]\nengine = "spark"\n')
    done = subprocess.run(
        [sys.executable, "-m", "mallard", "build", "--project", tmp_path],
        capture_output=True, text=True, timeout=60, check=False, stdin=subprocess.DEVNULL,
        env={**os.environ, "JAVA_HOME": "/nowhere"},
    )  # fmt: skip
    assert done.returncode == 1
    error, mend = done.stderr.splitlines()
    assert "/nowhere/bin/java" in error
    assert "mallard doctor" in mend


def test_a_url_among_spark_s_settings_is_no_secret_s_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("canary-secret\n")
    given = {"spark.eventLog.dir": "file:///var/log/spark", "spark.hadoop.fs.s3a.secret.key": "file:key"}
    config = configuration(on_spark(Settings(project=tmp_path), config=given))
    assert {key: config[key] for key in given} == {
        "spark.eventLog.dir": "file:///var/log/spark",
        "spark.hadoop.fs.s3a.secret.key": "canary-secret",
    }
