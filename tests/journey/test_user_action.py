"""A log in the user_action dialect, followed, landed and built; every figure counted by hand."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from tests.command import succeed

pytestmark = pytest.mark.slow

NOON = 1767243600000  # 2026-01-01 13:00 in Shanghai


def line(act: int, uid: object, platform: int, **fields: object) -> str:
    phone = platform != 3
    given: dict[str, object] = {
        "act": act, "uid": uid, "platform": platform, "ver": "3.1.0", "vercode": "35100001",
        "net": 1, "xaid": f"device-{uid}" if phone else "", "brand": "oppo" if phone else "computer",
        "model": "oppo41" if phone else "computer", "display": "1280x768",
        "osver": {1: "7.1.1", 2: "ios12", 3: "win10"}[platform], "acttime": NOON,
        **fields,
    }  # fmt: skip
    return json.dumps(given, separators=(",", ":"))


LINES = [
    # user 1, Android: two opens, a list, a click, a view, a crash in 3.1.0
    line(1, 1, 1, ad_status=1, loading_time=715),
    line(1, 1, 1, ad_status=2, loading_time=20, acttime=NOON + 60_000),
    line(4, 1, 1, goods_num=10, loading_time=450, loading_type=1),
    line(2, 1, 1, goods_id=7372400, location=1),
    line(3, 1, 1, goods_id=7372400, loading_time=182, stay_time=21),
    line(5, 1, 1),
    # user 2, iOS that says it has an Android version: the platform field wins; two equal lines both count
    line(5, 2, 2, osver="5.1", ver="3.2.0"),
    line(5, 2, 2, osver="5.1", ver="3.2.0"),
    line(1, 2, 2, osver="5.1", ver="3.2.0", ad_status=1, loading_time=1),
    # user 3, PC: only crashed, so not active
    line(5, 3, 3),
    # user 4, PC: opened three times, viewed a product without network data
    *[line(1, 4, 3, net=0, ad_status=1, loading_time=n, acttime=NOON + n) for n in (1, 2, 3)],
    line(3, 4, 3, net=0, goods_id=1, loading_time=5, stay_time=6),
    # the next day: user 1 again, on 5G
    line(1, 1, 1, net=5, ad_status=1, loading_time=2, acttime=NOON + 86_400_000),
    # what is no event
    '{"act":1,"uid":9,',
    line(9, 1, 1),
    line(1, "", 1, xaid=""),
]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("log")
    (folder / "mallard.toml").write_text('[shop]\ntimezone = "Asia/Shanghai"\n')
    log = folder / "user_action.log"
    log.write_text("\n".join(LINES) + "\n" + line(1, 6, 1)[:40])  # the last line is not finished yet
    clock = {"MALLARD_NOW": "2026-01-02T08:00:00+00:00"}
    succeed("follow", log, "--once", cwd=folder, **clock)
    succeed("follow", log, "--once", cwd=folder, **clock)  # reading it again adds nothing
    said = succeed("run", cwd=folder, **clock)
    assert "18 received = 15 landed + 3 quarantined" in said
    return folder


def query(project: Path, sql: str) -> list[tuple[object, ...]]:
    return sqlite3.connect(project / "data" / "serving.db").execute(sql).fetchall()


def test_active_users(project: Path) -> None:
    assert query(project, "select dt, dau, dau_previous_day from app_active_users order by dt") == [
        ("2026-01-01", 3, None),
        ("2026-01-02", 1, 3),
    ]


def test_opens_and_their_distribution(project: Path) -> None:
    assert query(project, "select dt, opens, users from app_open_count order by dt") == [
        ("2026-01-01", 6, 3),
        ("2026-01-02", 1, 1),
    ]
    distribution = "select bucket, users from app_open_distribution where dt = '2026-01-01' order by bucket"
    assert query(project, distribution) == [("1", 1), ("2", 1), ("3+", 1)]


def test_crashes_by_platform_and_version(project: Path) -> None:
    rows = query(
        project,
        "select platform, app_version, crashes, affected_users, active_users, crash_free_users"
        " from app_crashes where dt = '2026-01-01' and crashes > 0 order by platform, app_version",
    )
    assert rows == [
        ("all", "all", 4, 3, 3, 1),
        ("android", "3.1.0", 1, 1, 1, 0),
        ("android", "all", 1, 1, 1, 0),
        ("ios", "3.2.0", 2, 1, 1, 0),
        ("ios", "all", 2, 1, 1, 0),
        ("web", "3.1.0", 1, 1, 1, 1),
        ("web", "all", 1, 1, 1, 1),
    ]


def test_devices(project: Path) -> None:
    rows = query(
        project,
        "select dimension, value, users from app_audience where dt = '2026-01-01'"
        " and dimension in ('platform', 'android_version', 'ios_version', 'network', 'os') order by 1, 2",
    )
    assert rows == [
        ("android_version", "7.1.1", 1),
        ("ios_version", "5.1", 1),
        ("network", "unknown", 1),
        ("network", "wifi", 2),
        ("os", "Android", 1),
        ("os", "Windows", 1),
        ("os", "iOS", 1),
        ("platform", "android", 1),
        ("platform", "ios", 1),
        ("platform", "web", 1),
    ]
    second = "select value from app_audience where dt = '2026-01-02' and dimension = 'network'"
    assert query(project, second) == [("5g",)]


def test_what_came_in(project: Path) -> None:
    rows = query(
        project, "select sum(received), sum(landed), sum(quarantined), sum(duplicates) from app_data_quality"
    )
    assert rows == [(18, 15, 3, 0)]


def test_every_act_landed(project: Path) -> None:
    said = succeed(
        "sql", "select event_name, count(*) as n from dwd_event group by 1 order by 1", cwd=project
    )
    counts = {
        "Application Crashed": 4, "Application Opened": 7, "Product Clicked": 1, "Product List Viewed": 1,
        "Product Viewed": 2,
    }  # fmt: skip
    for name, count in counts.items():
        [found] = [row for row in said.splitlines() if name in row]
        assert str(count) in found
