"""What one entry of the durable log holds."""

from __future__ import annotations

import msgspec


class Record(msgspec.Struct, frozen=True, array_like=True):
    """One thing received, as it came; its meaning is found out when it is landed.

    dialect: ``segment`` (an HTTP request) or ``user_action`` (lines of a log file).
    kind: for segment ``batch``, ``track``, ``page``, ``screen``, ``identify``, ``alias`` or ``group``;
        for user_action ``lines``.
    source: name of the write key or of the log; never the key itself.
    received_at: microseconds since the epoch, UTC.
    body: for segment the decompressed JSON body, for user_action complete lines with their newlines.
    ip: the sender's address, already truncated where the settings say so.
    origin: only for followed files: ``<file identity>@<byte offset of the block>``.
    """

    dialect: str
    kind: str
    source: str
    received_at: int
    body: bytes
    ip: str = ""
    user_agent: str = ""
    origin: str = ""
