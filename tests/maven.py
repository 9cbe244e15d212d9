"""The Java parts of the tests' real servers, taken from Maven once and kept under ``.components/``."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
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
