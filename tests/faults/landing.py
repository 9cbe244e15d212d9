"""One landing of a project, for the fault tests: ``landing.py PROJECT``."""

from __future__ import annotations

import sys
from pathlib import Path

from mallard.lake.land import land
from mallard.settings import Settings, parse
from mallard.state import State


def settings_of(project: Path) -> Settings:
    return parse({"lake": {"keep_days": 0}, "shop": {"timezone": "Asia/Shanghai"}}, project / "mallard.toml")


if __name__ == "__main__":
    settings = settings_of(Path(sys.argv[1]))
    with State(settings.state_path) as state:
        land(settings, state)
