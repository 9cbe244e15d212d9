"""JSON by the letter: DuckDB also reads NaN and its like, and a comma too many; Spark and databases do not.

SQL takes a rough look at every event, and of the few that look so Python decides.
"""

from __future__ import annotations

import msgspec

_NAMES = ("NaN", "nan", "NAN", "nf", "NF")


def doubtful(item: str, nested: str = "true") -> str:
    """SQL: whether a JSON text that DuckDB has read may be none. nested: whether it may hold lists."""
    named = " or ".join(f"contains({item}, '{name}')" for name in _NAMES)
    return rf"""(
        {named} or regexp_matches({item}, ',\s*\}}\s*$')
        or ({nested} and regexp_matches({item}, ',\s*[\]\}}]'))
    )"""


def is_json(text: bytes) -> bool:
    """Whether bytes are JSON by the letter."""
    try:
        msgspec.json.decode(text)
        text.decode()
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return False
    return True
