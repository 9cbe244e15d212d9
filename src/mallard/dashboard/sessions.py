"""What logins are signed with: kept beside the project's data, so that a restart logs nobody out."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import tempfile
from pathlib import Path

from mallard import reporting
from mallard.settings import Settings

KEY_FILE = "data/dashboard.key"
KEY_BYTES = 32


def signing_key(settings: Settings, password: str) -> bytes:
    """The key of the project's logins; another password makes every earlier login worthless."""
    path = settings.path(KEY_FILE)
    try:
        kept = _read(path) or _make(path)
    except OSError as broken:
        reporting.warn(f"{path} cannot be kept ({broken.strerror}): logins last until the dashboard stops.")
        kept = secrets.token_bytes(KEY_BYTES)
    return hmac.new(kept, password.encode(), hashlib.sha256).digest()


def _read(path: Path) -> bytes | None:
    """The kept key; None where there is none, or one that others may have read or that was cut short."""
    try:
        with path.open("rb") as file:
            private = os.fstat(file.fileno()).st_mode & 0o077 == 0
            found = file.read()
    except FileNotFoundError:
        return None
    return found if private and len(found) == KEY_BYTES else None


def _make(path: Path) -> bytes:
    """A new key, in a file for its owner alone; it appears whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    key = secrets.token_bytes(KEY_BYTES)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".dashboard-")  # mode 0600
    with os.fdopen(handle, "wb") as file:
        file.write(key)
        file.flush()
        os.fsync(file.fileno())
    Path(name).replace(path)
    return key
