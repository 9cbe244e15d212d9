"""ECharts options. Colours work on light and dark ground alike, so switching needs no redraw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from mallard.dashboard.format import day

Values = Sequence[int | float | Decimal | None]
ACCENT = "#12a383"
MUTED = "#9aa1ac"
INK = "#777f8b"
RULE = "rgba(134,141,153,.16)"
PALETTE = [ACCENT, "#5b7cfa", "#e0a33b", "#d9648b", "#8a6fe8", "#3fb1d6", "#9aa1ac"]
ANIMATED = 62  # drawing a year step by step would take longer than reading it
FONT = "Inter, system-ui, sans-serif"


def line(
    days: Sequence[date],
    series: Mapping[str, Values],
    kind: str,
    *,
    before: tuple[Sequence[date], Values] | None = None,
    stacked: bool = False,
) -> dict[str, Any]:
    """Courses over days.

    kind: how values are written (see dashboard.js). before: the compared days, drawn dashed.
    """
    option = _frame([day(each) for each in days], kind)
    option["series"] = [
        _line(name, values, PALETTE[n % len(PALETTE)], stacked, fill=len(series) == 1)
        for n, (name, values) in enumerate(series.items())
    ]
    if before is not None:
        option["series"].append(_dashed(*before, len(days)))
    if len(series) > 1:
        option["legend"] = _legend()
        option["grid"]["top"] = 34
    return option


def bars(
    labels: Sequence[str], series: Mapping[str, Values], kind: str, stacked: bool = False
) -> dict[str, Any]:
    """Upright bars by label."""
    option = _frame(list(labels), kind)
    option["xAxis"]["boundaryGap"] = True
    option["series"] = [
        {
            "name": name,
            "type": "bar",
            "data": _floats(values),
            "barMaxWidth": 28,
            "stack": "all" if stacked else None,
            "itemStyle": {"color": PALETTE[n % len(PALETTE)], "borderRadius": 0 if stacked else [3, 3, 0, 0]},
        }
        for n, (name, values) in enumerate(series.items())
    ]
    if len(series) > 1:
        option["legend"] = _legend()
        option["grid"]["top"] = 34
    return option


def _frame(labels: list[str], kind: str) -> dict[str, Any]:
    return {
        "animation": len(labels) <= ANIMATED,
        "animationDuration": 250,
        "animationDurationUpdate": 250,
        "textStyle": {"fontFamily": FONT},
        "grid": {"left": 4, "right": 12, "top": 14, "bottom": 4, "outerBoundsMode": "same"},
        "tooltip": {
            "trigger": "axis",
            "confine": True,
            "className": "chart-tip",
            ":formatter": f"points => mallard.tooltip(points, '{kind}')",
            "axisPointer": {"type": "line", "lineStyle": {"color": INK, "opacity": 0.4}},
        },
        "xAxis": {
            "type": "category",
            "data": labels,
            "boundaryGap": False,
            "axisLine": {"lineStyle": {"color": RULE}},
            "axisTick": {"show": False},
            "axisLabel": {
                "color": INK,
                "fontSize": 11,
                "hideOverlap": True,
                "margin": 12,
                ":formatter": "mallard.shortDay",
            },
        },
        "yAxis": {
            "type": "value",
            "splitNumber": 4,
            **({"minInterval": 1} if kind in ("count", "money") else {}),  # no thirds of a person
            "axisLabel": {"color": INK, "fontSize": 11, ":formatter": f"v => mallard.axis(v, '{kind}')"},
            "splitLine": {"lineStyle": {"color": RULE}},
        },
    }


def _line(name: str, values: Values, color: str, stacked: bool, fill: bool) -> dict[str, Any]:
    made: dict[str, Any] = {
        "name": name,
        "type": "line",
        "data": _floats(values),
        "showSymbol": len(values) == 1,
        "symbolSize": 7,
        "lineStyle": {"width": 2, "color": color},
        "itemStyle": {"color": color},
        "emphasis": {"disabled": True},
        "z": 2,
    }
    if fill:
        made["areaStyle"] = {
            "color": {
                "type": "linear",
                "x": 0,
                "y": 0,
                "x2": 0,
                "y2": 1,
                "colorStops": [{"offset": 0, "color": color + "38"}, {"offset": 1, "color": color + "00"}],
            }
        }
    if stacked:
        made.update(stack="all", areaStyle={"color": color, "opacity": 0.18})
    return made


def _dashed(days: Sequence[date], values: Values, length: int) -> dict[str, Any]:
    """The compared course behind the present one, as far as it reaches; each point knows its day."""
    made = _line("Before", values, MUTED, False, fill=False)
    points = [{"value": v, "name": day(d)} for d, v in zip(days, _floats(values), strict=True)][:length]
    made["data"] = [*points, *[None] * (length - len(points))]
    made["lineStyle"] = {"width": 1.5, "type": "dashed", "color": MUTED}
    made["z"] = 1
    return made


def _legend() -> dict[str, Any]:
    return {
        "left": 0,
        "top": 0,
        "icon": "roundRect",
        "itemWidth": 9,
        "itemHeight": 9,
        "itemGap": 16,
        "textStyle": {"color": INK, "fontSize": 12},
    }


def _floats(values: Values) -> list[float | None]:
    return [None if value is None else float(value) for value in values]
