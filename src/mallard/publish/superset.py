"""The published tables for Apache Superset: one file that its own import takes in.

A bundle of Superset's format 1.0.0 (a ZIP of YAML): the serving database without its password, a dataset for
each published table with the catalogue's sentences, and the charts and dashboards of ``boards``. The same
settings and catalogue give the same bytes, and the same ids: importing again renews what is there.
"""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import sqlalchemy as sa

from mallard.catalog import CatalogTable, published_tables
from mallard.errors import PublishError, SettingsError
from mallard.publish.boards import BOARDS, Board, Look
from mallard.publish.charts import parameters, question
from mallard.publish.measures import MEASURES, Measure
from mallard.serving.connection import DIALECTS
from mallard.serving.tables import column_type
from mallard.settings import Settings

VERSION = "1.0.0"
NAMES = UUID("6d2fca34-6f4b-4a8e-9f0c-6d616c6c6172")  # the root of every id; another one makes everything new
MASK = "XXXXXXXXXX"  # Superset's own sign for a password that its import has to ask for
ROOT = "mallard_superset"
FORMATS = {"count": ",d", "money": ",.2f", "rate": ".1%", "number": ",.1f"}
COLUMNS = 12  # of Superset's grid
HEIGHTS = {"figure": 22, "heat": 64, "rows": 70}
HEIGHT = 50  # of a row, in units of 8 pixels
PERIOD = "Last quarter"
OWN = "own"


@dataclass(frozen=True)
class SupersetReport:
    """What was written: where to, and how many of each."""

    path: Path
    datasets: int
    charts: int
    dashboards: int


def write(settings: Settings, path: Path, url: str | None = None) -> SupersetReport:
    """Write the bundle. url: the serving database as Superset reaches it, where that differs from ours."""
    bundle = Bundle(settings, url)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bundle.zipped())
    except OSError as broken:
        raise PublishError(f"{path} cannot be written ({broken.strerror}).", "Name another file.") from broken
    looks = sum(len(row) for board in bundle.boards for row in board.rows)
    return SupersetReport(path, len(bundle.tables), looks, len(bundle.boards))


class Bundle:
    """The files of one shop's bundle. url: see :func:`write`."""

    def __init__(self, settings: Settings, url: str | None = None) -> None:
        self.shop = settings.shop
        self.url = _url(settings, url)
        self.tables = published_tables(settings.path(settings.warehouse.models))
        self.boards = (*BOARDS, *_own(self.tables))
        self._dialect = self.url.get_dialect()()

    def zipped(self) -> bytes:
        """The bundle as Superset takes it: no clock and no order of a folder goes into it."""
        import yaml

        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, told in self.files().items():
                entry = zipfile.ZipInfo(f"{ROOT}/{name}", date_time=(1980, 1, 1, 0, 0, 0))
                entry.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(entry, yaml.safe_dump(told, sort_keys=False, allow_unicode=True))
        return buffer.getvalue()

    def files(self) -> dict[str, dict[str, Any]]:
        """Path → content. No type is declared, so that both of Superset's imports take the file."""
        made = {"metadata.yaml": {"version": VERSION}, "databases/mallard.yaml": self.database()}
        for table in self.tables.values():
            made[f"datasets/mallard/{table.name}.yaml"] = self.dataset(table)
        for board in self.boards:
            for look in _looks(board):
                made[f"charts/{board.name}/{_plain(look.title)}.yaml"] = self.chart(board, look)
            made[f"dashboards/{board.name}.yaml"] = self.dashboard(board)
        return made

    def identity(self, *names: str) -> str:
        """The id of a thing: that of its shop and its names, whatever database it is in."""
        return str(uuid5(NAMES, "\x1f".join((self.shop.name, *names))))

    def database(self) -> dict[str, Any]:
        """The serving database, for reading alone."""
        return {
            "database_name": f"{self.shop.name} (Mallard)",
            "sqlalchemy_uri": self.url.render_as_string(hide_password=False),
            "expose_in_sqllab": True,
            "allow_run_async": False,
            "allow_ctas": False,
            "allow_cvas": False,
            "allow_dml": False,
            "allow_csv_upload": False,
            "extra": {"allows_virtual_table_explore": True},
            "uuid": self.identity("database"),
            "version": VERSION,
        }

    def dataset(self, table: CatalogTable) -> dict[str, Any]:
        """One published table with its sentences and figures."""
        return {
            "table_name": table.name,
            "main_dttm_col": day_of(table),
            "description": f"{table.description} {table.grain}".strip(),
            "schema": None,
            "sql": None,
            "filter_select_enabled": True,
            "uuid": self.identity("dataset", table.name),
            "columns": [
                self._column(c.name, c.type, c.description, c.name in table.key) for c in table.columns
            ],
            "metrics": [self._metric(table, measure) for measure in measures_of(table)],
            "version": VERSION,
            "database_uuid": self.identity("database"),
        }

    def _column(self, name: str, declared: str, says: str, key: bool) -> dict[str, Any]:
        """A column. SQLite's days are texts, which Superset must compare as such."""
        texts = declared == "date" and self._dialect.name == "sqlite"
        return {
            "column_name": name,
            "verbose_name": " ".join("day" if w == "dt" else w for w in name.split("_")).capitalize(),
            "is_dttm": declared in ("date", "timestamp"),
            "is_active": True,
            "type": column_type(declared).compile(self._dialect),
            "groupby": key or declared in ("date", "timestamp", "string", "boolean"),
            "filterable": True,
            "description": says,
            "python_date_format": "%Y-%m-%d" if texts else None,
        }

    def _metric(self, table: CatalogTable, measure: Measure) -> dict[str, Any]:
        made: dict[str, Any] = {
            "metric_name": measure.name,
            "verbose_name": measure.label,
            "expression": measure.sql,
            "description": next((c.description for c in table.columns if c.name == measure.column), None),
            "d3format": FORMATS[measure.form],
        }
        if measure.form == "money":
            made["currency"] = {"symbol": self.shop.currency, "symbolPosition": "prefix"}
        return made

    def chart(self, board: Board, look: Look) -> dict[str, Any]:
        """One chart."""
        table = self.tables[look.table]
        params = parameters(look, table, day_of(table))
        return {
            "slice_name": look.title,
            "description": table.description,
            "viz_type": params["viz_type"],
            "params": params,
            "query_context": json.dumps(question(look, table, day_of(table))),
            "uuid": self.identity("chart", board.name, look.title),
            "version": VERSION,
            "dataset_uuid": self.identity("dataset", look.table),
        }

    def dashboard(self, board: Board) -> dict[str, Any]:
        """One dashboard: its charts in rows of equal parts, under a choice of days."""
        return {
            "dashboard_title": f"{self.shop.name} · {board.title}",
            "description": f"Business days of {self.shop.timezone}; amounts in {self.shop.currency}.",
            "css": "",
            "slug": f"mallard-{board.name}-{self.identity('slug')[:8]}",
            "uuid": self.identity("dashboard", board.name),
            "position": self._position(board),
            "metadata": {
                "native_filter_configuration": [_days_filter()],
                "filter_bar_orientation": "HORIZONTAL",
                "cross_filters_enabled": True,
            },
            "version": VERSION,
            "published": True,
        }

    def _position(self, board: Board) -> dict[str, Any]:
        rows = {f"ROW-{n}": row for n, row in enumerate(board.rows)}
        made: dict[str, Any] = {
            "DASHBOARD_VERSION_KEY": "v2",
            "ROOT_ID": {"id": "ROOT_ID", "type": "ROOT", "children": ["GRID_ID"]},
            "GRID_ID": {"id": "GRID_ID", "type": "GRID", "children": list(rows), "parents": ["ROOT_ID"]},
            "HEADER_ID": {"id": "HEADER_ID", "type": "HEADER", "meta": {"text": board.title}},
        }
        number = 0
        for name, row in rows.items():
            charts = [f"CHART-{number + place}" for place in range(len(row))]
            above = ["ROOT_ID", "GRID_ID"]
            background = {"background": "BACKGROUND_TRANSPARENT"}
            made[name] = {"id": name, "type": "ROW", "children": charts, "parents": above, "meta": background}
            for place, (key, look) in enumerate(zip(charts, row, strict=True)):
                meta = {
                    "chartId": number + place + 1,
                    "uuid": self.identity("chart", board.name, look.title),
                    "sliceName": look.title,
                    "width": COLUMNS // len(row),
                    "height": max(HEIGHTS.get(each.kind, HEIGHT) for each in row),
                }
                made[key] = {
                    "id": key,
                    "type": "CHART",
                    "children": [],
                    "parents": [*above, name],
                    "meta": meta,
                }
            number += len(row)
        return made


def day_of(table: CatalogTable) -> str | None:
    """The column by which a table's rows belong to a day; None where they do not."""
    return next((c.name for c in table.columns if c.type == "date" and c.name in table.key), None)


def measures_of(table: CatalogTable) -> tuple[Measure, ...]:
    """The figures of a table; of the shop's own ones the number of rows, as only the shop knows more."""
    return MEASURES.get(table.name) or (Measure("rows", "Rows", "COUNT(*)", "count", ""),)


def _own(tables: dict[str, CatalogTable]) -> tuple[Board, ...]:
    """A dashboard of the tables that no other one shows: the shop's own models."""
    shown = {look.table for board in BOARDS for look in _looks(board)}
    rows = tuple(
        (Look("rows", name, name, tuple(c.name for c in table.columns), limit=1000),)
        for name, table in tables.items()
        if name not in shown
    )
    return (Board(OWN, "More tables", rows),) if rows else ()


def _looks(board: Board) -> list[Look]:
    return [look for row in board.rows for look in row]


def _plain(title: str) -> str:
    """A file's name for a title."""
    return "_".join("".join(letter if letter.isalnum() else " " for letter in title.lower()).split())


def _url(settings: Settings, given: str | None) -> sa.URL:
    """The address with the drivers that Superset itself takes, and without the password."""
    try:
        url = sa.make_url(given or settings.database_url(settings.publish.url, MASK, "publish.password"))
    except sa.exc.ArgumentError as broken:
        raise SettingsError(
            "That is not a database URL.", "Write it as 'mysql://user@host/database'."
        ) from broken
    kind = url.get_backend_name()
    if kind not in DIALECTS:
        raise SettingsError(
            f"'{kind}' is not a database that Mallard publishes to.",
            "Use sqlite, mysql, mariadb or postgresql.",
        )
    driver = {"sqlite": "sqlite", "mysql": "mysql", "mariadb": "mysql"}.get(kind, "postgresql")
    return url.set(drivername=driver, password=MASK if url.password else None)


def _days_filter() -> dict[str, Any]:
    """The choice of days at the head of a dashboard."""
    return {
        "id": "NATIVE_FILTER-days",
        "name": "Days",
        "type": "NATIVE_FILTER",
        "filterType": "filter_time",
        "description": "The business days shown.",
        "targets": [{}],
        "controlValues": {"enableEmptyFilter": False},
        "defaultDataMask": {
            "extraFormData": {"time_range": PERIOD},
            "filterState": {"value": PERIOD},
        },
        "cascadeParentIds": [],
        "scope": {"rootPath": ["ROOT_ID"], "excluded": []},
    }
