"""Lines of user_action.log become canonical events; what cannot is set aside with a reason."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.landed import RECEIVED, Project, action, lines


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project.at(tmp_path)


def landed(project: Project, **fields: Any) -> dict[str, Any]:
    project.land(lines(action(**fields)))
    return project.event()


def test_the_five_acts(project: Project) -> None:
    project.land(
        lines(
            action(act=1, ad_status=2, loading_time=15),
            action(act=2, goods_id=7372400, location=3),
            action(act=3, goods_id=100013209248, stay_time=2000, loading_time=182),
            action(act=4, goods_num=10, loading_time=450, loading_type=1),
            action(act=5),
        )
    )
    opened, clicked, viewed, listed, crashed = project.events()
    assert [event["event_name"] for event in (opened, clicked, viewed, listed, crashed)] == [
        "Application Opened", "Product Clicked", "Product Viewed", "Product List Viewed",
        "Application Crashed",
    ]  # fmt: skip
    assert {event["event_type"] for event in project.events()} == {"track"}
    assert (opened["loading_time_ms"], json.loads(opened["properties"])) == (15, {"ad_status": 2})
    assert (clicked["product_id"], clicked["position"], clicked["properties"]) == ("7372400", 3, "{}")
    assert (viewed["product_id"], viewed["stay_time_ms"], viewed["loading_time_ms"]) == (
        "100013209248", 2000, 182,
    )  # fmt: skip
    assert json.loads(listed["properties"]) == {"goods_num": 10, "loading_type": 1}


def test_common_fields(project: Project) -> None:
    event = landed(project)
    expected = {
        "user_id": "10", "device_id": "ab-1", "anonymous_id": None, "platform": "android",
        "app_version": "3.1",
        "app_build": "351", "network": "wifi", "device_brand": "oppo", "device_model": "oppo31",
        "screen_width": 1280, "screen_height": 768, "os_name": "Android", "os_version": "7.1.1",
        "source": "log", "is_bot": False, "received_at": RECEIVED, "sent_at": None, "time_source": "client",
        "event_time": datetime(2026, 3, 10, 11, 0, tzinfo=UTC), "dt": "2026-03-10",
    }  # fmt: skip
    assert {name: event[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("platform", "osver", "expected"),
    [
        (1, "7.1.1", ("android", "Android", "7.1.1")),
        (1, "ios12", ("android", "Android", "ios12")),
        (2, "5.1", ("ios", "iOS", "5.1")),
        (3, "win10", ("web", "Windows", "10")),
        (3, "mac", ("web", None, "mac")),
        (9, "win10", ("other", None, "win10")),
        ("2", "", ("ios", "iOS", None)),
    ],
)
def test_the_platform_field_wins_and_the_rest_is_kept(
    project: Project, platform: object, osver: str, expected: tuple[str | None, ...]
) -> None:
    event = landed(project, platform=platform, osver=osver)
    assert (event["platform"], event["os_name"], event["os_version"]) == expected


@pytest.mark.parametrize(
    ("net", "network"),
    [
        (0, "unknown"),
        (1, "wifi"),
        (2, "2g"),
        (3, "3g"),
        (4, "4g"),
        (5, "5g"),
        (6, "unknown"),
        (..., "unknown"),
    ],
)
def test_networks(project: Project, net: object, network: str) -> None:
    assert landed(project, net=net)["network"] == network


def test_a_pc_has_no_device(project: Project) -> None:
    assert landed(project, xaid="", platform=3)["device_id"] is None


def test_what_is_no_column_stays_in_properties(project: Project) -> None:
    odd = {
        "platform": 9, "net": 17, "display": "wide", "loading_time": "slow", "new": {"deep": [1, None, "é"]},
    }  # fmt: skip
    event = landed(project, ad_status=2, **odd)
    assert json.loads(event["properties"]) == {"ad_status": 2, **odd}
    assert (event["loading_time_ms"], event["screen_width"]) == (None, None)


NUMBERS = ("location", "loading_time", "stay_time", "platform", "net")
NUMBER_COLUMNS = ("position", "loading_time_ms", "stay_time_ms", "platform", "network")


def test_a_number_that_is_no_whole_one_stays_as_it_came(project: Project) -> None:
    values = [1.5, True, False, "1e3", "0x10", "+7", " 7", "1_000", "", 10**20, [7], {"a": 7}]
    odd = [dict.fromkeys(NUMBERS, value) for value in values]
    project.land(lines(*(action(act=3, **fields) for fields in odd)))
    assert [json.loads(event["properties"]) for event in project.events()] == odd
    fitting = {tuple(event[name] for name in NUMBER_COLUMNS) for event in project.events()}
    assert fitting == {(None, None, None, "other", "unknown")}


def test_a_whole_number_counts_however_it_is_written(project: Project) -> None:
    project.land(lines(*(action(act=value, **dict.fromkeys(NUMBERS, value)) for value in (3, "3", 3.0))))
    for event in project.events():
        assert [event[name] for name in NUMBER_COLUMNS] == [3, 3, 3, "web", "3g"]
        assert (event["event_name"], event["properties"]) == ("Product Viewed", "{}")


def test_whatever_a_key_is_called_it_is_kept(project: Project) -> None:
    """The text that looks like NaN makes the line doubtful, and it is found to be sound."""
    more = {key: [1, "NaN"] for key in ("", "_", "UID", "a.b", "$x", 'a"b', "properties", "日本")}
    assert json.loads(landed(project, **more)["properties"]) == more


@pytest.mark.parametrize(
    "acttime",
    [
        0,  # 1970
        -62167219200000,  # the year 0
        253402300799000,  # the end of 9999
        10**30,
        -1,
        int((RECEIVED + timedelta(hours=1, seconds=1)).timestamp() * 1000),
        int((RECEIVED - timedelta(days=400, seconds=1)).timestamp() * 1000),
    ],
)
def test_a_time_that_cannot_be_is_replaced_by_the_arrival(project: Project, acttime: int) -> None:
    event = landed(project, acttime=acttime)
    assert (event["event_time"], event["time_source"]) == (RECEIVED, "received")
    if event["original_time"] is None:
        assert json.loads(event["properties"])["acttime"] == acttime


@pytest.mark.parametrize("away", [timedelta(hours=1), timedelta(days=-400)])
def test_the_last_times_that_are_believed(project: Project, away: timedelta) -> None:
    event = landed(project, acttime=int((RECEIVED + away).timestamp() * 1000))
    assert (event["event_time"], event["time_source"]) == (RECEIVED + away, "client")


def test_the_business_day_is_the_shops(tmp_path: Path) -> None:
    project = Project.at(tmp_path, shop={"timezone": "Asia/Shanghai"})
    moments = [datetime(2026, 3, 9, 15, 59, 59, tzinfo=UTC), datetime(2026, 3, 9, 16, 0, tzinfo=UTC)]
    project.land(lines(*(action(acttime=int(moment.timestamp() * 1000)) for moment in moments)))
    assert [event["dt"] for event in project.events()] == ["2026-03-09", "2026-03-10"]


BAD_LINES: list[tuple[object, str]] = [
    (b'{"uid":10,"act":1,"actti', "cut_line"),
    (b"2026-03-10 nothing of ours", "malformed_json"),
    (b'{"uid":10,}}', "malformed_json"),
    (b'{"uid":"\xff\xfe","act":1}', "malformed_json"),
    (b'{"uid":"a\x00b","act":1}', "malformed_json"),
    (rb'{"uid":"\ud800","act":1}', "malformed_json"),
    (b"[1,2]", "not_an_object"),
    (b"null", "not_an_object"),
    (b'"text"', "not_an_object"),
    (action(pad="x" * 33_000), "too_large"),
    (action(act=...), "missing_act"),
    (action(act=None), "missing_act"),
    (action(act=""), "missing_act"),
    (action(act=9), "unknown_act"),
    (action(act=0), "unknown_act"),
    (action(act="open"), "unknown_act"),
    (action(act=[1]), "unknown_act"),
    (action(act=1.5), "unknown_act"),
    (action(uid={"id": 1}), "bad_id"),
    (action(uid=True), "bad_id"),
    (action(xaid=["a"]), "bad_id"),
    (action(uid="u" * 256), "bad_id"),
    (action(uid="", xaid=""), "no_identity"),
    (action(uid=..., xaid=None), "no_identity"),
    (action(acttime="yesterday"), "bad_time"),
    (action(acttime=...), "bad_time"),
    (action(acttime=None), "bad_time"),
    (action(acttime={}), "bad_time"),
    (action(acttime=True), "bad_time"),
]


def test_every_kind_of_bad_line_has_its_reason(project: Project) -> None:
    report = project.land(lines(*(line for line, _ in BAD_LINES), action()))
    assert (report.received, report.landed, report.quarantined) == (len(BAD_LINES) + 1, 1, len(BAD_LINES))
    assert [row["reason"] for row in project.quarantined()] == [reason for _, reason in BAD_LINES]
    assert {row["source"] for row in project.quarantined()} == {"log"}


def test_json_is_meant_by_the_letter(project: Project) -> None:
    """DuckDB, or another lenient parser, takes all of these."""
    line = '{"uid":10,"act":1,"acttime":1773140400000,"ver":%s}'
    odd = [
        "NaN", "nan", "NAN", "Infinity", "-inf", "INF", "[1,]", "[1 , ]", '{"a":1,}', "1,", "1 , ", "1,\t",
        "01", ".5", "+1", "'a'", "/**/1", '"a\tb"', r'"\x41"', "",
    ]  # fmt: skip
    project.land(lines(*((line % value).encode() for value in (*odd, '"NaN,}"'))))
    assert project.reasons() == {"malformed_json": len(odd)}
    assert [row["raw"] for row in project.quarantined()] == [line % value for value in odd]
    assert project.event()["app_version"] == "NaN,}"


@pytest.mark.parametrize(("line", "reason"), BAD_LINES)
def test_a_bad_line_alone(project: Project, line: object, reason: str) -> None:
    project.land(lines(line))
    assert project.reasons() == {reason: 1}


def test_quarantine_keeps_the_line_as_it_came(project: Project) -> None:
    project.land(lines(b'{"uid":"\xff","act":1}', b'{"uid": 10, "act" :9}'))
    assert [row["raw"] for row in project.quarantined()] == [
        r'{"uid":"\xff","act":1}',
        '{"uid": 10, "act" :9}',
    ]


def test_a_deep_line_is_no_failure(project: Project) -> None:
    deep = b'{"uid":1,"act":1,"acttime":1773140400000,"x":' + b"[" * 10_000 + b"]" * 10_000 + b"}"
    project.land(lines(deep))
    assert project.event()["event_name"] == "Application Opened"


@pytest.mark.parametrize("space", [b" ", b"\t", b"\r", b" \t"])
def test_white_space_may_stand_before_a_line(project: Project, space: bytes) -> None:
    line = json.dumps(action()).encode()
    project.land(lines(space + line, space + line[:-9]))
    assert project.event()["event_name"] == "Application Opened"
    assert project.reasons() == {"cut_line": 1}


def test_blank_lines_are_no_records(project: Project) -> None:
    report = project.land(lines(b"", b"  \t", action(), b"\r"))
    assert (report.received, report.landed) == (1, 1)


def test_equal_lines_both_count_and_the_same_line_again_does_not(project: Project) -> None:
    project.land(lines(action(), action(), origin="file-0@500"))
    first = [event["event_id"] for event in project.events()]
    assert len(set(first)) == 2
    project.land(lines(action(), action(), origin="file-0@500"))
    assert {event["event_id"] for event in project.events()} == set(first)
    project.land(lines(action(), origin="file-1@500"))
    assert len({event["event_id"] for event in project.events()}) == 3


def test_the_id_of_a_line_does_not_depend_on_its_block(project: Project) -> None:
    length = len(json.dumps(action(), separators=(",", ":"))) + 1
    project.land(lines(action(), action(), origin="file-0@0"))
    project.land(lines(action(), origin=f"file-0@{length}"))
    assert len({event["event_id"] for event in project.events()}) == 2


def test_a_nul_escape_becomes_a_replacement_character(project: Project) -> None:
    project.land(lines(rb'{"uid":"a\u0000b","act":5,"acttime":1773140400000,"note":"\\u0000 \u0000"}'))
    event = project.event()
    assert event["user_id"] == "a�b"
    assert json.loads(event["properties"]) == {"note": "\\u0000 �"}
