"""Following a log on one host for the collector of another: every line once, through outages and kills."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mallard.collect.follow import follow
from mallard.collect.ship import Shipper
from mallard.collect.tracking import LogError
from mallard.errors import SettingsError, UnreachableError
from mallard.settings import Settings, parse
from mallard.spool import Record
from tests.collectors import KEY, Collector, collector, once


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Collector]:
    with collector(tmp_path / "receiver", ["logs"]) as running:
        yield running


def sender(folder: Path, url: str, **more: Any) -> Settings:
    table = {"files": ["app.log"], "ship_to": url, "key": KEY.format("logs"), **more}
    return parse({"follow": table}, folder / "mallard.toml")


def write(folder: Path, first: int, lines: int) -> None:
    with (folder / "app.log").open("ab") as file:
        for number in range(first, first + lines):
            file.write(b'{"uid":%d,"act":5,"acttime":1773140400000,"pad":"%s"}\n' % (number, b"x" * 200))


def users(rows: list[dict[str, Any]]) -> list[int]:
    return sorted(int(row["user_id"]) for row in rows)


def test_lines_arrive_once_under_the_name_of_the_key(receiver: Collector, tmp_path: Path) -> None:
    write(tmp_path, 0, 3000)
    assert follow(sender(tmp_path, receiver.url), once=True).lines == 3000
    write(tmp_path, 3000, 5)
    assert follow(sender(tmp_path, receiver.url), once=True).lines == 5
    rows = receiver.events("logs")
    assert users(rows) == list(range(3005))
    assert {row["event_name"] for row in rows} == {"Application Crashed"}


def test_lines_that_arrive_again_have_the_same_ids(receiver: Collector, tmp_path: Path) -> None:
    """As when the answer was lost, or the sender was killed before it saved its offset."""
    write(tmp_path, 0, 2000)
    settings = sender(tmp_path, receiver.url)
    follow(settings, once=True)
    (saved,) = (tmp_path / "data" / "follow").glob("*.json")
    saved.unlink()
    write(tmp_path, 2000, 10)
    assert follow(settings, once=True).lines == 2010
    rows = receiver.events("logs")
    assert len(rows) == 4010
    assert users(once(rows)) == list(range(2010))


def test_an_outage_loses_nothing(receiver: Collector, tmp_path: Path) -> None:
    write(tmp_path, 0, 5)
    settings = sender(tmp_path, receiver.url)
    receiver.kill()
    with pytest.raises(UnreachableError):
        follow(settings, once=True)
    receiver.start()
    follow(settings, once=True)
    assert users(receiver.events("logs")) == list(range(5))


def test_what_the_other_host_has_kept_is_not_sent_again(
    receiver: Collector, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The collector dies in the middle of many blocks; each block arrives once."""
    write(tmp_path, 0, 6000)
    settings, send = sender(tmp_path, receiver.url), Shipper._send
    sent: list[str | None] = []

    def sending(shipper: Shipper, record: Record) -> None:
        if len(sent) == 3 and sent[-1] is not None:
            receiver.kill()
            sent.append(None)
        send(shipper, record)
        sent.append(record.origin)

    monkeypatch.setattr(Shipper, "_send", sending)
    with pytest.raises(UnreachableError):
        follow(settings, once=True)
    receiver.start()
    follow(settings, once=True)
    assert len(sent) == len(set(sent)) > 4, "no block was sent twice"
    assert users(receiver.events("logs")) == list(range(6000))


def test_a_wrong_key_is_told(receiver: Collector, tmp_path: Path) -> None:
    write(tmp_path, 0, 1)
    with pytest.raises(LogError, match="401") as refused:
        follow(sender(tmp_path, receiver.url, key="nobody's"), once=True)
    assert "nobody's" not in str(refused.value)


@pytest.mark.parametrize("address", ["collector:8400", "http://", "http://host:port/", "http://[::1/"])
def test_an_address_that_is_none(tmp_path: Path, address: str) -> None:
    write(tmp_path, 0, 1)
    with pytest.raises(SettingsError, match="ship_to"):
        follow(sender(tmp_path, address), once=True)


@pytest.mark.parametrize(
    "query",
    ["", "?dialect=csv&kind=lines&origin=a@1", "?dialect=user_action&kind=batch&origin=a@1",
     "?dialect=user_action&kind=lines&origin=a", "?dialect=user_action&kind=lines&origin=a%27@1"],
)  # fmt: skip
def test_a_block_that_does_not_say_what_it_is(receiver: Collector, query: str) -> None:
    request = urllib.request.Request(f"{receiver.url}/v1/lines{query}", b"{}\n")
    request.add_header("Authorization", "Basic d2stbG9nczo=")  # wk-logs:
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request)
    assert refused.value.code == 400
