"""A real YARN for the tests: a resource manager and a node manager on loopback, in one Java process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests import maven


@contextmanager
def cluster(folder: Path, file_system: str) -> Iterator[Path]:
    """A YARN of one node, its staging folders on a file system (hdfs://…); the folder for HADOOP_CONF_DIR."""
    jars = [*maven.jars("hdfs"), *maven.jars("yarn")]
    with maven.program("MiniYarn", jars, folder, str(folder), file_system):
        yield folder / "conf"
