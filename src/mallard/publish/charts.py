"""A chart of a board in Superset's own words: how it is drawn, and the query behind it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from mallard.catalog import CatalogTable
from mallard.publish.boards import Look
from mallard.publish.measures import MEASURES

SHADE = "#5AC189"
TALLEST = 10_000  # rows that a table in a browser still bears


def parameters(look: Look, table: CatalogTable, day: str | None) -> dict[str, Any]:
    """The parameters of a chart. day: the column that the dashboard's choice of days applies to, if any."""
    shared = {"adhoc_filters": _filters(look, day), "row_limit": min(look.limit, TALLEST)}
    return {**shared, **_KINDS[look.kind](look, table, day)}


def question(look: Look, table: CatalogTable, day: str | None) -> dict[str, Any]:
    """The chart's query for Superset's reports and its API; the browser makes its own from the parameters."""
    raw = look.kind == "rows"
    columns: list[Any] = [_day_axis(day)] if look.kind in ("line", "bars") else []
    columns += look.measures if raw else look.by
    query = {
        "columns": columns,
        "metrics": None if raw else list(look.measures),
        "filters": [
            {"col": told["subject"], "op": told["operator"], "val": told["comparator"]}
            for told in _filters(look, day)
        ],
        "orderby": _order(look, table, day) if raw else [[look.measures[0], False]],
        "row_limit": TALLEST if look.kind in ("line", "bars") else look.limit,
    }
    return {
        "datasource": {"id": 0, "type": "table"},  # the import puts the dataset's number here
        "force": False,
        "queries": [query],
        "result_format": "json",
        "result_type": "full",
    }


def _day_axis(day: str | None) -> dict[str, Any]:
    return {
        "columnType": "BASE_AXIS",
        "expressionType": "SQL",
        "sqlExpression": day,
        "label": day,
        "timeGrain": "P1D",
    }


def _order(look: Look, table: CatalogTable, day: str | None) -> list[list[Any]]:
    """Rows as they are read: the newest day first, then by the key."""
    newest_first: list[list[Any]] = [[day, False]] if day else []
    return newest_first + [[name, True] for name in table.key if name != day and name in look.measures]


def _filters(look: Look, day: str | None) -> list[dict[str, Any]]:
    made = [_filter(column, "==", value) for column, value in look.equals]
    made += [_filter(column, "!=", value) for column, value in look.differs]
    if day is not None:
        made.append(_filter(day, "TEMPORAL_RANGE", "No filter"))
    return made


def _filter(column: str, operator: str, value: str | int) -> dict[str, Any]:
    return {
        "clause": "WHERE",
        "expressionType": "SIMPLE",
        "subject": column,
        "operator": operator,
        "comparator": value,
    }


def _figure(look: Look, _: CatalogTable, day: str | None) -> dict[str, Any]:
    return {"viz_type": "big_number_total", "metric": look.measures[0], "header_font_size": 0.4}


def _by_day(kind: str) -> Callable[[Look, CatalogTable, str | None], dict[str, Any]]:
    def made(look: Look, _: CatalogTable, day: str | None) -> dict[str, Any]:
        return {
            "viz_type": f"echarts_timeseries_{kind}",
            "x_axis": day,
            "time_grain_sqla": "P1D",
            "x_axis_time_format": "%d %b",
            "metrics": list(look.measures),
            "groupby": list(look.by),
            "row_limit": TALLEST,
            "stack": "Stack" if kind == "bar" else None,
            "show_legend": len(look.measures) > 1 or bool(look.by),
            "legendOrientation": "top",
            "rich_tooltip": True,
            **({"y_axis_format": ".1%"} if _rates(look) else {}),
        }

    return made


def _rates(look: Look) -> bool:
    """Whether an axis carries rates alone; it does not take over the figures' own form."""
    forms = {measure.name: measure.form for measure in MEASURES.get(look.table, ())}
    return all(forms.get(name) == "rate" for name in look.measures)


def _ranking(look: Look, _: CatalogTable, day: str | None) -> dict[str, Any]:
    return {
        "viz_type": "echarts_timeseries_bar",
        "orientation": "horizontal",
        "x_axis": look.by[0],
        "metrics": list(look.measures),
        "groupby": [],
        "x_axis_sort": look.measures[0],
        "x_axis_sort_asc": True,
        "timeseries_limit_metric": look.measures[0],
        "order_desc": True,
        "show_legend": False,
    }


def _sheet(look: Look, _: CatalogTable, day: str | None) -> dict[str, Any]:
    return {
        "viz_type": "table",
        "query_mode": "aggregate",
        "groupby": list(look.by),
        "metrics": list(look.measures),
        "timeseries_limit_metric": look.measures[0],
        "order_desc": True,
        "show_cell_bars": True,
        "include_search": look.limit > 20,
        "server_page_length": 50,
    }


def _rows(look: Look, table: CatalogTable, day: str | None) -> dict[str, Any]:
    return {
        "viz_type": "table",
        "query_mode": "raw",
        "all_columns": list(look.measures),
        "order_by_cols": [json.dumps(pair) for pair in _order(look, table, day)],
        "table_timestamp_format": "%Y-%m-%d",
        "column_config": _money(look, table),
        "show_cell_bars": False,
        "include_search": True,
        "page_length": 20,
    }


def _money(look: Look, table: CatalogTable) -> dict[str, Any]:
    """How a raw table's amounts are written."""
    amounts = [c.name for c in table.columns if c.type == "decimal(18,4)" and c.name in look.measures]
    return {name: {"d3NumberFormat": ",.2f"} for name in amounts}


def _share(look: Look, _: CatalogTable, day: str | None) -> dict[str, Any]:
    return {
        "viz_type": "pie",
        "metric": look.measures[0],
        "groupby": list(look.by),
        "sort_by_metric": True,
        "donut": True,
        "label_type": "key_percent",
        "show_legend": False,
    }


def _funnel(look: Look, _: CatalogTable, day: str | None) -> dict[str, Any]:
    return {
        "viz_type": "funnel",
        "metric": look.measures[0],
        "groupby": list(look.by),
        "sort_by_metric": True,
        "percent_calculation_type": "first_step",
        "show_legend": False,
        "show_labels": True,
        "label_type": 5,  # name, figure and share
    }


def _heat(look: Look, _: CatalogTable, day: str | None) -> dict[str, Any]:
    across, down = look.by
    return {
        "viz_type": "pivot_table_v2",
        "metrics": list(look.measures),
        "groupbyRows": [down],
        "groupbyColumns": [across],
        "temporal_columns_lookup": {down: True},
        "time_grain_sqla": "P1D",
        "date_format": "%Y-%m-%d",
        "aggregateFunction": "Sum",  # each cell is one group: nothing is added to it
        "metricsLayout": "COLUMNS",
        "rowOrder": "key_z_to_a",
        "colTotals": False,
        "rowTotals": False,
        "conditional_formatting": [{"colorScheme": SHADE, "column": look.measures[0], "operator": "None"}],
    }


_KINDS: dict[str, Callable[[Look, CatalogTable, str | None], dict[str, Any]]] = {
    "figure": _figure,
    "line": _by_day("line"),
    "bars": _by_day("bar"),
    "ranking": _ranking,
    "sheet": _sheet,
    "rows": _rows,
    "share": _share,
    "funnel": _funnel,
    "heat": _heat,
}
