"""A real HDFS for the tests: one namenode and two datanodes on loopback, on free ports, in one Java process.

The process ends when the tests that started it do, however they end: it stops at the end of its input.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests import maven, servers


@dataclass
class Hdfs:
    """A running cluster. ``url`` is ``hdfs://127.0.0.1:PORT``; datanodes are numbered from 0."""

    url: str
    process: subprocess.Popen[str]

    def stop_datanode(self, number: int) -> None:
        self._ask(f"stop-datanode {number}")

    def restart_datanode(self, number: int) -> None:
        """Start a stopped datanode again, with its blocks, on its old port."""
        self._ask(f"restart-datanode {number}")

    def restart_namenode(self) -> None:
        self._ask("restart-namenode")

    def syncs(self) -> int:
        """How often the datanodes have synced a file to their disks."""
        return int(self._answer("syncs"))

    def _ask(self, command: str) -> None:
        answer = self._answer(command)
        if answer != "ok":
            raise RuntimeError(f"{command}: {answer or 'HDFS has ended'}")

    def _answer(self, command: str) -> str:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{command}\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()


@contextmanager
def cluster(folder: Path, datanodes: int = 2) -> Iterator[Hdfs]:
    """An HDFS with every block on every datanode, so that one may stop without loss."""
    jars = maven.jars("hdfs")
    log = folder / "hdfs.log"
    folder.mkdir(parents=True, exist_ok=True)
    servers.need("java")
    with log.open("wb") as errors:
        process = subprocess.Popen(
            ["java", "-Xmx384m", "-cp", ":".join(str(jar) for jar in jars),
             str(maven.COMPONENTS / "MiniHdfs.java"), str(folder / "dfs"), str(datanodes)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True, cwd=folder,
        )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        answer = process.stdout.readline().split()
        if answer[:1] != ["ready"]:
            raise RuntimeError(f"HDFS did not start:\n{log.read_text(errors='replace')[-3000:]}")
        yield Hdfs(f"hdfs://127.0.0.1:{answer[1]}", process)
    finally:
        process.stdin.close()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
