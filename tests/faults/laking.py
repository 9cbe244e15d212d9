"""One piece of work on the lake of a project, for the fault tests: ``laking.py PROJECT land|compact|…``."""

from __future__ import annotations

import sys
from pathlib import Path

from mallard.lake.compact import compact
from mallard.lake.forget import forget
from mallard.lake.land import land
from mallard.lake.quarantine import replay
from mallard.settings import Settings, parse
from mallard.state import State


def settings_of(project: Path) -> Settings:
    return parse({"lake": {"keep_days": 0}, "shop": {"timezone": "Asia/Shanghai"}}, project / "mallard.toml")


def main(project: Path, work: str) -> None:
    settings = settings_of(project)
    with State(settings.state_path) as state:
        if work == "land":
            land(settings, state)
        elif work == "compact":
            compact(settings, state)
        elif work == "replay":
            wide = settings.collect.model_copy(update={"max_event_kb": 64})
            replay(settings.model_copy(update={"collect": wide}), state)
        else:
            forget(settings, state, work)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
