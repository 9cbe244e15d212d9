"""Real Apache Spark for the tests: in this process, or a standalone cluster on loopback."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from mallard.settings import Settings
from tests import servers

QUICK = {
    "spark.driver.memory": "1g",
    # Compiling a plan to Java takes longer than running it on so little, and one partition is enough.
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
    " -XX:ReservedCodeCacheSize=128m",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
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
            process.wait(30)


def _start(folder: Path, name: str, main: str, *arguments: str) -> subprocess.Popen[bytes]:
    import pyspark

    home = Path(pyspark.__file__).parent
    environment = {
        **os.environ,
        "SPARK_HOME": str(home),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_DAEMON_MEMORY": "256m",
        "SPARK_NO_DAEMONIZE": "1",
    }
    with (folder / f"{name}.log").open("wb") as log:
        return subprocess.Popen(
            [home / "bin" / "spark-class", f"org.apache.spark.deploy.{main}", "--host", "127.0.0.1",
             "--webui-port", "0", *arguments],
            stdout=log, stderr=log, env=environment, cwd=folder,
        )  # fmt: skip


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
