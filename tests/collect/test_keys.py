"""Who may send, and how often."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from mallard.collect.answers import Refusal
from mallard.collect.keys import Keys, Source
from mallard.errors import SettingsError
from mallard.settings import parse


def status(source: Source, now: float) -> int:
    try:
        source.admit("", now)
    except Refusal as refusal:
        return refusal.status
    return 200


def taken(source: Source, times: list[float]) -> int:
    found = [status(source, now) for now in times]
    assert set(found) <= {200, 429}
    return found.count(200)


def test_a_burst_of_a_second_and_then_the_rate() -> None:
    source = Source("web", rate=10)
    assert taken(source, [1000.0] * 50) == 10
    assert taken(source, [1000.0 + step / 1000 for step in range(1, 2001)]) == 20


def test_no_rate_is_no_limit() -> None:
    assert taken(Source("web"), [1.0] * 1000) == 1000


def test_a_share_of_a_small_rate_lets_one_through() -> None:
    """Three workers share one request a second."""
    source = Source("web", rate=1 / 3)
    assert taken(source, [100.0, 100.1]) == 1
    assert taken(source, [102.0]) == 0
    assert taken(source, [103.5]) == 1


SHARED = "{name='web', key='a', origins=['https://a.example']}, "


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ("{name='web', key='a'}, {name='app', key='a'}", "that of another name"),
        (SHARED + "{name='web', key='b'}", "differ in rate, origins or events"),
        ("{name='web', key='a', origins=['shop.example']}", "'shop.example', which no browser sends"),
        ("{name='web', key='a', origins=['*']}", "no browser sends"),
        ("{name='web', key='a', origins=['https://shop.example/cart']}", "no browser sends"),
        ("{name='web', key='file:key'}", "cannot be read"),
    ],
)
def test_keys_that_do_not_say_what_they_seem_to_are_errors(tmp_path: Path, keys: str, said: str) -> None:
    (tmp_path / "key").write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match=re.escape(said)):
        keys_of(tmp_path, keys)


def test_a_name_may_have_two_keys_while_one_takes_the_others_place(tmp_path: Path) -> None:
    keys = keys_of(tmp_path, SHARED + SHARED.replace("key='a'", "key='b'"))
    assert keys.named("a", 0.0) is keys.named("b", 0.0)


def test_a_new_key_holds_at_once(tmp_path: Path) -> None:
    """Its senders need not wait until the file is read anyway: what is answered 401 is lost."""
    file = tmp_path / "key"
    file.write_text("old")
    keys = keys_of(tmp_path, "{name='web', key='file:key'}")
    assert keys.named("old", 100.0).name == "web"
    file.write_text("new")
    assert keys.named("new", 100.2).name == "web"
    with pytest.raises(Refusal):
        keys.named("old", 100.3)


def test_origins_are_compared_as_browsers_write_them(tmp_path: Path) -> None:
    source = keys_of(tmp_path, "{name='w', key='a', origins=['HTTPS://Shop.Example/', 'null']}").named("a", 0)
    source.admit("https://shop.example", 0.0)
    source.admit("null", 0.0)


def keys_of(project: Path, keys: str) -> Keys:
    raw = tomllib.loads(f"[collect]\nkeys = [{keys}]")
    return Keys(parse(raw, project / "mallard.toml"))


def test_origins() -> None:
    source = Source("web", origins=frozenset({"https://a.example"}))
    source.admit("https://a.example", 0.0)
    source.admit("", 0.0)
    with pytest.raises(Refusal) as refusal:
        source.admit("https://b.example", 0.0)
    assert refusal.value.status == 403
