"""A dashboard as Grafana's JSON."""

from __future__ import annotations

import json
from typing import Any

from . import links
from .drawing import PROMETHEUS, draw, panel_id
from .model import COLUMNS, Board, Row, Variable

# The newest of @grafana/schema 13.2; older releases of Grafana read what they know of it.
SCHEMA_VERSION = 42
SERVICES = "gateway|auth|session|tts|stitching|entitlement"
# What a dashed line is compared with: as long ago as one of these.
AGO = {"1w": "a week ago", "1d": "a day ago", "1h": "an hour ago", "1m": "a minute ago"}
Json = dict[str, Any]


def render(board: Board) -> str:
    """The whole file."""
    return json.dumps(_dashboard(board), indent=2, ensure_ascii=False) + "\n"


def _dashboard(board: Board) -> Json:
    return {
        "uid": board.uid,
        "title": board.title,
        "description": board.about,
        "tags": [links.TAG],
        "schemaVersion": SCHEMA_VERSION,
        "editable": False,
        "graphTooltip": 1,
        "refresh": "30s",
        "time": {"from": f"now-{board.hours}h", "to": "now"},
        "timezone": "browser",
        "timepicker": {},
        "links": [links.all_boards(), links.runbooks()],
        "annotations": {"list": _annotations()},
        "templating": {"list": [*map(_variable, board.variables), _ago()]},
        "panels": _panels(board),
    }


def _panels(board: Board) -> list[Json]:
    drawn: list[Json] = []
    y = 0
    for row in board.rows:
        drawn.append(_row(row, y))
        # How far down each column is taken.
        taken = [y + 1] * COLUMNS
        for panel in row.panels:
            top, x = min(
                (max(taken[left : left + panel.width]), left)
                for left in range(COLUMNS - panel.width + 1)
            )
            drawn.append(draw(panel, {"h": panel.height, "w": panel.width, "x": x, "y": top}))
            taken[x : x + panel.width] = [top + panel.height] * panel.width
        y = max(taken)
    return drawn


def _row(row: Row, y: int) -> Json:
    drawn: Json = {
        "id": panel_id(f"row {row.title}"),
        "type": "row",
        "title": row.title,
        "collapsed": False,
        "gridPos": {"h": 1, "w": COLUMNS, "x": 0, "y": y},
        "panels": [],
    }
    return drawn | ({"repeat": row.repeat} if row.repeat else {})


def _variable(variable: Variable) -> Json:
    return {
        "name": variable.name,
        "label": variable.label,
        "type": "query",
        "datasource": PROMETHEUS,
        "query": {
            "qryType": 1,
            "query": f"label_values({variable.metric}, {variable.of})",
            "refId": "PrometheusVariableQueryEditor-VariableQuery",
        },
        "refresh": 2,
        "sort": 1,
        "multi": True,
        "includeAll": True,
        "current": {"selected": True, "text": ["All"], "value": ["$__all"]},
        "options": [],
    }


def _ago() -> Json:
    options = [
        {"selected": at == 0, "text": text, "value": value}
        for at, (value, text) in enumerate(AGO.items())
    ]
    return {
        "name": "ago",
        "label": "Dashed line",
        "description": "What is drawn dashed, to compare with.",
        "type": "custom",
        "query": ", ".join(f"{text} : {value}" for value, text in AGO.items()),
        "multi": False,
        "includeAll": False,
        "current": options[0],
        "options": options,
    }


def _annotations() -> list[Json]:
    started = f'max by (job, instance) (process_start_time_seconds{{job=~"{SERVICES}"}})'
    return [
        {
            "name": "Pages",
            "datasource": PROMETHEUS,
            "enable": True,
            "iconColor": "red",
            "expr": 'ALERTS{alertstate="firing", severity="page"}',
            "titleFormat": "{{alertname}}",
            "textFormat": "{{service}}",
            "step": "60s",
        },
        {
            "name": "Starts of services",
            "datasource": PROMETHEUS,
            "enable": True,
            "iconColor": "blue",
            "expr": f"time() - {started} < 60",
            "titleFormat": "{{job}} started",
            "textFormat": "{{instance}}",
            "step": "60s",
        },
    ]
