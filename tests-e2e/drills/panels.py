"""The panel that an alert names, and what it shows at this moment."""

from __future__ import annotations

import math
from typing import Any
from urllib.parse import parse_qs, urlsplit

from observability.panels import dashboards, filled_in, panels_of, variables_of

from drills.watchers import Firing, Watchers

RANGE_SECONDS = 3600
MOST_SERIES = 6


def panel_of(alert: Firing) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """Dashboard and panel that the annotations lead to; None where there is none."""
    link = urlsplit(alert.annotations.get("dashboard", ""))
    wanted = parse_qs(link.query).get("viewPanel", [""])[0]
    for board in dashboards().values():
        if link.path.rstrip("/").endswith(board["uid"]):
            for panel in panels_of(board):
                if str(panel["id"]) == wanted:
                    return board, panel
    return None


async def shown(alert: Firing, watchers: Watchers) -> dict[str, Any]:
    """Where to look, and the values that are seen there now: the largest few of each query."""
    where = {
        "summary": alert.annotations.get("summary", ""),
        "description": alert.annotations.get("description", ""),
        "severity": alert.labels.get("severity", ""),
        "dashboard": alert.annotations.get("dashboard", ""),
        "runbook": alert.annotations.get("runbook_url", ""),
    }
    found = panel_of(alert)
    if found is None:
        return where
    board, panel = found
    choices = {name: await watchers.values_of(query) for name, query in variables_of(board).items()}
    values: dict[str, float] = {}
    for target in panel["targets"]:
        expression = filled_in(
            target["expr"], choices, await watchers.scrape_seconds(), RANGE_SECONDS
        )
        for series in await watchers.query(expression):
            value = float(series["value"][1])
            # A quantile of nothing is no number, and no JSON either.
            if math.isfinite(value):
                values[_name(series)] = value
    largest = sorted(values.items(), key=lambda item: -item[1])[:MOST_SERIES]
    title = f"{board['title']} / {panel['title']}"
    return {**where, "panel": title, "panel_shows": dict(largest)}


def _name(series: dict[str, Any]) -> str:
    labels = (f"{name}={value}" for name, value in series["metric"].items() if name != "__name__")
    return ", ".join(labels) or "value"
