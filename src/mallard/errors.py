"""What can go wrong, said so that the reader knows what to do next.

Every error a person may meet is a :class:`MallardError`: one sentence that names the thing, and one that
names the next step. The command line prints both on standard error and exits with ``exit_code``;
no other exception is meant to reach a user.
"""

from __future__ import annotations

import difflib
import errno
import os
import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus


class MallardError(Exception):
    """A failure with a cause and a remedy.

    what: the thing that failed and why, one sentence.
    fix: what to do about it, one sentence; empty where there is nothing to do but try again.
    """

    exit_code = 1
    retryable = False

    def __init__(self, what: str, fix: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.fix = fix

    def __str__(self) -> str:
        return f"{self.what}\n  {self.fix}" if self.fix else self.what


class UsageError(MallardError):
    """The command was called in a way that cannot work."""

    exit_code = 2


class SettingsError(MallardError):
    """mallard.toml, or something it points at, is missing or wrong."""

    exit_code = 2


class StorageError(MallardError):
    """The lake's storage, or a file in it, cannot be read or written."""


class SpoolError(MallardError):
    """The durable log cannot be written or read."""


class SourceError(MallardError):
    """The shop's database cannot give what the contract asks for."""


class BuildError(MallardError):
    """A model of the warehouse could not be built, or one of its tests failed."""


class EmptyLakeError(BuildError):
    """Nothing has come in yet that a warehouse could be built from."""


class PublishError(MallardError):
    """The serving database could not be switched to the new tables."""


class LockedError(MallardError):
    """Somebody else holds what this run needs."""

    retryable = True


class UnreachableError(MallardError):
    """A server did not answer; the same call may work later."""

    retryable = True


def suggest(word: str, known: Iterable[str]) -> str:
    """A sentence naming the known word nearest to a misspelt one, or listing what there is."""
    names = sorted(known)
    near = difflib.get_close_matches(word, names, n=1, cutoff=0.6)
    if near:
        return f"Did you mean '{near[0]}'?"
    return f"Known here: {', '.join(names)}." if names else ""


def said(failure: Exception) -> str:
    """What an engine said of a failure, without the excerpt of its SQL."""
    return str(failure).partition("\n\nLINE ")[0].rstrip(".")


REFUSALS = {
    errno.ENOSPC: "Make room on the disk, then run it again.",
    errno.EDQUOT: "Make room within the quota, then run it again.",
    errno.EMFILE: "Allow it more of them: 'ulimit -n 4096', or LimitNOFILE in its systemd unit.",
    errno.EROFS: "Mount it for writing, or name another folder in mallard.toml.",
    errno.EACCES: "Give the user who runs Mallard the right to it.",
    errno.EPERM: "Give the user who runs Mallard the right to it.",
}
"""What to do where the system refuses a file, by the number of its error."""


def refusal(told: str) -> str:
    """What to do where an engine tells that the system refused a file; empty where it tells of none."""
    return next((fix for number, fix in REFUSALS.items() if os.strerror(number) in told), "")


def without_password(text: str, password: str | None) -> str:
    """A message without a password, as it is and as a URL writes it.

    One of up to three characters is taken out only where it stands alone: it would riddle every word.
    """
    if not password:
        return text
    for secret in sorted({password, quote(password, safe=""), quote_plus(password)}, key=len, reverse=True):
        sought = re.escape(secret)
        text = re.sub(rf"(?<!\w){sought}(?!\w)" if len(secret) < 4 else sought, "***", text)
    return text
