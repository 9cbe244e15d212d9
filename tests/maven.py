"""The Java parts of the tests' real servers, taken from Maven once and kept under ``.components/``."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests import servers

COMPONENTS = Path(__file__).parent / "components"
KEPT = Path(__file__).parent.parent / ".components"


def jars(group: str) -> list[Path]:
    """The jars of one profile of components/pom.xml. Without Maven the test is skipped, but not under CI."""
    folder = KEPT / group
    stamp = folder / hashlib.sha256((COMPONENTS / "pom.xml").read_bytes()).hexdigest()[:16]
    if not stamp.exists():
        servers.need("java", "mvn")
        shutil.rmtree(folder, ignore_errors=True)
        try:
            install(group, folder)
        except subprocess.CalledProcessError as failed:
            reason = f"Maven cannot give the Java parts of '{group}': {failed.stdout[-500:]}"
            if servers.IN_CI:
                pytest.fail(reason)
            pytest.skip(reason)
        stamp.touch()
    servers.need("java")
    return sorted(folder.glob("*.jar"))


def install(group: str, folder: Path) -> None:
    """Copy the jars of a profile into a folder."""
    subprocess.run(
        ["mvn", "-B", "-q", "-f", COMPONENTS / "pom.xml", "-P", group, "dependency:copy-dependencies",
         f"-DoutputDirectory={folder}"],
        check=True, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


@contextmanager
def program(
    name: str, jars: list[Path], folder: Path, *arguments: str
) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """A Java program of components/ at work in a folder, and what it said behind "ready".

    It ends when the tests that started it do, however they end: it stops at the end of its input.
    """
    servers.need("java")
    java = Path(str(shutil.which("java"))).resolve()
    log = folder / f"{name}.log"
    folder.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as errors:
        process = subprocess.Popen(
            [java, "-Xmx384m", "-cp", ":".join(map(str, jars)), COMPONENTS / f"{name}.java", *arguments],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True, cwd=folder,
            env={**os.environ, "JAVA_HOME": str(java.parent.parent)},
        )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        said = process.stdout.readline().split()
        if said[:1] != ["ready"]:
            raise RuntimeError(f"{name} did not start:\n{log.read_text(errors='replace')[-3000:]}")
        yield process, said[1:]
    finally:
        process.stdin.close()
        servers.left(process)
