"""The bundle for Superset: every part of it leads to a table, column or figure that is published."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import yaml

from mallard.errors import PublishError, SettingsError
from mallard.publish.boards import BOARDS
from mallard.publish.measures import MEASURES
from mallard.publish.superset import COLUMNS, ROOT, Bundle, write
from mallard.publish.tables import publish
from mallard.serving.connection import connect
from mallard.settings import Settings
from mallard.state import State
from tests.publish import exports
from tests.publish.conftest import Project

SECRET = "canary-secret"
SQLITE = "sqlite:///data/serving.db"
OWN = """
models:
  - name: app_own
    description: The shop's own.
    config: {meta: {grain: One row per dt., key: [dt]}}
    columns:
      - {name: dt, data_type: date, description: Day.}
      - {name: visitors_in_store, data_type: bigint, description: Counted at the door.}
"""


@pytest.fixture
def bundle(project: Project) -> dict[str, dict[str, Any]]:
    return unpacked(Bundle(project(SQLITE)).zipped())


def unpacked(zipped: bytes) -> dict[str, dict[str, Any]]:
    """Path below the root → content."""
    with zipfile.ZipFile(io.BytesIO(zipped)) as archive:
        names = archive.namelist()
        assert all(name.startswith(f"{ROOT}/") for name in names)
        return {name.removeprefix(f"{ROOT}/"): yaml.safe_load(archive.read(name)) for name in names}


def parts(bundle: dict[str, dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [told for name, told in bundle.items() if name.startswith(f"{kind}/")]


def test_every_dataset_is_a_published_table_and_every_figure_can_be_asked(
    settings: Settings, state: State
) -> None:
    exports.full_export(settings, "b1")
    publish(settings, state)
    engine = connect(settings)
    bundle = unpacked(Bundle(settings).zipped())
    held = sa.inspect(engine)
    datasets = {told["table_name"]: told for told in parts(bundle, "datasets")}
    assert sorted(datasets) == sorted(set(held.get_table_names()) - {"mallard_publication"})
    with engine.connect() as connection:
        for name, told in datasets.items():
            columns = {c["name"] for c in held.get_columns(name)}
            assert {c["column_name"] for c in told["columns"]} == columns
            assert all(c["description"] for c in told["columns"])
            assert told["metrics"]
            for metric in told["metrics"]:
                connection.execute(sa.text(f"select {metric['expression']} from {name}")).all()
    engine.dispose()


def test_every_chart_leads_to_columns_and_figures_of_its_dataset(bundle: dict[str, dict[str, Any]]) -> None:
    datasets = {told["uuid"]: told for told in parts(bundle, "datasets")}
    charts = parts(bundle, "charts")
    assert len(charts) == sum(len(row) for board in BOARDS for row in board.rows)
    for chart in charts:
        dataset = datasets[chart["dataset_uuid"]]
        columns = {c["column_name"] for c in dataset["columns"]}
        metrics = {m["metric_name"] for m in dataset["metrics"]}
        assert set(_metrics(chart["params"])) <= metrics, chart["slice_name"]
        assert set(_columns(chart["params"])) <= columns, chart["slice_name"]
        query = json.loads(chart["query_context"])["queries"][0]
        assert set(query["metrics"] or []) <= metrics
        named = {c if isinstance(c, str) else c["label"] for c in query["columns"]}
        assert named | {each["col"] for each in query["filters"]} <= columns


def _metrics(params: dict[str, Any]) -> Iterator[str]:
    yield from params.get("metrics", [])
    for name in ("metric", "timeseries_limit_metric", "x_axis_sort"):
        if name in params:
            yield params[name]


def _columns(params: dict[str, Any]) -> Iterator[str]:
    for name in ("groupby", "groupbyRows", "groupbyColumns", "all_columns"):
        found = params.get(name, [])
        yield from [found] if isinstance(found, str) else found
    if "x_axis" in params:
        yield params["x_axis"]
    for pair in params.get("order_by_cols", []):
        yield json.loads(pair)[0]
    for told in params["adhoc_filters"]:
        yield told["subject"]


def test_every_chart_stands_in_one_dashboard_and_every_table_in_some(
    bundle: dict[str, dict[str, Any]],
) -> None:
    shown: list[str] = []
    for told in parts(bundle, "dashboards"):
        position = told["position"]
        for place in position.values():
            if isinstance(place, dict) and place["type"] == "ROW":
                assert sum(position[key]["meta"]["width"] for key in place["children"]) <= COLUMNS
                shown += [position[key]["meta"]["uuid"] for key in place["children"]]
    charts = {told["uuid"]: told for told in parts(bundle, "charts")}
    assert sorted(shown) == sorted(charts)
    drawn = {told["dataset_uuid"] for told in charts.values()}
    assert drawn == {told["uuid"] for told in parts(bundle, "datasets")}
    dashboards = parts(bundle, "dashboards")
    assert len({told["slug"] for told in dashboards}) == len(dashboards)


def test_people_and_rates_are_never_added_up() -> None:
    for table, measures in MEASURES.items():
        for measure in measures:
            if measure.column in ("dau", "wau", "mau", "buyers", "total_users") or "rate" in measure.column:
                assert not measure.sql.startswith(f"SUM({measure.column})"), (table, measure.name)


def test_ids_are_each_another_and_stay(project: Project) -> None:
    settings = project(SQLITE)
    first = Bundle(settings).zipped()
    assert first == Bundle(settings).zipped()
    ids = [told["uuid"] for told in unpacked(first).values() if "uuid" in told]
    assert len(ids) == len(set(ids)) > 100
    moved = unpacked(Bundle(project("mysql://m@db.example/shop")).zipped())
    assert [told["uuid"] for told in moved.values() if "uuid" in told] == ids
    other = Bundle(settings.model_copy(update={"shop": settings.shop.model_copy(update={"name": "Another"})}))
    assert not set(ids) & {told["uuid"] for told in other.files().values() if "uuid" in told}
    assert (
        ids[0] == "313d7a1b-5798-5e03-90ea-28c60dec0245"
    )  # what a shop has imported must be found again by later versions


@pytest.mark.parametrize("url", ["mysql://m:{password}@db/shop", f"postgresql://m:{SECRET}@db/shop"])
def test_no_password_leaves_the_house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("PUBLISH_PASSWORD", SECRET)
    settings = Settings(project=tmp_path, publish={"url": url, "password": "env:PUBLISH_PASSWORD"})
    bundle = unpacked(Bundle(settings).zipped())
    assert SECRET not in repr(bundle)
    (database,) = parts(bundle, "databases")
    assert ":XXXXXXXXXX@db" in database["sqlalchemy_uri"]
    elsewhere = Bundle(settings, f"mysql://other:{SECRET}@host.docker.internal/shop")
    assert elsewhere.database()["sqlalchemy_uri"] == ("mysql://other:XXXXXXXXXX@host.docker.internal/shop")


def test_the_shop_s_own_tables_are_there_too(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "own.yml").write_text(OWN)
    bundle = unpacked(Bundle(Settings(project=tmp_path)).zipped())
    assert bundle["datasets/mallard/app_own.yaml"]["metrics"][0]["expression"] == "COUNT(*)"
    assert bundle["charts/own/app_own.yaml"]["params"]["all_columns"] == ["dt", "visitors_in_store"]
    assert bundle["dashboards/own.yaml"]["dashboard_title"] == "My shop · More tables"


def test_what_cannot_be_written_is_said(project: Project) -> None:
    with pytest.raises(PublishError, match="/proc/nowhere"):
        write(project(SQLITE), Path("/proc/nowhere/b.zip"))
    with pytest.raises(SettingsError, match="'oracle' is not"):
        Bundle(project(SQLITE), "oracle://u@db/x")
    with pytest.raises(SettingsError, match="not a database URL"):
        Bundle(project(SQLITE), "db.example")
