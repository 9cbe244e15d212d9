"""Real Apache Spark for the tests: in this process, or a standalone cluster on loopback."""

from __future__ import annotations

import csv
import os
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from mallard.settings import Settings
from mallard.warehouse.spark_session import configuration
from tests import servers

QUICK = {
    "spark.driver.memory": "2g",
    # Compiling a plan to Java takes longer than running it on so little, and one partition is enough.
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
    " -XX:ReservedCodeCacheSize=128m",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    # dbt's unit tests are unions of literals, from whose many aliases it infers millions of conditions.
    "spark.sql.constraintPropagation.enabled": "false",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.shuffle.partitions": "1",
    "spark.default.parallelism": "1",
}
"""Spark settings for tables of a few thousand rows; none of them changes a result."""


def on_spark(settings: Settings, master: str = "local[2]", **given: object) -> Settings:
    """The same project with the warehouse on Spark. given: keys of [warehouse.spark]; config is added to."""
    servers.need("java")
    config = {**QUICK, **dict(_mapping(given.pop("config", {})))}
    spark = settings.warehouse.spark.model_copy(update={"master": master, "config": config, **given})
    warehouse = settings.warehouse.model_copy(update={"engine": "spark", "spark": spark})
    return settings.model_copy(update={"warehouse": warehouse})


def _mapping(value: object) -> Mapping[str, str]:
    assert isinstance(value, Mapping)
    return value


@dataclass
class Cluster:
    """A standalone cluster: one master and workers of one core each, every worker a process."""

    url: str
    workers: list[subprocess.Popen[bytes]]

    def kill_executor(self) -> bool:
        """Kill one executor process of the workers, as a broken machine would; whether there was one."""
        for worker in self.workers:
            for pid in _children(worker.pid):
                if b"CoarseGrainedExecutorBackend" in Path(f"/proc/{pid}/cmdline").read_bytes():
                    os.kill(pid, 9)
                    return True
        return False


def _children(pid: int) -> list[int]:
    try:
        listed = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        threads = [p.read_text().split() for p in Path(f"/proc/{pid}/task").glob("*/children")]
    except OSError:
        return []
    return sorted({int(child) for part in [listed, *threads] for child in part})


@contextmanager
def standalone(folder: Path, workers: int = 2, memory: str = "1g") -> Iterator[Cluster]:
    """A master and its workers on loopback, on free ports."""
    servers.need("java")
    folder.mkdir(parents=True, exist_ok=True)
    port = servers.free_port()
    url = f"spark://127.0.0.1:{port}"
    started = [_start(folder, "master", "master.Master", "--port", str(port))]
    try:
        _wait_for(folder / "master.log", "I have been elected leader", started[0])
        for number in range(workers):
            started.append(
                _start(
                    folder,
                    f"worker-{number}",
                    "worker.Worker",
                    "--cores",
                    "1",
                    "--memory",
                    memory,
                    "--work-dir",
                    str(folder / f"work-{number}"),
                    url,
                )
            )
        for number in range(workers):
            _wait_for(
                folder / f"worker-{number}.log", "Successfully registered with master", started[number + 1]
            )
        yield Cluster(url, started[1:])
    finally:
        for process in reversed(started):
            process.terminate()
        for process in started:
            servers.left(process)


def _start(folder: Path, name: str, main: str, *arguments: str) -> subprocess.Popen[bytes]:
    return _spark(
        folder, name, "spark-class", f"org.apache.spark.deploy.{main}", "--host", "127.0.0.1",
        "--webui-port", "0", *arguments, SPARK_DAEMON_MEMORY="256m",
    )  # fmt: skip


def _spark(
    folder: Path, name: str, program: str, *arguments: str, **environment: str
) -> subprocess.Popen[bytes]:
    """One of the programs that come with pyspark, its output in <name>.log."""
    environment |= {"SPARK_HOME": str(home()), "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_NO_DAEMONIZE": "1"}
    with (folder / f"{name}.log").open("wb") as log:
        return subprocess.Popen(
            [home() / "bin" / program, *arguments],
            stdout=log, stderr=log, env={**os.environ, **environment}, cwd=folder,
        )  # fmt: skip


def home() -> Path:
    """pyspark's own Spark."""
    import pyspark

    return Path(pyspark.__file__).parent


@contextmanager
def metastore_service(folder: Path) -> Iterator[str]:
    """Hive's own metastore service over a Derby of its own; its thrift:// URL."""
    servers.need("java")
    folder.mkdir(parents=True, exist_ok=True)
    port = servers.free_port()
    properties = {
        "javax.jdo.option.ConnectionURL": f"jdbc:derby:;databaseName={folder / 'db'};create=true",
        "datanucleus.schema.autoCreateAll": "true",
        "hive.metastore.schema.verification": "false",
        "hive.metastore.warehouse.dir": str(folder / "unused"),
    }
    with (folder / "metastore.log").open("wb") as log:
        process = subprocess.Popen(
            ["java", "-Xmx256m", "-Dhive.async.log.enabled=false", f"-Dhive.log.dir={folder}",
             f"-Dderby.stream.error.file={folder / 'derby.log'}", "-cp", f"{home()}/jars/*",
             "org.apache.hadoop.hive.metastore.HiveMetaStore", "-p", str(port),
             *(part for key, value in properties.items() for part in ("--hiveconf", f"{key}={value}"))],
            stdout=log, stderr=log, cwd=folder,
        )  # fmt: skip
    try:
        servers.wait_until(lambda: _listens(port), process, folder / "metastore.log", 90)
        yield f"thrift://127.0.0.1:{port}"
    finally:
        servers.stop(process)


@contextmanager
def thrift_server(settings: Settings, folder: Path) -> Iterator[str]:
    """Spark's HiveServer2 over a project's metastore, as other programs reach it; its jdbc:hive2:// URL."""
    folder.mkdir(parents=True, exist_ok=True)
    port = servers.free_port()
    given = folder / "spark.conf"
    given.touch(0o600)
    given.write_text("".join(f"{key} {value}\n" for key, value in configuration(settings).items()))
    process = _spark(
        folder, "thrift-server", "spark-submit", "--properties-file", str(given),
        "--class", "org.apache.spark.sql.hive.thriftserver.HiveThriftServer2", "spark-internal",
        "--hiveconf", f"hive.server2.thrift.port={port}",
        "--hiveconf", "hive.server2.thrift.bind.host=127.0.0.1",
    )  # fmt: skip
    try:
        servers.wait_until(lambda: _listens(port), process, folder / "thrift-server.log", 120)
        yield f"jdbc:hive2://127.0.0.1:{port}/{settings.warehouse.spark.database}"
    finally:
        servers.stop(process)


def beeline(url: str, query: str) -> list[dict[str, str]]:
    """The rows of a query, asked by Hive's own client."""
    done = subprocess.run(
        [home() / "bin" / "beeline", "-u", url, "--silent=true", "--outputformat=csv2", "-e", query],
        capture_output=True, text=True, timeout=120, check=False, stdin=subprocess.DEVNULL,
        env={**os.environ, "SPARK_HOME": str(home())},
    )  # fmt: skip
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return list(csv.DictReader(done.stdout.removeprefix(f"0: {url}> ").splitlines()))


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _wait_for(log: Path, words: str, process: subprocess.Popen[bytes], seconds: float = 60) -> None:
    servers.wait_until(lambda: words in log.read_text(errors="replace"), process, log, seconds)


def wait_until(happened: object, seconds: float) -> None:
    """Wait for something that a cluster does by itself."""
    assert callable(happened)
    deadline = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {seconds} s in vain")
        time.sleep(0.2)
