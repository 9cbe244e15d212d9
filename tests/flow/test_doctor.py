"""The doctor looks at each part for real, names what is wrong and says what mends it."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from mallard.errors import MallardError, SettingsError, UnreachableError
from mallard.flow.doctor import Finding, examine
from mallard.settings import Collect, Lake, Publish, Settings, Source, Spark, Warehouse, parse
from mallard.warehouse import spark_places
from mallard.warehouse.engine import open_engine
from tests import servers


def found(settings: Settings) -> dict[str, Finding]:
    return {finding.subject: finding for finding in examine(settings)}


def test_a_fresh_project_is_well(tmp_path: Path) -> None:
    seen = found(Settings(project=tmp_path))
    assert {name: finding.ok for name, finding in seen.items()} == {
        "mallard": True, "spool": True, "lake": True, "source": None, "publish": True, "models": None,
    }  # fmt: skip
    assert "duckdb" in seen["mallard"].says
    left = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path.name for path in left if path.suffix != ".db"] == []


def test_a_source_that_does_not_answer_is_named_without_its_password(tmp_path: Path) -> None:
    port = servers.free_port()
    (tmp_path / "secret").write_text("canary-secret")
    source = Source(url=f"mysql://shop:{{password}}@127.0.0.1:{port}/shop", password="file:secret")
    seen = found(Settings(project=tmp_path, source=source))["source"]
    assert seen.ok is False
    assert f"127.0.0.1:{port}" in seen.says
    assert "canary-secret" not in seen.says + seen.fix


@pytest.mark.mariadb
def test_a_database_that_answers_is_named_with_its_version(
    tmp_path: Path, mariadb: servers.DatabaseServer
) -> None:
    """Written as the documentation writes it, without the driver's name."""
    url = mariadb.create("doctor").replace("mysql+pymysql://", "mysql://")
    seen = found(Settings(project=tmp_path, publish=Publish(url=url), source=Source(url=url)))
    for part in ("publish", "source"):
        assert seen[part].ok, seen[part]
        assert "mysql 10." in seen[part].says or "mysql 11." in seen[part].says


def test_a_disk_with_too_little_room_is_told(tmp_path: Path) -> None:
    seen = found(Settings(project=tmp_path, collect=Collect(min_free_mb=1 << 40)))["spool"]
    assert seen.ok is False
    assert "503" in seen.says


def test_a_lake_that_cannot_be_reached_is_told(tmp_path: Path) -> None:
    url = f"hdfs://127.0.0.1:{servers.free_port()}/lake"
    seen = found(Settings(project=tmp_path, lake=Lake(url=url)))["lake"]
    assert seen.ok is False
    assert url in seen.says


def on_spark(project: Path, metastore: str = "", **given: str) -> Settings:
    spark = Spark(**{"metastore": metastore, "master": "local[1]", **given})
    return Settings(project=project, warehouse=Warehouse(engine="spark", spark=spark))


def test_without_java_spark_is_not_tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    seen = found(on_spark(tmp_path))
    assert seen["java"].ok is False
    assert "apt-get install openjdk" in seen["java"].fix
    assert "spark" not in seen


def test_spark_is_looked_at_before_the_move_where_its_settings_are_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    settings = parse({"warehouse": {"spark": {"master": "local[1]"}}}, tmp_path / "mallard.toml")
    assert settings.warehouse.engine == "duckdb"
    assert found(settings)["java"].ok is False


def test_an_old_java_is_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "bin" / "java"
    program.parent.mkdir()
    told = 'Picked up JAVA_TOOL_OPTIONS: -Dversion="21"\nopenjdk version "11.0.2" 2019-01-15'
    program.write_text(f"#!/bin/sh\necho '{told}' >&2\n")
    program.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    seen = found(on_spark(tmp_path))["java"]
    assert "11.0.2" in seen.says
    assert "JAVA_HOME" in seen.fix


def test_another_spark_of_the_machine_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its classes are not those that pyspark calls."""
    (tmp_path / "jars").mkdir()
    (tmp_path / "jars" / "spark-core_2.12-3.5.1.jar").touch()
    monkeypatch.setenv("SPARK_HOME", str(tmp_path))
    seen = found(on_spark(tmp_path))["pyspark"]
    assert seen.ok is False
    assert "SPARK_HOME" in seen.says
    with pytest.raises(MallardError, match="SPARK_HOME"):
        open_engine(on_spark(tmp_path))


def test_a_metastore_whose_driver_is_not_known_is_told(tmp_path: Path) -> None:
    url = "jdbc:oracle:thin:@127.0.0.1:1521/x"
    seen = found(on_spark(tmp_path, url))["metastore"]
    assert seen.ok is False
    assert "'oracle'" in seen.says
    spark = Spark(metastore=url, config={spark_places.DRIVER_KEY: "oracle.jdbc.OracleDriver"})
    assert spark_places.metastore(Settings(project=tmp_path, warehouse=Warehouse(spark=spark)))


@pytest.mark.parametrize("url", ["thrift://{}", "jdbc:mysql://{}/metastore", "thrift://{},thrift://{}"])
def test_a_metastore_that_does_not_answer_is_told(tmp_path: Path, url: str) -> None:
    place = f"127.0.0.1:{servers.free_port()}"
    seen = found(on_spark(tmp_path, url.format(place, place)))
    assert seen["metastore"].ok is False
    assert place in seen["metastore"].says
    assert "spark" not in seen


def test_one_of_several_metastores_and_masters_is_enough(tmp_path: Path) -> None:
    dead = f"127.0.0.1:{servers.free_port()}"
    with socket.create_server(("127.0.0.1", 0)) as server:
        alive = f"127.0.0.1:{server.getsockname()[1]}"
        settings = on_spark(tmp_path, f"thrift://{dead},thrift://{alive}", master=f"spark://{dead},{alive}")
        assert "answers" in spark_places.metastore(settings)
        assert "answers" in spark_places.master(settings)


@pytest.mark.parametrize("url", ["mesos://127.0.0.1:5050", "spark://127.0.0.1", "local[2", "local[x]"])
def test_a_master_that_spark_does_not_know_is_told(tmp_path: Path, url: str) -> None:
    seen = found(on_spark(tmp_path, master=url))
    assert seen["master"].ok is False
    assert url in seen["master"].says
    assert "spark" not in seen


def test_yarn_wants_hadoop_s_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = on_spark(tmp_path, master="yarn")
    monkeypatch.delenv("YARN_CONF_DIR", raising=False)
    for folder in ("", str(tmp_path / "nowhere")):
        monkeypatch.setenv("HADOOP_CONF_DIR", folder)
        assert "HADOOP_CONF_DIR" in found(settings)["master"].says
    monkeypatch.setenv("HADOOP_CONF_DIR", str(tmp_path))
    assert str(tmp_path) in spark_places.master(settings)


@pytest.mark.parametrize("key", ["master", "warehouse", "metastore"])
def test_a_build_does_not_wait_for_what_does_not_answer(tmp_path: Path, key: str) -> None:
    """Hadoop, Hive and Spark would each ask again for minutes, once Java has started."""
    scheme = {"master": "spark", "warehouse": "hdfs", "metastore": "thrift"}[key]
    settings = on_spark(tmp_path, **{key: f"{scheme}://127.0.0.1:{servers.free_port()}"})
    with pytest.raises(UnreachableError, match=f"warehouse.spark.{key}"):
        open_engine(settings)


@pytest.mark.parametrize("sign", ["[", "{", "*", "\\"])
def test_a_folder_that_spark_takes_for_a_pattern_is_told(tmp_path: Path, sign: str) -> None:
    with pytest.raises(SettingsError, match="pattern of names"):
        open_engine(on_spark(tmp_path / f"shop {sign}1"))
