"""The durable log between receiving and landing.

Producers append :class:`Record` objects with a :class:`SpoolWriter`; the lander lists :func:`segments` and
:func:`read` s them. The two share nothing but the files.
"""

from mallard.spool.reader import LANDED, DamageError, Segment, first, read, segments
from mallard.spool.record import Record
from mallard.spool.writer import Repair, SpoolFullError, SpoolWriter, recover

__all__ = [
    "LANDED",
    "DamageError",
    "Record",
    "Repair",
    "Segment",
    "SpoolFullError",
    "SpoolWriter",
    "first",
    "read",
    "recover",
    "segments",
]
