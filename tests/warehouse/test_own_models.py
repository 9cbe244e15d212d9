"""A model of the shop's own: a folder in the project, and it is built, tested, exported and explained."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from mallard.errors import LockedError, SettingsError, UsageError
from mallard.warehouse.build import build
from mallard.warehouse.explain import explain
from mallard.warehouse.export import current
from mallard.warehouse.sql import query
from tests.warehouse.lakes import HandLake, instant

SQL = """\
select
    dt,
    platform,
    count(*) as loud_opens
from {{ ref('dwd_app_open') }}
where {{ in_days() }}
group by dt, platform
"""
YAML = """\
models:
  - name: app_loud_opens
    description: 'Opens by platform.'
    config:
      meta:
        grain: 'One row per dt and platform.'
        key: [dt, platform]
        reach: {visits: '0'}
        detail:
          all: ["dwd_app_open where dt = {day}"]
    data_tests:
      - grain: {arguments: {columns: [dt, platform]}}
    columns:
      - {name: dt, data_type: date, description: 'Business day.'}
      - {name: platform, data_type: string, description: 'Platform.'}
      - {name: loud_opens, data_type: bigint, description: 'Opens.'}
"""


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HandLake]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MALLARD_NOW", datetime(2024, 3, 5, tzinfo=UTC).isoformat())
        folder = Path(tmp_path_factory.mktemp("own"))
        (folder / "models").mkdir()
        (folder / "models" / "app_loud_opens.sql").write_text(SQL)
        (folder / "models" / "app_loud_opens.yml").write_text(YAML)
        made = HandLake(folder)
        made.events(_open("e1", "2024-03-01T10:00"), _open("e2", "2024-03-02T10:00"))
        build(made.settings, made.state)
        yield made
        made.state.close()


def _open(event_id: str, at: str) -> dict[str, object]:
    return {
        "event_id": event_id,
        "event_name": "Application Opened",
        "event_time": instant(at),
        "user_id": "u",
        "platform": "ios",
    }


def test_it_is_built_and_exported_and_refreshed_by_day(lake: HandLake) -> None:
    lake.events(_open("e3", "2024-03-02T11:00"))
    report = build(lake.settings, lake.state)
    assert not report.full
    assert report.tables["app_loud_opens"] == 2
    rows = query(lake.settings, "select dt, loud_opens from app_loud_opens order by dt").rows
    assert rows == ((date(2024, 3, 1), 1), (date(2024, 3, 2), 2))


def test_it_is_explained_down_to_its_rows(lake: HandLake) -> None:
    told = explain(lake.settings, "loud_opens", date(2024, 3, 1))
    assert told.column is not None
    assert told.column.description == "Opens."
    assert [source.name for source in told.models][:2] == ["dwd_app_open", "dwd_event"]
    assert told.figures is not None
    assert told.figures.rows == ((date(2024, 3, 1), "ios", 1),)
    [detail] = told.details
    assert (detail.model, detail.rows) == ("dwd_app_open", 1)


def test_a_built_in_figure_is_explained(lake: HandLake) -> None:
    told = explain(lake.settings, "app_daily_users.new_users", date(2024, 3, 1))
    assert told.figures is not None
    assert told.figures.rows == ((date(2024, 3, 1), 1),)
    assert "ods_event" in {source.name for source in told.models}
    assert [detail.rows for detail in told.details] == [1]


@pytest.mark.parametrize(
    ("metric", "hint"),
    [("app_sale", "app_sales"), ("app_sales.gvm", "app_sales.gmv"), ("orders", "app_sales.orders")],
)
def test_a_misspelt_or_ambiguous_metric_is_refused_with_a_hint(
    lake: HandLake, metric: str, hint: str
) -> None:
    with pytest.raises(UsageError) as refused:
        explain(lake.settings, metric)
    assert hint in refused.value.fix


@pytest.mark.parametrize("day", [date(2024, 2, 29), date(2024, 3, 3)])
def test_a_day_that_the_warehouse_does_not_have_is_refused_with_those_it_has(
    lake: HandLake, day: date
) -> None:
    with pytest.raises(UsageError) as refused:
        explain(lake.settings, "app_daily_users", day)
    assert str(day) in refused.value.what
    assert "2024-03-01 to 2024-03-02" in refused.value.fix


@pytest.mark.parametrize("statement", ["", ";", "-- nothing", "select 1; select 2"])
def test_a_query_is_one_statement(lake: HandLake, statement: str) -> None:
    with pytest.raises(UsageError, match=r"The query has \d statements"):
        query(lake.settings, statement)


def test_a_limit_of_memory_that_duckdb_does_not_understand_is_a_wrong_setting(lake: HandLake) -> None:
    lots = lake.settings.warehouse.model_copy(update={"memory": "lots"})
    with pytest.raises(SettingsError, match=r"warehouse\.memory is 'lots'"):
        build(lake.settings.model_copy(update={"warehouse": lots}), lake.state)
    assert build(lake.settings, lake.state).nothing


@pytest.mark.parametrize(
    "statement", ["drop table app_sales", "select nothing", "insert into dim_date select 1"]
)
def test_a_query_cannot_change_the_warehouse(lake: HandLake, statement: str) -> None:
    with pytest.raises((UsageError, LockedError)):
        query(lake.settings, statement)
    assert query(lake.settings, "select count(*) from dim_date").rows == ((2,),)


def test_yaml_that_changes_is_built_in(lake: HandLake) -> None:
    build(lake.settings, lake.state)
    path = lake.settings.path("models/app_loud_opens.yml")
    path.write_text(YAML.replace("loud_opens, data_type: bigint", "loud_opens, data_type: double"))
    assert build(lake.settings, lake.state).full
    told = current(lake.settings)
    assert told is not None
    exported = lake.settings.path("data/app") / told["build_id"] / "app_loud_opens.parquet"
    [(kind,)] = duckdb.sql(f"select typeof(loud_opens) from '{exported}' limit 1").fetchall()
    assert kind == "DOUBLE"
