"""Landing: everything once, added up, told to the next build; on every storage."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from mallard.contract import TYPES
from mallard.errors import LockedError, StorageError
from mallard.events.event import EVENT_COLUMNS, QUARANTINE_COLUMNS
from mallard.lake import batch, commits
from mallard.lake.compact import compact
from mallard.lake.inspect import stats, verify
from mallard.lake.land import land
from mallard.lake.quarantine import tallies
from mallard.lake.retention import remove_landed
from mallard.settings import parse
from mallard.spool import SpoolWriter, segments
from mallard.state import State
from mallard.storage import open_storage
from tests.hdfs import Hdfs
from tests.lake.dying import Death, die_after, live
from tests.lakes import STORAGES, settings_on
from tests.landed import RECEIVED, Project, action, lines, request, track


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project.at(tmp_path)


def users(project: Project) -> Counter[str]:
    return Counter(event["user_id"] for event in project.events())


def test_an_empty_spool(project: Project) -> None:
    report = project.land()
    assert (report.received, report.landed, report.quarantined, report.days) == (0, 0, 0, ())


def test_the_report_adds_up_and_the_days_are_told(project: Project) -> None:
    yesterday = (RECEIVED - timedelta(days=1)).isoformat()
    report = project.land(request(track(), track(timestamp=yesterday), 5), lines(action()))
    assert (report.received, report.landed, report.quarantined, report.files) == (4, 3, 1, 4)
    assert report.days == (date(2026, 3, 9), date(2026, 3, 10))
    told = {(touched.subject, touched.dt.isoformat()) for touched in project.state.touched()}
    assert told == {("event", "2026-03-09"), ("event", "2026-03-10"), ("quarantine", "2026-03-10")}
    (run,) = project.state.runs("land")
    assert (run.status, run.detail) == ("done", {"received": 4, "landed": 3, "quarantined": 1})


def test_each_event_stands_in_the_folder_of_its_day(project: Project) -> None:
    days = [date(2026, 3, day) for day in (9, 7, 10, 8, 9, 10, 7)]
    project.land(request(*(track(userId=f"{day}", timestamp=f"{day}T08:00:00Z") for day in days)))
    assert [event["dt"] for event in project.events()] == [event["user_id"] for event in project.events()]
    assert users(project) == Counter(map(str, days))


def test_a_late_event_also_touches_the_day_it_came(project: Project) -> None:
    project.land(request(track(timestamp=(RECEIVED - timedelta(days=3)).isoformat())))
    assert {touched.dt for touched in project.state.touched()} == {date(2026, 3, 7), date(2026, 3, 10)}


def test_landing_again_adds_nothing(project: Project) -> None:
    project.land(request(track(), track()))
    before = project.events()
    assert len(before) == 2
    told = project.state.touched()
    assert project.land().received == 0
    assert project.events() == before
    assert project.state.touched() == told


def test_the_growing_segment_lands_as_far_as_it_is(project: Project) -> None:
    with SpoolWriter(project.settings.spool_path, "node1") as writer:
        writer.append([request(track(userId="1"))])
        assert project.land().landed == 1
        writer.append([request(track(userId="2"))])
        assert project.land().landed == 1
    assert project.land().received == 0
    assert users(project) == {"1": 1, "2": 1}


def test_the_columns_are_those_of_the_contract(project: Project) -> None:
    project.land(request(track(), 5), lines(action()))
    for table, columns in (("ods", EVENT_COLUMNS), ("quarantine", QUARANTINE_COLUMNS)):
        files = f"{project.settings.lake_url}/{table}/event/dt=*/*.parquet"
        found = duckdb.execute(f"describe select * from read_parquet('{files}')").fetchall()
        expected = [(column.name, TYPES[column.type][0]) for column in columns]
        assert [(name, kind) for name, kind, *_ in found] == [*expected, ("dt", "DATE")]


def test_the_order_of_arrival_is_the_order_of_landed_seq_and_origin(project: Project) -> None:
    project.land(
        request(*(track(userId=str(n)) for n in range(12))), lines(*(action(uid=n) for n in range(12, 20)))
    )
    project.land(request(track(userId="20")))
    assert [event["user_id"] for event in project.events()] == [str(n) for n in range(21)]


def test_many_batches_are_many_commits(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "BATCH_BYTES", 200)
    monkeypatch.setattr("mallard.lake.land.batches", lambda s, p: batch.batches(s, p, 200))
    report = project.land(*(request(track(userId=str(n))) for n in range(20)))
    assert (report.received, report.landed) == (20, 20)
    assert len({event["landed_seq"] for event in project.events()}) > 3
    assert users(project) == {str(n): 1 for n in range(20)}
    assert verify(project.settings).problems == ()


def test_events_that_share_a_long_context_fill_a_batch(project: Project) -> None:
    """Each gets a copy of it, however small the request was."""
    context = {"page": {"title": "x" * 1_000}}
    project.spool(*(request(*[track()] * 50, context=context) for _ in range(6)))
    found = list(batch.batches(segments(project.settings.spool_path), {}, 100_000))
    assert [one.received for one in found] == [100, 100, 100]


def test_dying_with_several_batches_in_hand_is_made_good(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mallard.lake.land.batches", lambda s, p: batch.batches(s, p, 200))
    project = Project.at(tmp_path)
    project.spool(*(request(track(userId=str(n)), 5) for n in range(6)))
    deaths = 0
    while True:
        die_after(deaths, monkeypatch)
        try:
            project.land()
        except Death:
            assert max(users(project).values(), default=1) == 1
            deaths += 1
            continue
        break
    live(monkeypatch)
    assert deaths >= 4
    assert users(project) == {str(n): 1 for n in range(6)}
    assert project.reasons() == {"not_an_object": 6}
    assert verify(project.settings).problems == ()


def test_an_event_with_the_separator_of_records_inside_is_taken_whole(project: Project) -> None:
    """U+001E may not stand bare in JSON; the events beside it keep their places and land."""
    odd = b'{"type": "track", "event": "E", "userId": "a\x1eb"}'
    project.land(request(track(userId="1"), odd, track(userId="2")), request(odd), request(track(userId="3")))
    assert users(project) == {"1": 1, "2": 1, "3": 1}
    assert [row["raw"].encode() for row in project.quarantined()] == [odd, odd]
    assert [event["origin"][-9:] for event in project.events()] == ["000000000", "000000002", "000000000"]


def test_a_copy_of_an_event_lands_again_under_its_id(project: Project) -> None:
    """The first copy is told by landed_seq and origin; the warehouse keeps it alone."""
    midnight = datetime(2026, 3, 10, tzinfo=UTC)
    event = track(messageId="m", timestamp=(midnight - timedelta(seconds=1)).isoformat())
    skew = timedelta(minutes=5)
    for sent in (midnight, midnight + timedelta(seconds=3)):
        late = sent + skew + timedelta(seconds=sent.second % 2 * 0.9)
        project.land(request(event, sentAt=sent.isoformat(), received=late))
    first, second = project.events()
    assert first["event_id"] == second["event_id"] == "m"
    assert (first["landed_seq"], first["origin"]) < (second["landed_seq"], second["origin"])


# two at once, and what is lost


def test_a_second_lander_is_told_of_the_first(project: Project) -> None:
    with project.state.lease("land"), pytest.raises(LockedError, match="land"):
        project.land(request(track()))
    assert project.land().landed == 1


def test_landers_side_by_side_land_everything_once(project: Project) -> None:
    program = (
        "import sys, pathlib\n"
        "from mallard.errors import LockedError\n"
        "from mallard.lake.land import land\n"
        "from mallard.settings import parse\n"
        "from mallard.state import State\n"
        "settings = parse({}, pathlib.Path(sys.argv[1]) / 'mallard.toml')\n"
        "landings = 0\n"
        "while landings < 8:\n"
        "    try:\n"
        "        with State(settings.state_path) as state:\n"
        "            land(settings, state)\n"
        "        landings += 1\n"
        "    except LockedError:\n"
        "        pass\n"
    )
    landers = [
        subprocess.Popen([sys.executable, "-c", program, str(project.settings.project)]) for _ in range(2)
    ]
    spooled = 0
    while any(lander.poll() is None for lander in landers):  # so that two find different ranges at one time
        project.spool(request(*(track(userId=f"{spooled}-{n}") for n in range(5))))
        spooled += 1
    assert [lander.wait(120) for lander in landers] == [0, 0]
    project.land()
    assert users(project) == {f"{number}-{n}": 1 for number in range(spooled) for n in range(5)}
    assert verify(project.settings).problems == ()


def test_a_lost_state_file_is_rebuilt_from_the_lake(project: Project) -> None:
    project.land(request(track()))
    project.land(request(5))
    told = {(touched.subject, touched.dt) for touched in project.state.touched()}
    project.state.close()
    project.settings.state_path.unlink()
    project.state = State(project.settings.state_path)
    assert project.land().received == 0, "nothing lands twice"
    assert {(touched.subject, touched.dt) for touched in project.state.touched()} == told


def test_a_lake_that_was_changed_for_another_gets_what_the_spool_still_has(project: Project) -> None:
    project.land(request(track()))
    elsewhere = parse({"lake": {"url": "data/other"}}, project.settings.project / "mallard.toml")
    assert land(elsewhere, project.state).landed == 1


def test_what_another_project_landed_is_told_too(tmp_path: Path) -> None:
    """Two collectors with the same node name, two projects, one lake."""
    lake = {"lake": {"url": str(tmp_path / "lake")}}
    one, two = Project.at(tmp_path / "one", **lake), Project.at(tmp_path / "two", **lake)
    one.land(request(track(userId="1")))
    two.land(request(track(userId="2")))
    one.land(request(track(userId="3", timestamp=(RECEIVED - timedelta(days=5)).isoformat())))
    assert two.land().days == (date(2026, 3, 5), date(2026, 3, 10))
    assert [event["user_id"] for event in one.events()] == ["1", "2", "3"]
    assert verify(one.settings).problems == ()


def test_dying_at_any_change_is_made_good(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deaths = 0
    project = Project.at(tmp_path)
    while True:
        project.spool(
            request(
                track(userId=f"a{deaths}"), 5, track(userId=f"b{deaths}", timestamp="2026-03-08T00:00:00Z")
            )
        )
        die_after(deaths, monkeypatch)
        try:
            project.land()
        except Death:
            live(monkeypatch)
            assert max(users(project).values(), default=1) == 1
            deaths += 1
            continue
        live(monkeypatch)
        break
    assert deaths >= 6
    assert users(project) == {f"{letter}{n}": 1 for letter in "ab" for n in range(deaths + 1)}
    assert project.reasons() == {"not_an_object": deaths + 1}
    assert verify(project.settings).problems == ()


def test_dying_and_going_on_in_another_time_zone_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = Project.at(tmp_path)
    project.spool(request(track(), 5, received=datetime(2026, 3, 10, 23, 0, tzinfo=UTC)))
    die_after(4, monkeypatch)  # the files are there, the commit is not
    with pytest.raises(Death):
        project.land()
    live(monkeypatch)
    project.state.close()
    moved = Project.at(tmp_path, shop={"timezone": "Asia/Tokyo"})
    moved.land()
    assert [event["dt"] for event in moved.events()] == ["2026-03-11"]
    assert verify(moved.settings).problems == ()


def test_a_landing_that_does_not_add_up_is_not_committed(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = batch.Batch.taken
    monkeypatch.setattr(batch.Batch, "taken", lambda self: replace(taken(self), received=3))
    with pytest.raises(StorageError, match="does not add up"):
        project.land(request(track()))
    monkeypatch.undo()
    assert project.land().landed == 1
    assert len(project.events()) == 1


# the spool


def test_landed_segments_stay_as_long_as_the_settings_say(tmp_path: Path) -> None:
    project = Project.at(tmp_path, lake={"keep_days": 3})
    for _ in range(3):
        project.spool(request(track()))
    old, young, newest = (segment.path for segment in segments(project.settings.spool_path))
    for path, kept in ((old, 3.1), (newest, 3.1), (young, 2.9)):
        moment = datetime.now(UTC).timestamp() - kept * 86_400
        os.utime(path, (moment, moment))
    with SpoolWriter(project.settings.spool_path, "node1") as writer:
        writer.append([request(track())])
        project.land()
        assert [path.exists() for path in (old, young, newest)] == [False, True, False]
    assert project.land().received == 0


def test_a_segment_number_is_never_used_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even when everything landed is removed at once and the clock stands still."""
    monkeypatch.setenv("MALLARD_NOW", "2026-03-10T12:00:00+00:00")
    project = Project.at(tmp_path, lake={"keep_days": 0})
    for number in range(4):
        project.spool(request(track(userId=str(number))))
        for segment in segments(project.settings.spool_path):
            os.utime(segment.path, (0, 0))
        project.land()
        assert len(segments(project.settings.spool_path)) == 1
    assert users(project) == {str(number): 1 for number in range(4)}


def test_a_segment_that_has_not_landed_to_its_last_byte_stays(tmp_path: Path) -> None:
    project = Project.at(tmp_path, lake={"keep_days": 0})
    for _ in range(2):
        project.spool(request(track()))
    first, _ = segments(project.settings.spool_path)
    size = first.path.stat().st_size
    assert remove_landed(project.settings, {}) == 0
    assert remove_landed(project.settings, {first.name: size - 1}) == 0
    assert remove_landed(project.settings, {first.name: size}) == 1
    assert project.land().landed == 1


def test_damage_in_the_spool_is_set_aside_and_the_rest_lands(project: Project) -> None:
    project.spool(*(request(track(userId=str(n))) for n in range(3)))
    (segment,) = segments(project.settings.spool_path)
    data = bytearray(segment.path.read_bytes())
    data[data.index(b'"userId": "1"') + 12] ^= 0xFF
    segment.path.write_bytes(data)
    report = project.land()
    assert (report.landed, report.quarantined) == (2, 1)
    assert project.reasons() == {"damaged_record": 1}
    assert users(project) == {"0": 1, "2": 1}
    assert project.land().received == 0


def test_commits_are_folded_and_nothing_is_forgotten(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commits, "FOLD_AFTER", 3)
    for number in range(8):
        project.land(request(track(userId=str(number)), 5))
    storage = open_storage(project.settings)
    assert len(storage.list(commits.FOLDER)) <= 4
    (stream,) = commits.read(storage).values()
    history = stream.history
    assert (history.seq, history.received, history.landed, history.quarantined) == (8, 16, 8, 8)
    assert verify(project.settings).problems == ()
    project.state.close()
    project.settings.state_path.unlink()
    project.state = State(project.settings.state_path)
    project.land()
    assert {touched.dt for touched in project.state.touched()} == {date(2026, 3, 10)}
    assert users(project) == {str(number): 1 for number in range(8)}


# looking at the lake


def test_verify_names_what_is_wrong(project: Project) -> None:
    project.land(request(track(), track(timestamp="2026-03-08T00:00:00Z"), 5))
    lake = Path(project.settings.lake_url)
    assert verify(project.settings).problems == ()
    (good,) = lake.glob("ods/event/dt=2026-03-08/*.parquet")
    (broken,) = lake.glob("ods/event/dt=2026-03-10/*.parquet")
    good.with_name("copy.parquet").write_bytes(good.read_bytes())
    broken.write_bytes(broken.read_bytes()[:-20])
    (lost,) = lake.glob("quarantine/event/dt=*/*.parquet")
    lost.unlink()
    problems = "\n".join(verify(project.settings).problems)
    assert "events of 2026-03-08: 2 rows are there, 1 were committed" in problems
    assert f"{broken} cannot be read" in problems
    assert "quarantine of 2026-03-10: 0 rows are there, 1 were committed" in problems


def test_stats(project: Project) -> None:
    project.land(request(track(), track(timestamp="2026-03-08T00:00:00Z"), 5))
    events, quarantine = stats(project.settings)
    assert (events.table, events.files, events.rows, events.days) == ("ods/event", 2, 2, 2)
    assert (events.first_day, events.last_day) == ("2026-03-08", "2026-03-10")
    assert (quarantine.table, quarantine.rows) == ("quarantine/event", 1)
    assert events.bytes > 0


def test_an_empty_lake_is_sound(project: Project) -> None:
    assert stats(project.settings) == []
    assert verify(project.settings).problems == ()


# the storages


@pytest.mark.parametrize("kind", STORAGES)
def test_the_whole_way_on_every_storage(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_on(kind, tmp_path, request)
    project = Project(settings, State(settings.state_path))
    for number in range(2):
        _land_one(project, number)
    die_after(2, monkeypatch)
    with pytest.raises(Death):
        _land_one(project, 2)
    live(monkeypatch)
    project.land()
    assert _users(project) == ["0", "1", "2"]
    assert [(tally.reason, tally.records) for tally in tallies(settings)] == [("not_an_object", 3)]
    assert compact(settings, project.state).files_after == 3
    assert _users(project) == ["0", "1", "2"]
    assert verify(settings).problems == ()
    assert [(one.table, one.files, one.rows) for one in stats(settings)] == [
        ("ods/event", 1, 3), ("quarantine/event", 1, 3),
    ]  # fmt: skip


@pytest.mark.hdfs
@pytest.mark.slow
def test_hdfs_with_a_datanode_down_loses_nothing(
    tmp_path: Path, request: pytest.FixtureRequest, hdfs: Hdfs
) -> None:
    settings = settings_on("hdfs", tmp_path, request)
    project = Project(settings, State(settings.state_path))
    _land_one(project, 0)
    hdfs.stop_datanode(0)
    try:
        _land_until_done(project, 1)
        assert _users(project) == ["0", "1"]
    finally:
        hdfs.restart_datanode(0)
    _land_until_done(project, 2)
    assert _users(project) == ["0", "1", "2"]
    assert verify(settings).problems == ()


def _land_one(project: Project, number: int) -> None:
    project.land(request(track(userId=str(number)), 5))


def _land_until_done(project: Project, number: int) -> None:
    """A landing may fail while the cluster finds out; the next one makes it good."""
    project.spool(request(track(userId=str(number)), 5))
    for _ in range(20):
        try:
            project.land()
        except StorageError:
            threading.Event().wait(1)
            continue
        return
    pytest.fail("the landing never got through")


def _users(project: Project) -> list[str]:
    storage = open_storage(project.settings)
    connection = duckdb.connect()
    storage.register(connection)
    files = storage.url("ods/event/dt=*/*.parquet")
    rows = connection.execute(f"select user_id from read_parquet('{files}') order by all").fetchall()
    return [row[0] for row in rows]


def test_quarantine_holds_what_came(project: Project) -> None:
    item = {"type": "track", "userId": "u", "note": "é"}
    project.land(request(item))
    (row,) = project.quarantined()
    assert json.loads(row["raw"]) == item
    assert (row["source"], row["received_at"], row["dt"]) == ("shop-web", RECEIVED, "2026-03-10")
