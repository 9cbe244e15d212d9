"""A real HDFS for the tests: a namenode and two datanodes on loopback, on free ports, in one Java process."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests import maven


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
    arguments = (str(folder / "dfs"), str(datanodes))
    with maven.program("MiniHdfs", maven.jars("hdfs"), folder, *arguments) as (process, (port,)):
        yield Hdfs(f"hdfs://127.0.0.1:{port}", process)
