"""One round of following a log, for the fault tests: ``following.py PROJECT``."""

from __future__ import annotations

import sys
from pathlib import Path

from mallard.collect import follow
from mallard.settings import Settings, parse


def settings_of(project: Path) -> Settings:
    return parse({"follow": {"files": ["logs/app.log"]}}, project / "mallard.toml")


if __name__ == "__main__":
    follow.CHUNK = 2000  # several rounds of append and save
    follow.follow(settings_of(Path(sys.argv[1])), once=True)
