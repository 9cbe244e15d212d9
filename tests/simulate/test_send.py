from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from mallard.errors import UnreachableError
from mallard.flow.collector import collector
from mallard.settings import Settings, load
from mallard.simulate.day import simulate_day
from mallard.simulate.diary import Day
from mallard.simulate.log_lines import ACTS, log_lines
from mallard.simulate.send import (
    SentReport,
    arrivals,
    post_day,
    report,
    spool_days,
    write_user_action_log,
)
from mallard.simulate.shop import Shop, micros
from mallard.spool import Record, read, segments
from tests.simulate.tiny import PHONE, Tiny

SHOP = Shop(11, date(2026, 5, 1), 24, "Asia/Kolkata", size=0.05)


def spooled(folder: Path) -> Iterator[Record]:
    for segment in segments(folder):
        for _, _, record in read(segment):
            yield record


def items(record: Record) -> list[Any]:
    body = json.loads(record.body)
    return list(body["batch"]) if record.kind == "batch" else [body]


def test_the_spool_holds_what_arrived_in_order_whatever_the_number_of_processes(tmp_path: Path) -> None:
    said = []
    for processes in (1, 2):
        settings = Settings(project=tmp_path / str(processes))
        said.append(spool_days(SHOP, SHOP.all_days, settings, processes=processes))
    one, two = (list(spooled(tmp_path / str(n) / "data/spool")) for n in (1, 2))
    assert one == two
    assert [record.received_at for record in one] == sorted(record.received_at for record in one)
    assert said[0] == said[1] == SentReport(len(one), sum(len(items(r)) for r in one), said[0].malformed)
    assert said[0].malformed > 0


def test_progress_counts_every_day(tmp_path: Path) -> None:
    done: list[int] = []
    spool_days(SHOP, SHOP.all_days[:3], Settings(project=tmp_path), done.append)
    assert sum(done) == 3


def test_a_day_receives_what_is_late_from_the_days_before() -> None:
    days = list(arrivals(SHOP, SHOP.all_days))
    assert list(arrivals(SHOP, SHOP.all_days[9:11])) == days[9:11]
    everything = sum((report(simulate_day(SHOP, day).sends) for day in SHOP.all_days), SentReport())
    kept = sum((report(day.sends) for day in days), SentReport())
    left = [
        send for day in SHOP.all_days[-3:] for send in simulate_day(SHOP, day).sends
        if send.received_at >= SHOP.start(SHOP.last_day) + 86_400_000_000
    ]  # fmt: skip
    assert kept + report(left) == everything


def test_bodies_say_what_the_diary_says(tmp_path: Path) -> None:
    spool_days(SHOP, SHOP.all_days[:2], Settings(project=tmp_path), processes=1)
    sends = [send for day in arrivals(SHOP, SHOP.all_days[:2]) for send in day.sends]
    for record, send in zip(spooled(tmp_path / "data/spool"), sends, strict=True):
        assert (record.dialect, record.kind, record.source) == ("segment", send.kind, send.source)
        assert record.ip.endswith(".0")
        for said, item in zip(items(record), send.items, strict=True):
            event = item.event
            if item.malformed is not None:
                continue
            assert (said["messageId"], said["type"]) == (event.id, event.type)
            assert said.get("anonymousId") == event.anonymous_id
            assert said.get("userId") == event.user_id
            assert ("timestamp" in said) == (item.original is not None)
            assert said["context"]["screen"]["width"] == event.device.model.width
            assert said["context"].get("page", {}).get("path") == (event.page and event.page.path)
            if event.type == "track":
                assert (said["event"], said["properties"]) == (event.name, event.properties)


def project(folder: Path) -> Settings:
    keys = "".join(f'[[collect.keys]]\nname = "{n}"\nkey = "key-{n}"\n' for n in ("web", "android", "ios"))
    folder.joinpath("mallard.toml").write_text(keys)
    return load(folder)


def test_a_day_goes_over_http_to_a_real_collector(tmp_path: Path) -> None:
    settings = project(tmp_path)
    day = next(arrivals(SHOP, [SHOP.all_days[5]]))
    keys = {name: f"key-{name}" for name in ("web", "android", "ios")}
    with collector(settings) as url:
        said = post_day(day, url, keys)
        with pytest.raises(UnreachableError) as failure:
            post_day(day, url, "no such key")
    assert "401" in failure.value.what
    assert "no such key" not in str(failure.value)
    assert said == report(day.sends)
    records = list(spooled(settings.spool_path))
    assert Counter(record.source for record in records) == Counter(send.source for send in day.sends)
    told = [said for record in records for said in items(record) if isinstance(said, dict)]
    times = {said["messageId"]: datetime.fromisoformat(said["timestamp"]) for said in told}
    assert all(micros(times[event.id]) == event.at for event in day.events)


def test_a_collector_that_is_not_there_is_one_clear_error() -> None:
    day = next(arrivals(SHOP, [SHOP.first_day]))
    with pytest.raises(UnreachableError, match=r"127\.0\.0\.1:9"):
        post_day(day, "http://127.0.0.1:9", "key")


def test_lines_of_a_log_hold_every_act_of_visitors_with_an_id(tmp_path: Path) -> None:
    path = tmp_path / "log" / "user_action.log"
    day = simulate_day(SHOP, SHOP.all_days[3])
    count = write_user_action_log(day, path)
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert len(lines) == count
    wanted = [
        event for event in day.events
        if event.name in ACTS and not event.device.is_bot and (event.user_id or event.device.device_id)
    ]  # fmt: skip
    assert Counter(line["act"] for line in lines) == Counter(ACTS[event.name] for event in wanted)
    assert {line["act"] for line in lines} >= {1, 2, 3, 4}
    common = [
        "xaid",
        "platform",
        "ver",
        "vercode",
        "net",
        "brand",
        "model",
        "display",
        "osver",
        "acttime",
        "act",
    ]
    assert all(line.keys() >= set(common) for line in lines)
    assert [line["acttime"] for line in lines] == sorted(line["acttime"] for line in lines)
    more = write_user_action_log(simulate_day(SHOP, SHOP.all_days[4]), path)
    assert len(path.read_text(encoding="utf-8").splitlines()) == count + more


def test_no_two_lines_of_a_visitor_have_the_same_time() -> None:
    life = Tiny()
    for name in ("Application Opened", "Application Opened", "Application Crashed"):
        life.event(name, "2026-05-01 10:00", PHONE, loading_time_ms=1)
    lines = list(log_lines(Day(SHOP.first_day, life.sends, [])))
    first = lines[0]["acttime"]
    assert [(line["act"], line["acttime"]) for line in lines] == [(1, first), (1, first + 1), (5, first + 2)]


def test_an_empty_day_writes_an_empty_log(tmp_path: Path) -> None:
    assert write_user_action_log(Day(SHOP.first_day, [], []), tmp_path / "x.log") == 0
