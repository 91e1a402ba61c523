"""Where panels lead: runbooks, each other, traces and logs."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

PROJECT = "https://github.com/affirmation-beats/affirmation-beats/blob/main"
TAG = "affirmation-beats"
# Grafana puts values into ${...}, which it finds only where it isn't escaped.
LEFT_ALONE = "${}[]:,.=_~|"


def runbook_url(name: str) -> str:
    """The page of a runbook."""
    return f"{PROJECT}/deploy/runbooks/{name}.md"


def runbook(name: str) -> dict[str, Any]:
    """A panel's link to its runbook."""
    return _link("Runbook", url=runbook_url(name), icon="doc", blank=True)


def to_board(name: str) -> dict[str, Any]:
    """A panel's link to another dashboard, at the same time."""
    return _link(name.capitalize(), url=f"/d/ab-{name}", icon="dashboard", keep_time=True)


def all_boards() -> dict[str, Any]:
    """Every dashboard at the top of every dashboard."""
    return _link("Dashboards", kind="dashboards", tags=[TAG], icon="dashboard", keep_time=True)


def runbooks() -> dict[str, Any]:
    """The folder of all runbooks, at the top of every dashboard."""
    url = f"{PROJECT.replace('blob', 'tree')}/deploy/runbooks"
    return _link("Runbooks", url=url, icon="doc", blank=True)


def traces(query: str) -> dict[str, Any]:
    """A series' link to traces of the shown time, by TraceQL."""
    return _explore("Traces of this", "tempo", {"queryType": "traceql", "query": query})


def logs(query: str) -> dict[str, Any]:
    """A series' link to logs of the shown time, by LogQL."""
    return _explore("Logs of this", "loki", {"queryType": "range", "expr": query})


def _explore(title: str, source: str, query: dict[str, str]) -> dict[str, Any]:
    asked = {"refId": "A", "datasource": {"type": source, "uid": source}, **query}
    pane = {
        "datasource": source,
        "queries": [asked],
        "range": {"from": "${__from}", "to": "${__to}"},
    }
    panes = quote(json.dumps({"a": pane}, separators=(",", ":")), safe=LEFT_ALONE)
    return {"title": title, "url": f"/explore?schemaVersion=1&orgId=1&panes={panes}"}


def _link(
    title: str,
    *,
    url: str = "",
    kind: str = "link",
    tags: list[str] | None = None,
    icon: str,
    blank: bool = False,
    keep_time: bool = False,
) -> dict[str, Any]:
    return {
        "asDropdown": False,
        "icon": icon,
        "includeVars": False,
        "keepTime": keep_time,
        "tags": tags or [],
        "targetBlank": blank,
        "title": title,
        "tooltip": "",
        "type": kind,
        "url": url,
    }
