"""Compaction, replay and forgetting: what they do, and that dying at any change of the lake harms nothing."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from mallard.errors import LockedError, UsageError
from mallard.lake.compact import compact
from mallard.lake.forget import forget
from mallard.lake.inspect import verify
from mallard.lake.quarantine import entries, entry, replay, tallies
from mallard.settings import Settings
from mallard.spool import segments
from mallard.state import LOST
from tests.lake.dying import Death, die_after, live
from tests.landed import RECEIVED, Project, action, lines, request, single, track

LARGE = "y" * 40_000


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project.at(tmp_path)


def fill(project: Project, number: int = 0) -> None:
    """A landing of three events on two days and three records set aside, one of which is only too large."""
    before = (RECEIVED - timedelta(days=1)).isoformat()
    project.land(
        request(
            track(userId=f"a{number}", anonymousId=f"k{number}"),
            {"type": "page", "anonymousId": f"k{number}", "timestamp": before},
            5,
            track(userId=f"c{number}", properties={"pad": LARGE}),
            context={"app": {"version": "9"}},
        ),
        lines(action(uid=f"d{number}"), b"{cut", origin=f"file-{number}@0"),
    )


def wide(project: Project) -> Settings:
    """The settings after somebody has allowed larger events."""
    collect = project.settings.collect.model_copy(update={"max_event_kb": 64})
    return project.settings.model_copy(update={"collect": collect})


def origins(project: Project) -> Counter[str]:
    return Counter(row["origin"] for row in (*project.events(), *project.quarantined()))


def without_seq(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: row["origin"])


def test_compaction_leaves_one_file_a_day_and_every_row(project: Project) -> None:
    for number in range(4):
        fill(project, number)
    before = without_seq(project.events()), project.quarantined()
    report = compact(project.settings, project.state)
    assert (report.days, report.files_before, report.files_after) == (3, 16, 4)
    assert report.bytes_after < report.bytes_before
    assert (without_seq(project.events()), project.quarantined()) == before
    assert verify(project.settings).problems == ()
    assert compact(project.settings, project.state).days == 0, "there is nothing left to do"


def test_compaction_sorts_a_day_by_time(project: Project) -> None:
    for minutes in (30, 10, 20):
        project.land(request(track(timestamp=(RECEIVED - timedelta(minutes=minutes)).isoformat())))
    compact(project.settings, project.state)
    import pyarrow.parquet as pq

    (path,) = Path(project.settings.lake_url).glob("ods/event/dt=*/*.parquet")
    times = pq.read_table(path, partitioning=None)["event_time"].to_pylist()
    assert times == sorted(times)
    assert len(times) == 3


def test_compaction_waits_for_builds_and_landings(project: Project) -> None:
    for lease in ("build", "land"):
        with project.state.lease(lease), pytest.raises(LockedError):
            compact(project.settings, project.state)


def test_a_landing_after_a_compaction_goes_on(project: Project) -> None:
    fill(project, 0)
    fill(project, 1)
    compact(project.settings, project.state)
    fill(project, 2)
    assert len(project.events()) == 9
    assert verify(project.settings).problems == ()


def test_quarantine_is_listed_counted_and_shown(project: Project) -> None:
    fill(project, 0)
    assert [(t.dt.isoformat(), t.source, t.reason, t.records) for t in tallies(project.settings)] == [
        ("2026-03-10", "log", "cut_line", 1),
        ("2026-03-10", "shop-web", "not_an_object", 1),
        ("2026-03-10", "shop-web", "too_large", 1),
    ]
    (cut,) = entries(project.settings, reason="cut_line")
    assert (cut.raw, cut.received_at, cut.source) == ("{cut", RECEIVED, "log")
    assert entry(project.settings, cut.origin) == cut
    assert len(entries(project.settings, source="shop-web")) == 2
    assert len(entries(project.settings, limit=1)) == 1
    assert entries(project.settings, day=cut.dt - timedelta(days=1)) == []
    with pytest.raises(UsageError, match="nowhere"):
        entry(project.settings, "nowhere")


def test_an_empty_quarantine(project: Project) -> None:
    assert tallies(project.settings) == []
    assert replay(project.settings, project.state).tried == 0


def test_replay_lands_what_is_good_now(project: Project) -> None:
    fill(project, 0)
    fill(project, 1)
    assert replay(project.settings, project.state).landed == 0, "nothing has changed"
    report = replay(wide(project), project.state)
    assert (report.tried, report.landed, report.left) == (6, 2, 4)
    assert project.reasons() == {"not_an_object": 2, "cut_line": 2}
    replayed = [event for event in project.events() if event["user_id"] in ("c0", "c1")]
    assert [event["app_version"] for event in replayed] == ["9", "9"], "the batch's context is not lost"
    assert max(event["landed_seq"] for event in project.events()) == replayed[0]["landed_seq"]
    assert verify(project.settings).problems == ()
    assert replay(wide(project), project.state).landed == 0


def test_replay_of_one_reason(project: Project) -> None:
    fill(project, 0)
    assert replay(wide(project), project.state, reason="cut_line").tried == 1
    assert replay(wide(project), project.state, reason="too_large", source="log").tried == 0
    assert replay(wide(project), project.state, reason="too_large").landed == 1


def test_replay_after_compaction(project: Project) -> None:
    fill(project, 0)
    fill(project, 1)
    compact(project.settings, project.state)
    assert replay(wide(project), project.state).landed == 2
    assert verify(project.settings).problems == ()


def test_forgetting_removes_a_person_and_their_devices(project: Project) -> None:
    for number in range(2):
        fill(project, number)
    project.land(
        request(
            track(userId="a0", event=7),
            {"type": "alias", "userId": "z9", "previousId": "a0"},
            track(userId="a00"),
        ),
        single(b'{"event": 7, "userId" : "a0"}'),
    )  # fmt: skip
    report = forget(project.settings, project.state, "a0")
    assert (report.events, report.quarantined) == (3, 2)
    kept = {(event["user_id"], event["anonymous_id"]) for event in project.events()}
    assert kept == {("a1", "k1"), (None, "k1"), ("d0", None), ("d1", None), ("a00", None)}
    assert not any('a0"' in row["raw"] for row in project.quarantined())
    assert verify(project.settings).problems == ()
    assert {touched.subject for touched in project.state.touched(after=0)} == {"event", "quarantine"}
    again = forget(project.settings, project.state, "a0")
    assert (again.events, again.quarantined, again.segments_cleared) == (0, 0, 0)


def test_forgetting_takes_every_device_and_whatever_it_is_called_by(project: Project) -> None:
    """An app that was installed anew has another anonymous id; a log knows the device alone."""
    phone = {"device": {"id": "d1"}}
    project.land(
        request(
            track(userId="a0", anonymousId="first", context=phone),
            track(userId=None, anonymousId="second", context=phone),
            track(userId=None, anonymousId="first", context={"device": {"id": "d2"}}),
            track(userId=None, anonymousId="stranger", context={"device": {"id": "d3"}}),
            track(userId="other", anonymousId="first", context=phone),
        )
    )
    project.land(lines(b'{"uid":"","xaid":"d1","act":1,"acttime":1773144000000}'))
    assert forget(project.settings, project.state, "a0").events == 4
    kept = {(event["user_id"], event["anonymous_id"]) for event in project.events()}
    assert kept == {(None, "stranger"), ("other", "first")}


def test_forgetting_removes_what_was_cut_or_is_no_json(project: Project) -> None:
    holding = [
        b'{"act":1,"uid":10007', b'{"act":1,"uid": "10007', b"{'uid': '10007'}", b'{"uid":10007,}', b"10007",
    ]  # fmt: skip
    others = [b'{"act":1,"uid":100071', b'{"uid":1,"x":"no 10007"', b"{'uid': 110007}"]
    project.land(lines(*holding, *others))
    assert forget(project.settings, project.state, "10007").quarantined == len(holding)
    assert [row["raw"].encode() for row in project.quarantined()] == others
    assert verify(project.settings).problems == ()


def test_forgetting_takes_what_is_still_in_the_spool(project: Project) -> None:
    project.spool(request(track(userId="u-1")))
    project.spool(request(track(userId="u-2")))
    report = forget(project.settings, project.state, "u-1")
    assert (report.events, report.segments_cleared, report.segments_left) == (1, 1, 0)
    assert [event["user_id"] for event in project.events()] == ["u-2"]
    assert all(b"u-1" not in segment.content() for segment in segments(project.settings.spool_path))
    forget(project.settings, project.state, "u-2")
    assert all(b"u-2" not in segment.content() for segment in segments(project.settings.spool_path))
    assert project.land(request(track(userId="u-3"))).landed == 1


def test_forgetting_removes_the_customer_and_leaves_the_order(project: Project, tmp_path: Path) -> None:
    project.land(request(track()))
    lake = Path(project.settings.lake_url)
    rows = {
        "customer": "('c-1', 'Ann'), ('c-2', 'Bob')) t(customer_id, name)",
        "orders": "('o-1', 'c-1'), ('o-2', 'c-2')) t(order_id, customer_id)",
        "product": "('p-1', 'c-1')) t(product_id, name)",
    }
    for table, values in rows.items():
        folder = lake / "ods" / table / "loaded=2026-03-11"
        folder.mkdir(parents=True)
        duckdb.execute(f"copy (from (values {values}) to '{folder}/run.parquet'")
    assert forget(project.settings, project.state, "c-1").shop_rows == 2
    found = {
        table: duckdb.execute(f"from '{lake}/ods/{table}/*/*.parquet' order by 1").fetchall()
        for table in rows
    }
    assert [row[:2] for row in found["customer"]] == [("c-2", "Bob")]
    assert [row[:2] for row in found["orders"]] == [("o-1", None), ("o-2", "c-2")]
    assert [row[:2] for row in found["product"]] == [("p-1", "c-1")]
    assert {one.subject for one in project.state.touched() if one.subject != "event"} == {LOST}
    assert forget(project.settings, project.state, "c-1").shop_rows == 0


def test_forgetting_nobody_is_an_error(project: Project) -> None:
    with pytest.raises(UsageError):
        forget(project.settings, project.state, " ")


def _compact(project: Project) -> None:
    compact(project.settings, project.state)


def _replay(project: Project) -> None:
    replay(wide(project), project.state)


def _forget(project: Project) -> None:
    forget(project.settings, project.state, "a0")


@pytest.mark.parametrize("work", [_compact, _replay, _forget])
def test_dying_at_any_change_is_made_good(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, work: Callable[[Project], None]
) -> None:
    """The work dies after 0, 1, 2 … changes; done again, the lake is as if nothing had happened."""
    filled = Project.at(tmp_path / "filled")
    for number in range(2):
        fill(filled, number)
    filled.state.close()
    rows = set(origins(filled))
    whole = _copy(tmp_path, "whole")
    work(whole)
    deaths = 0
    while True:
        project = _copy(tmp_path, str(deaths))
        die_after(deaths, monkeypatch)
        try:
            work(project)
        except Death:
            live(monkeypatch)
            if work is not _forget:
                assert set(origins(project)) == rows, "no row is ever missing"
            work(project)
            _same(project, whole)
            deaths += 1
            continue
        live(monkeypatch)
        break
    assert deaths >= 6
    _same(project, whole)


def _copy(folder: Path, name: str) -> Project:
    shutil.copytree(folder / "filled", folder / name)
    return Project.at(folder / name)


def _same(project: Project, whole: Project) -> None:
    assert verify(project.settings).problems == ()
    assert max(origins(project).values()) == 1
    names = ("event_name", "user_id", "event_time", "app_version")
    mine, theirs = (
        Counter(tuple(event[name] for name in names) for event in one.events()) for one in (project, whole)
    )
    assert mine == theirs
    assert project.reasons() == whole.reasons()
