"""A project with the made-up shop published, and a dashboard on it in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

from mallard.publish.tables import publish
from mallard.settings import Settings
from mallard.state import State
from tests.dashboard.made_up import Shop
from tests.publish import exports

LAST = date(2026, 11, 23)
NOW = "2026-11-24T06:30:00+00:00"
NAME = "Nordlys Store"

SERVER = """
import sys
from pathlib import Path
from mallard.dashboard.app import serve
from mallard.settings import load
serve(load(Path(sys.argv[1])), 0, ready=lambda address: print(address, flush=True))
"""


def settings_of(folder: Path, url: str = "sqlite:///data/serving.db") -> Settings:
    """The settings that ``write`` puts into mallard.toml."""
    return Settings(project=folder, shop={"name": NAME, "timezone": "Asia/Shanghai"}, publish={"url": url})


def write(folder: Path, extra: str = "", url: str = "sqlite:///data/serving.db") -> Settings:
    """A project's folder with its mallard.toml."""
    folder.mkdir(parents=True, exist_ok=True)
    text = f'[shop]\nname = "{NAME}"\ntimezone = "Asia/Shanghai"\n[publish]\nurl = "{url}"\n{extra}'
    (folder / "mallard.toml").write_text(text)
    return settings_of(folder, url)


def fill(settings: Settings, count: int = 120, seed: int = 7, build: str = "made-up") -> Shop:
    """Publish so many days of the made-up shop."""
    first = LAST - timedelta(days=count - 1)
    shop = Shop(first, count, seed)
    exports.write_export(settings, build, shop.tables, count, first)
    with State(settings.state_path) as state:
        publish(settings, state)
    return shop


@contextmanager
def dashboard(folder: Path, **environment: str) -> Iterator[str]:
    """A running dashboard; its address."""
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(folder)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "MALLARD_NOW": NOW, **environment},
    )
    assert process.stdout is not None
    try:
        address = process.stdout.readline().strip()
        assert address.startswith("http://127.0.0.1:"), "the dashboard did not start"
        yield address
    finally:
        process.terminate()
        process.wait(20)
