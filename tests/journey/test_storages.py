"""The whole journey with the lake in a folder, on S3 and on HDFS: the same true figures, nothing lost."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import pytest

from mallard import settings as file
from mallard.catalog import published_tables
from mallard.flow.collector import collector
from mallard.lake.land import land
from mallard.settings import Settings
from mallard.simulate import truth
from mallard.simulate.database import write_database
from mallard.simulate.send import arrivals, post_day, spool_days
from mallard.simulate.shop import Shop, instant
from mallard.sources.load import load
from mallard.spool import Record, SpoolWriter
from mallard.state import State
from mallard.storage import open_storage
from tests.command import mallard, succeed
from tests.hdfs import Hdfs
from tests.journey.compare import differences, published_rows
from tests.lakes import STORAGES, lake_on
from tests.landed import request as sent_batch
from tests.landed import track

pytestmark = pytest.mark.slow

ZONE = "Asia/Shanghai"
FIRST = date(2026, 3, 1)
SENDERS = ("web", "android", "ios")


@dataclass
class Project:
    """A shop's project in a folder, driven from the command line an hour after each day's midnight."""

    folder: Path
    shop: Shop
    clock: pytest.MonkeyPatch

    def make(self, lake: dict[str, Any]) -> None:
        options = ", ".join(
            f"{name} = {json.dumps(value)}" for name, value in lake.get("options", {}).items()
        )
        keys = "".join(f'[[collect.keys]]\nname = "{name}"\nkey = "wk-{name}"\n' for name in SENDERS)
        (self.folder / "data").mkdir()
        (self.folder / "mallard.toml").write_text(
            f'[shop]\ntimezone = "{ZONE}"\n'
            f'[source]\nurl = "sqlite:///data/shop.db"\ntimezone = "UTC"\n'
            f'[lake]\nurl = "{lake["url"]}"\noptions = {{ {options} }}\n{keys}'
        )

    @cached_property
    def settings(self) -> Settings:
        return file.load(self.folder)

    def live(self, day: date) -> int:
        """The shop's database stands as at the end of a day, and it is an hour later; µs UTC."""
        now = self.shop.start(day + timedelta(days=1)) + 3_600_000_000
        self.clock.setenv("MALLARD_NOW", instant(now).isoformat())
        write_database(self.shop, day, f"sqlite:///{self.folder}/data/shop.db")
        return now

    def spool(self, days: list[date]) -> None:
        spool_days(self.shop, days, self.settings, processes=1)

    def post(self, day: date) -> None:
        """What arrived on a day, sent to a real collector."""
        with collector(self.settings) as url:
            post_day(next(arrivals(self.shop, [day])), url, {name: f"wk-{name}" for name in SENDERS})

    def do(self, *command: object) -> str:
        return succeed(*command, cwd=self.folder, COLUMNS="300")

    def run(self) -> str:
        """A refresh, tried again while HDFS finds out which of its nodes are gone."""
        for _ in range(20):
            done = mallard("run", cwd=self.folder)
            if done.returncode == 0 or "hdfs://" not in done.stderr:
                break
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
        return done.stdout

    def query(self, sql: str, table: str) -> list[tuple[object, ...]]:
        """Rows of a query over ``rows``, all files of a table of the lake, by a reader of its own."""
        storage = open_storage(self.settings)
        urls = [
            storage.url(path)
            for path in storage.list(table)
            if path.endswith(".parquet") and "/_" not in path
        ]
        with duckdb.connect() as connection:
            storage.register(connection)
            connection.execute(f"create view rows as from read_parquet({urls}, union_by_name = true)")
            return connection.execute(sql).fetchall()


@pytest.fixture(params=STORAGES)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@contextmanager
def a_datanode_down(kind: str, request: pytest.FixtureRequest) -> Iterator[None]:
    """On HDFS one datanode has just been restarted and the other stands still."""
    if kind != "hdfs":
        yield
        return
    hdfs: Hdfs = request.getfixturevalue("hdfs")
    hdfs.stop_datanode(1)
    hdfs.restart_datanode(1)
    hdfs.stop_datanode(0)
    try:
        yield
    finally:
        hdfs.restart_datanode(0)


def test_the_journey(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = Shop(11, FIRST, 12, ZONE, size=0.1)
    project = Project(tmp_path, shop, monkeypatch)
    project.make(lake_on(kind, request))
    history, last = shop.all_days[:-1], shop.last_day
    imports = [(history[-1], project.live(history[-1]))]
    project.spool(history)
    project.run()
    with a_datanode_down(kind, request):
        imports.append((last, project.live(last)))
        project.post(last)
        project.run()
    today, now = last + timedelta(days=1), imports[-1][1]
    true = truth.figures(shop, history, today, imports, posted=(last, now))
    assert differences(tmp_path, true) == []
    filled = {name for name, rows in published_rows(tmp_path, true).items() if rows}
    assert filled == published_tables().keys()
    assert "every committed range is there" in project.do("lake", "verify")

    lake, rows = open_storage(project.settings).sizes(), published_rows(tmp_path, true)
    again = project.run()
    assert "0 received" in again
    assert "0 versions kept" in again
    assert "published already" in again
    assert open_storage(project.settings).sizes() == lake
    assert published_rows(tmp_path, true) == rows


def test_looking_after_the_lake(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """stats, verify, compact, quarantine and forget, as they are typed, and what is published afterwards."""
    shop = Shop(12, FIRST, 3, ZONE, size=0.1)
    project = Project(tmp_path, shop, monkeypatch)
    project.make(lake_on(kind, request))
    for day in shop.all_days:
        now = project.live(day)
        project.spool([day])
        with SpoolWriter(project.settings.spool_path, "node1") as writer:
            writer.append([_some_bad(instant(now))])
        with State(project.settings.state_path) as state:
            land(project.settings, state)
            load(project.settings, state)
    project.run()
    sent = (item for day in arrivals(shop, shop.all_days) for send in day.sends for item in send.items)
    reasons = Counter(item.malformed for item in sent)
    good = reasons.pop(None) + shop.days
    bad = Counter({str(reason): count for reason, count in reasons.items()})
    bad.update({"not_an_object": shop.days, "no_identity": shop.days, "too_large": shop.days})
    rows = rows_of(project)
    assert (rows["ods/event"], rows["quarantine/event"]) == (good, bad.total())
    _compact(project, rows)
    _replay(project, bad)
    assert rows_of(project)["ods/event"] == good + bad["too_large"]
    _forget(project)


def _some_bad(received: datetime) -> Record:
    """A request with a good event and three that are set aside, one of them only for its size."""
    large = track(userId="u-large", properties={"pad": "y" * 40_000})
    return sent_batch(track(), 5, {"type": "track", "event": "Cart Viewed"}, large, received=received)


def stats(project: Project) -> dict[str, list[str]]:
    """What ``mallard lake stats`` says of each table: files, MB, rows, days, first and last."""
    lines = (line.split() for line in project.do("lake", "stats").splitlines())
    return {words[0]: words[1:] for words in lines if words and "/" in words[0]}


def rows_of(project: Project) -> dict[str, int]:
    return {table: int(said[2].replace(",", "")) for table, said in stats(project).items()}


def _compact(project: Project, rows: dict[str, int]) -> None:
    """Every table has the rows that it had, and what is published stays."""
    published = published_rows(project.folder, published_tables())
    assert "files became" in project.do("lake", "compact")
    assert rows_of(project) == rows
    assert all(int(said[0]) <= int(said[3]) for said in stats(project).values()), (
        "at most a file for each day"
    )
    assert "every committed range is there" in project.do("lake", "verify")
    project.do("build", "--full")
    project.do("publish")
    assert published_rows(project.folder, published_tables()) == published


def _replay(project: Project, bad: Counter[str]) -> None:
    """Larger events are allowed, so those that were too large land."""
    said = project.do("quarantine", "list")
    assert {reason for reason in bad if reason in said} == set(bad)
    ((origin, raw),) = project.query(
        "select origin, raw from rows where reason = 'too_large' order by origin limit 1",
        "quarantine/event",
    )
    assert str(origin) in project.do("quarantine", "list", "--reason", "too_large")
    assert json.loads(project.do("quarantine", "show", origin).partition("\n")[2]) == json.loads(str(raw))
    settings = project.folder / "mallard.toml"
    settings.write_text(settings.read_text().replace("[[", "[collect]\nmax_event_kb = 400\n[[", 1))
    said = project.do("quarantine", "replay")
    assert f"{bad.total()} tried, {bad['too_large']} landed" in said
    assert "every committed range is there" in project.do("lake", "verify")


def _forget(project: Project) -> None:
    ((user, _),) = project.query(
        "select customer_id, count(*) from rows where customer_id > '' group by 1 order by 2 desc, 1 limit 1",
        "ods/orders",
    )
    held = {
        table: project.query("select count(*) from rows", table) for table in ("ods/orders", "ods/product")
    }
    assert project.query(f"select count(*) from rows where user_id = '{user}'", "ods/event") != [(0,)]
    assert any(
        row["customer_id"] == user for row in published_rows(project.folder, ["dws_customer"])["dws_customer"]
    )
    project.do("forget", "--user", user, "--yes")
    for table, column in (
        ("ods/event", "user_id"),
        ("ods/customer", "customer_id"),
        ("ods/orders", "customer_id"),
    ):
        assert project.query(f"select count(*) from rows where {column} = '{user}'", table) == [(0,)]
    for table, count in held.items():
        assert project.query("select count(*) from rows", table) == count
    assert not any(
        row["customer_id"] == user for row in published_rows(project.folder, ["dws_customer"])["dws_customer"]
    )
    assert "every committed range is there" in project.do("lake", "verify")
