"""Personal data is masked on its way in, before anything is written down.

phone: 137****1234 · email: j***@example.com · name: J** · hash: HMAC-SHA256 under ``source.salt``, so that
equal values stay equal and cannot be looked up by trying.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from typing import TYPE_CHECKING

from mallard.errors import SettingsError
from mallard.settings import Settings

if TYPE_CHECKING:
    import pyarrow as pa

Mask = Callable[["pa.Array"], "pa.Array"]


def masks(settings: Settings, wanted: dict[str, str], table: str) -> dict[str, Mask]:
    """The masks of a table's columns (in lower case), ready to be applied to Arrow arrays of text."""
    if "hash" in wanted.values() and settings.source.salt is None:
        raise SettingsError(
            f"source.tables.{table} masks with 'hash', but source.salt is not set.",
            "Set source.salt to 'env:NAME' or 'file:PATH'; keep it, or equal values stop being equal.",
        )
    salt = settings.secret(settings.source.salt or "", "source.salt").encode()
    made: dict[str, Mask] = {"phone": _phone, "email": _email, "name": _name, "hash": _hash(salt)}
    return {column.lower(): made[kind] for column, kind in wanted.items()}


def _phone(values: pa.Array) -> pa.Array:
    """All but the first three and the last four characters; everything where there are fewer than eight."""
    import pyarrow.compute as pc

    long = pc.match_substring_regex(values, "^(?s:.{8,})$")
    shown = pc.replace_substring_regex(values, "^(?s)(.{3}).*(.{4})$", r"\1****\2")
    return pc.if_else(long, shown, pc.if_else(pc.is_valid(values), "****", None))


def _email(values: pa.Array) -> pa.Array:
    """The first character and the domain; everything where there is no '@'."""
    import pyarrow.compute as pc

    whole = pc.match_substring_regex(values, "^(?s:.[^@]*@.+)$")
    shown = pc.replace_substring_regex(values, "^(?s)(.)[^@]*@(.+)$", r"\1***@\2")
    return pc.if_else(whole, shown, pc.if_else(pc.is_valid(values), "***", None))


def _name(values: pa.Array) -> pa.Array:
    """The first character."""
    import pyarrow.compute as pc

    return pc.replace_substring_regex(values, "^(?s)(.).*$", r"\1**")


def _hash(salt: bytes) -> Mask:
    def apply(values: pa.Array) -> pa.Array:
        import pyarrow as pa

        encoded = values.dictionary_encode()
        hashed = [
            None if word is None else hmac.new(salt, word.encode(), hashlib.sha256).hexdigest()
            for word in encoded.dictionary.to_pylist()
        ]
        return pa.array(hashed, pa.string()).take(encoded.indices)

    return apply
