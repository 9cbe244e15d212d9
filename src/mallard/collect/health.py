"""Whether events can be taken right now."""

from __future__ import annotations

import asyncio
import os
import signal

from mallard.collect.answers import unavailable
from mallard.collect.commit import Committer
from mallard.collect.metrics import free_bytes
from mallard.settings import Settings

_EVERY_SECONDS = 1.0


class Health:
    """Looks once a second at the disk and at the process that started this one."""

    def __init__(self, settings: Settings, committer: Committer) -> None:
        self._folder = settings.spool_path
        self._min_free = settings.collect.min_free_mb << 20
        self._committer = committer
        self._parent = os.getppid()
        self._low = self._is_low()

    def check(self) -> None:
        """Refusal (503) where an event could not be kept, or soon could not."""
        if self._committer.failed:
            raise unavailable("spool_failed", "Events cannot be kept durably at the moment.", 30)
        if self._low:
            raise unavailable("disk_low", "The disk that keeps events is nearly full.", 30)

    async def watch(self) -> None:
        """Keep looking until cancelled. A worker whose server is gone stops in good order."""
        while True:
            await asyncio.sleep(_EVERY_SECONDS)
            self._low = self._is_low()
            if os.getppid() != self._parent:
                os.kill(os.getpid(), signal.SIGTERM)

    def _is_low(self) -> bool:
        return free_bytes(self._folder) < self._min_free
