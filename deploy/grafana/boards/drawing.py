"""A panel as Grafana's JSON, kind by kind."""

from __future__ import annotations

import zlib
from typing import Any

from . import links
from .model import Column, Panel, Query, Step, Table

PROMETHEUS = {"type": "prometheus", "uid": "prometheus"}
GREEN = Step(None, "green")
REDUCED = {"calcs": ["lastNotNull"], "fields": "", "values": False}
WIDE = 12
DASHED = {"fill": "dash", "dash": [6, 6]}
Json = dict[str, Any]


def panel_id(title: str) -> int:
    """A number that stays when panels are put before this one: alerts link to it."""
    return zlib.crc32(title.encode()) % 90_000 + 10_000


def draw(panel: Panel, place: Json) -> Json:
    """One panel at its place in the grid."""
    shown = [links.runbook(panel.runbook)]
    if panel.leads_to:
        shown.append(links.to_board(panel.leads_to))
    drawn: Json = {
        "id": panel_id(panel.title),
        "type": panel.kind,
        "title": panel.title,
        "description": f"{panel.shows}\n\n**Good:** {panel.good}\n\n**Otherwise:** {panel.act}",
        "datasource": PROMETHEUS,
        "gridPos": place,
        "links": shown,
        "targets": [_target(panel, at, query) for at, query in enumerate(panel.queries)],
        "fieldConfig": {"defaults": _field(panel), "overrides": _overrides(panel)},
        "options": OPTIONS[panel.kind](panel),
    }
    if panel.table:
        drawn["transformations"] = _columns(panel.table)
    return drawn


def _target(panel: Panel, at: int, query: Query) -> Json:
    now = panel.kind in {"table", "bargauge"}
    return {
        "refId": chr(ord("A") + at),
        "datasource": PROMETHEUS,
        "editorMode": "code",
        "expr": query.expr,
        "legendFormat": query.legend or "__auto",
        "format": "table" if panel.kind == "table" else "time_series",
        "instant": now,
        "range": not now,
        "exemplar": query.exemplars,
    }


def _field(panel: Panel) -> Json:
    field: Json = {
        "unit": panel.unit,
        "color": {"mode": "palette-classic" if panel.kind == "timeseries" else "thresholds"},
        "thresholds": _thresholds(panel.steps),
        "links": [
            *([links.traces(panel.traces)] if panel.traces else []),
            *([links.logs(panel.logs)] if panel.logs else []),
            *({"title": title, "url": url} for title, url in panel.opens),
        ],
    }
    ends = {"min": panel.least, "max": panel.most, "decimals": panel.decimals}
    field |= {name: value for name, value in ends.items() if value is not None}
    if panel.nothing:
        field["noValue"] = panel.nothing
    if panel.kind == "timeseries":
        field["custom"] = _curve(panel)
    return field


def _thresholds(steps: tuple[Step, ...]) -> Json:
    told = steps or (GREEN,)
    return {"mode": "absolute", "steps": [{"color": s.color, "value": s.at} for s in told]}


def _curve(panel: Panel) -> Json:
    return {
        "drawStyle": "line",
        "lineInterpolation": "linear",
        "lineWidth": 1,
        "fillOpacity": 25 if panel.stacked else 8,
        "showPoints": "auto",
        "pointSize": 4,
        # A pod that is gone leaves a gap of one scrape or two, not a hole.
        "spanNulls": 120_000,
        "stacking": {"mode": "normal" if panel.stacked else "none", "group": "A"},
        "thresholdsStyle": {"mode": "dashed" if panel.steps else "off"},
    }


def _overrides(panel: Panel) -> list[Json]:
    if panel.table:
        return [_column(column) for column in panel.table.columns]
    told = ((chr(ord("A") + at), query) for at, query in enumerate(panel.queries))
    return [
        {
            "matcher": {"id": "byFrameRefID", "options": ref},
            "properties": _as_before() if query.before else _on_the_right(query.unit),
        }
        for ref, query in told
        if query.before or query.unit
    ]


def _as_before() -> list[Json]:
    return [
        {"id": "custom.lineStyle", "value": DASHED},
        {"id": "custom.fillOpacity", "value": 0},
        {"id": "custom.stacking", "value": {"mode": "none", "group": "B"}},
        {"id": "color", "value": {"mode": "fixed", "fixedColor": "text"}},
    ]


def _on_the_right(unit: str) -> list[Json]:
    return [{"id": "unit", "value": unit}, {"id": "custom.axisPlacement", "value": "right"}]


def _column(column: Column) -> Json:
    properties: list[Json] = [{"id": "unit", "value": column.unit}]
    if column.decimals is not None:
        properties.append({"id": "decimals", "value": column.decimals})
    if column.steps:
        properties += [
            {"id": "thresholds", "value": _thresholds(column.steps)},
            {"id": "custom.cellOptions", "value": {"type": "color-text"}},
        ]
    return {"matcher": {"id": "byName", "options": column.name}, "properties": properties}


def _columns(table: Table) -> list[Json]:
    by = [label for label, _ in table.by]
    values = [f"Value #{chr(ord('A') + at)}" for at in range(len(table.columns))]
    # One query gives a frame whose value has no letter.
    values = ["Value"] if len(values) == 1 else values
    names = dict(zip(values, (column.name for column in table.columns), strict=True))
    return [
        {"id": "merge", "options": {}},
        {"id": "filterFieldsByName", "options": {"include": {"names": [*by, *values]}}},
        {
            "id": "organize",
            "options": {
                "excludeByName": {},
                "indexByName": {name: at for at, name in enumerate([*by, *values])},
                "renameByName": dict(table.by) | names,
            },
        },
    ]


def _timeseries_options(panel: Panel) -> Json:
    # Many series of one query are told apart beside the picture, where there is room.
    beside = panel.width >= WIDE and len(panel.queries) == 1
    return {
        "legend": {
            "showLegend": True,
            "displayMode": "table" if beside else "list",
            "placement": "right" if beside else "bottom",
            "calcs": ["lastNotNull", "max"] if beside else [],
        },
        "tooltip": {"mode": "multi", "sort": "desc"},
    }


def _reduced(_panel: Panel) -> Json:
    return {"reduceOptions": REDUCED, "orientation": "auto"}


def _stat_options(panel: Panel) -> Json:
    return _reduced(panel) | {
        "colorMode": "value",
        "graphMode": "area",
        "justifyMode": "auto",
        "textMode": "auto",
        "wideLayout": True,
        "showPercentChange": False,
        "percentChangeColorMode": "standard",
    }


def _bargauge_options(panel: Panel) -> Json:
    return _reduced(panel) | {
        "orientation": "horizontal",
        "displayMode": "basic",
        "valueMode": "color",
        "namePlacement": "left",
        "showUnfilled": True,
        "sizing": "auto",
        "minVizWidth": 8,
        "minVizHeight": 16,
        "maxVizHeight": 300,
        "legend": {
            "showLegend": False,
            "displayMode": "list",
            "placement": "bottom",
            "calcs": [],
        },
    }


def _table_options(panel: Panel) -> Json:
    sort_by = panel.table.sort_by if panel.table else ""
    return {
        "showHeader": True,
        "frameIndex": 0,
        "cellHeight": "sm",
        "sortBy": [{"displayName": sort_by, "desc": True}],
    }


OPTIONS = {
    "timeseries": _timeseries_options,
    "stat": _stat_options,
    "bargauge": _bargauge_options,
    "table": _table_options,
}
