"""The queries of all dashboards, as Grafana would ask them of Prometheus."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
DASHBOARDS = ROOT / "deploy/grafana/dashboards"
# What a custom variable offers: any of them may be chosen.
CHOSEN = {"ago": "1m"}


@dataclass(frozen=True, slots=True)
class PanelQuery:
    """One expression of one panel."""

    board: str
    panel: str
    ref: str
    expr: str
    exemplars: bool

    @property
    def name(self) -> str:
        """Where to find it."""
        return f"{self.board} / {self.panel} / {self.ref}"


def dashboards() -> dict[str, dict[str, Any]]:
    """Every dashboard by the name of its file."""
    return {path.stem: json.loads(path.read_text()) for path in sorted(DASHBOARDS.glob("*.json"))}


def panels_of(board: Mapping[str, Any]) -> list[dict[str, Any]]:
    """All that show something: rows are left out, what is in them is not."""
    found = []
    for panel in board["panels"]:
        found += panel.get("panels", []) if panel["type"] == "row" else [panel]
    return found


def variables_of(board: Mapping[str, Any]) -> dict[str, str]:
    """The choices of a dashboard that Prometheus fills: name and ``label_values`` query."""
    chosen = [one for one in board["templating"]["list"] if one["type"] == "query"]
    return {one["name"]: one["query"]["query"] for one in chosen}


def queries() -> Iterator[PanelQuery]:
    """Every expression of every panel, with its variables still in it."""
    for board in dashboards().values():
        for panel in panels_of(board):
            for target in panel["targets"]:
                yield PanelQuery(
                    board["uid"],
                    panel["title"],
                    target["refId"],
                    target["expr"],
                    target["exemplar"],
                )


def filled_in(
    expr: str, choices: Mapping[str, Sequence[str]], scrape_seconds: int, range_seconds: int
) -> str:
    """What Grafana puts in place of variables, all values chosen.

    ``$__rate_interval`` is the larger of the step plus the scrape interval and four scrape
    intervals (Grafana, Prometheus template variables); the step is taken to be the scrape
    interval's length.
    """
    known = {
        "__rate_interval": f"{4 * scrape_seconds}s",
        "__interval": f"{scrape_seconds}s",
        "__range": f"{range_seconds}s",
        **CHOSEN,
        **{name: _chosen(values) for name, values in choices.items()},
    }
    for name in sorted(known, key=len, reverse=True):
        expr = expr.replace(f"${{{name}}}", known[name]).replace(f"${name}", known[name])
    return expr


def _chosen(values: Sequence[str]) -> str:
    """Several values as a regular expression, as Grafana's Prometheus data source writes them."""
    special = "$^*{}[]'+?.()|\\"
    escaped = ["".join(f"\\\\{c}" if c in special else c for c in value) for value in values]
    return escaped[0] if len(escaped) == 1 else f"({'|'.join(escaped)})"
