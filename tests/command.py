"""The command line as a person runs it: a process of its own, its output read."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def mallard(
    *arguments: object, cwd: Path | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run ``mallard`` to its end; exit code, output and errors are in the result."""
    return subprocess.run(
        [sys.executable, "-m", "mallard", *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=cwd,
        env={**os.environ, "COLUMNS": "120", **environment},
        check=False,
        timeout=600,
    )


def succeed(*arguments: object, cwd: Path | None = None, **environment: str) -> str:
    """Run ``mallard``; its standard output. What it said is shown where it failed."""
    done = mallard(*arguments, cwd=cwd, **environment)
    assert done.returncode == 0, f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def refuse(*arguments: object, code: int, cwd: Path | None = None, **environment: str) -> str:
    """Run ``mallard`` and see it refuse: the exit code, one message on standard error, no traceback."""
    done = mallard(*arguments, cwd=cwd, **environment)
    assert done.returncode == code, f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
    assert "Traceback" not in done.stderr
    assert done.stderr.count("error:") <= 1
    assert done.stderr.strip()
    return done.stderr
