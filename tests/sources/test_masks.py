"""Personal data is masked before anything is written: lake, quarantine and staging alike."""

from __future__ import annotations

import hashlib
import hmac
import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from mallard.errors import SettingsError, SourceError
from mallard.settings import Settings, Source
from mallard.sources import load as loading
from mallard.sources.masks import masks
from tests.sources.shops import Shop

SALTED = Settings(source=Source(salt="pepper"))


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        ("phone", "13712341234", "137****1234"),
        ("phone", "+86 137 1234 1234", "+86****1234"),
        ("phone", "1234567", "****"),
        ("phone", "", "****"),
        ("phone", None, None),
        ("phone", "137\n12341234", "137****1234"),
        ("email", "ada@example.com", "a***@example.com"),
        ("email", "a@b", "a***@b"),
        ("email", "no address", "***"),
        ("email", "@example.com", "***"),
        ("email", None, None),
        ("name", "Ada", "A**"),
        ("name", "朱莉", "朱**"),
        ("name", "A", "A**"),
        ("name", "", ""),
        ("name", None, None),
        ("hash", "x", hmac.new(b"pepper", b"x", hashlib.sha256).hexdigest()),
        ("hash", None, None),
    ],
)
def test_masks(kind: str, value: str | None, shown: str | None) -> None:
    mask = masks(SALTED, {"c": kind}, "customer")["c"]
    assert mask(pa.array([value], pa.string())).to_pylist() == [shown]


def test_nothing_of_the_raw_value_is_written_anywhere(
    sqlite_shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    sqlite_shop.options["source"] = {
        "salt": "pepper",
        "tables": {
            "customer": {"mask": {"phone": "phone", "email": "email", "name": "name", "nick": "hash"}}
        },
    }
    sqlite_shop.sql("alter table customer add column nick text")
    row = {"name": "Ada Lovelace", "email": "lovelace@example.com", "phone": "13755556666", "nick": "adalove"}
    sqlite_shop.insert("customer", {"customer_id": "1", **row}, {"customer_id": None, **row})
    take_over, project = loading._take_over, sqlite_shop.project

    def keep_staging(*args: Any) -> None:
        shutil.copytree(project / "data/staging", project / "kept")
        take_over(*args)

    monkeypatch.setattr(loading, "_take_over", keep_staging)
    sqlite_shop.load()
    written = [p for p in project.rglob("*") if p.is_file() and p.name != "shop.db"]
    assert any("kept" in str(path) for path in written)
    for secret in (b"Lovelace", b"lovelace", b"5555666", b"adalove"):
        assert not [path for path in written if secret in _plain(path)], secret
    assert sqlite_shop.current("customer", "name, email, phone") == [
        ("A**", "l***@example.com", "137****6666")
    ]
    assert "137****6666" in sqlite_shop.quarantine("customer")[0][1]


def _plain(path: Path) -> bytes:
    """A file's content; a Parquet file's values as text, since they are compressed."""
    if path.suffix != ".parquet":
        return path.read_bytes()
    import pyarrow.parquet as pq

    return str(pq.read_table(path).to_pylist()).encode()


def test_a_mask_finds_its_column_whatever_the_case(sqlite_shop: Shop) -> None:
    query = "select customer_id, phone as Phone, email from customer"
    mask = {"phone": "phone", "EMAIL": "email"}
    sqlite_shop.options["source"] = {"tables": {"customer": {"query": query, "mask": mask}}}
    sqlite_shop.insert("customer", {"customer_id": "1", "phone": "13755556666", "email": "ada@example.com"})
    sqlite_shop.load(["customer"])
    assert sqlite_shop.current("customer", "phone, email") == [("137****6666", "a***@example.com")]


def test_a_masked_column_is_still_compared(sqlite_shop: Shop) -> None:
    sqlite_shop.options["source"] = {"tables": {"customer": {"mask": {"phone": "phone"}}}}
    sqlite_shop.insert("customer", {"customer_id": "1", "phone": "13755556666"})
    sqlite_shop.load()
    assert sqlite_shop.load()["customer"].changed == 0


def test_hash_without_a_salt_is_an_error(sqlite_shop: Shop) -> None:
    sqlite_shop.options["source"] = {"tables": {"customer": {"mask": {"phone": "hash"}}}}
    with pytest.raises(SettingsError, match=r"source\.salt is not set"):
        sqlite_shop.load()


def test_a_mask_for_a_column_that_is_not_there_is_an_error(sqlite_shop: Shop) -> None:
    """Else a misspelt name would leave the data in the open."""
    sqlite_shop.options["source"] = {"tables": {"customer": {"mask": {"fone": "phone"}}}}
    with pytest.raises(SourceError, match="mask names the column 'fone'"):
        sqlite_shop.load()
