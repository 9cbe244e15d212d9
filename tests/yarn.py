"""A real YARN for the tests: a resource manager and a node manager on loopback, in one Java process.

The process ends when the tests that started it do, however they end: it stops at the end of its input.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests import maven, servers


@contextmanager
def cluster(folder: Path, file_system: str) -> Iterator[Path]:
    """A YARN of one node, its staging folders on a file system (hdfs://…); the folder for HADOOP_CONF_DIR."""
    jars = [*maven.jars("hdfs"), *maven.jars("yarn")]
    log = folder / "yarn.log"
    folder.mkdir(parents=True, exist_ok=True)
    servers.need("java")
    java = Path(str(shutil.which("java"))).resolve()
    with log.open("wb") as errors:
        process = subprocess.Popen(
            [java, "-Xmx384m", "-cp", ":".join(str(jar) for jar in jars),
             str(maven.COMPONENTS / "MiniYarn.java"), str(folder), file_system],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True, cwd=folder,
            env={**os.environ, "JAVA_HOME": str(java.parent.parent)},
        )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        if process.stdout.readline().strip() != "ready":
            raise RuntimeError(f"YARN did not start:\n{log.read_text(errors='replace')[-3000:]}")
        yield folder / "conf"
    finally:
        process.stdin.close()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
