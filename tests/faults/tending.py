"""A lake's life, for the power-loss test: ``tending.py PROJECT ACKNOWLEDGED``.

Requests are spooled and written down as acknowledged, landed, spooled and landed again, and compacted. Every
landing folds its commits and clears away what it has landed.
"""

from __future__ import annotations

import os
import sys
from datetime import timedelta
from pathlib import Path

from mallard.lake import commits
from mallard.lake.compact import compact
from mallard.lake.land import land
from mallard.settings import Settings, parse
from mallard.state import State
from tests.landed import RECEIVED, Project, request, track

USERS = 2


def settings_of(project: Path) -> Settings:
    return parse({"lake": {"keep_days": 0}}, project / "mallard.toml")


def spool(project: Project, user: int) -> None:
    """Two events of a user, one of them without an id of its own, on two days."""
    before = (RECEIVED - timedelta(days=1)).isoformat()
    project.spool(request(track(userId=f"u{user}"), track(userId=f"v{user}", timestamp=before), 5))


def main(folder: Path, acknowledged: Path) -> None:
    log = os.open(acknowledged, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    settings = settings_of(folder)
    commits.FOLD_AFTER = 0
    with State(settings.state_path) as state:
        project = Project(settings, state)
        for user in range(USERS):
            spool(project, user)
            os.write(log, b"%d\n" % user)
            land(settings, state)
        compact(settings, state)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
