"""Whether events can be taken right now."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable

from mallard.collect.answers import Refusal, unavailable
from mallard.collect.commit import Committer, spool_failed
from mallard.collect.metrics import free_bytes
from mallard.settings import Settings

_EVERY_SECONDS = 1.0


def _low() -> Refusal:
    return unavailable("disk_low", "The disk that keeps events is nearly full.", 30)


class Health:
    """Looks once a second at the disk and at the process that started this one."""

    def __init__(self, settings: Settings, committer: Committer) -> None:
        self._folder = settings.spool_path
        self._min_free = settings.collect.min_free_mb << 20
        self._committer = committer
        self._parent = os.getppid()
        self._trouble = self._look()

    def check(self) -> None:
        """Refusal (503) where an event could not be kept, or soon could not."""
        trouble = spool_failed if self._committer.failed else self._trouble
        if trouble is not None:
            raise trouble()

    async def watch(self) -> None:
        """Keep looking until cancelled. A worker whose server is gone stops in good order."""
        while True:
            await asyncio.sleep(_EVERY_SECONDS)
            self._trouble = self._look()
            if os.getppid() != self._parent:
                os.kill(os.getpid(), signal.SIGTERM)

    def _look(self) -> Callable[[], Refusal] | None:
        try:
            return _low if free_bytes(self._folder) < self._min_free else None
        except OSError:  # the folder is gone, or its disk does not answer
            return spool_failed
