"""Asks a Prometheus every query of every panel, and says which have no answer.

``PYTHONPATH=tests-e2e .venv/bin/python -m observability.panel_run`` starts a stack, drives traffic
through it and does that; ``--prometheus URL`` asks one that is there. The last line is one JSON
object with the figures.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import sys
import time
from dataclasses import dataclass, field
from typing import Any

import httpx
from observability.observed import running
from observability.panels import PanelQuery, dashboards, filled_in, panels_of, variables_of
from observability.second_wave import again
from observability.traffic import drive

HTTP_SECONDS = 30.0
# Points of a picture; Prometheus refuses more than 11,000.
MOST_POINTS = 300


@dataclass(slots=True)
class Figures:
    """What came of it; a query whose numbers are all NaN is empty as well."""

    boards: int = 0
    panels: int = 0
    queries: int = 0
    exemplars: int = 0
    exemplars_found: int = 0
    empty: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def told(self) -> dict[str, Any]:
        """For people and for the closing note."""
        return {
            "boards": self.boards,
            "panels": self.panels,
            "queries": self.queries,
            "non_empty": self.queries - len(self.empty) - len(self.refused),
            "empty": len(self.empty),
            "refused": len(self.refused),
            "exemplar_queries": self.exemplars,
            "exemplar_queries_with_traces": self.exemplars_found,
            "empty_queries": self.empty,
            "refused_queries": self.refused,
        }


class Asked:
    """A Prometheus, and the time that panels show of it: from ``since`` until now."""

    def __init__(
        self, url: str, since: float, transport: httpx.BaseTransport | None = None
    ) -> None:
        self._client = httpx.Client(base_url=url, timeout=HTTP_SECONDS, transport=transport)
        self.since, self.until = since, time.time()
        self.scrape_seconds = self._scrape_seconds()

    def get(self, path: str, **params: str | float) -> Any:
        """The data of an answer; ValueError with its reason where it is refused."""
        answer = self._client.get(f"/api/v1/{path}", params=params).json()
        if answer["status"] != "success":
            raise ValueError(answer["error"])
        return answer["data"]

    def series(self, expr: str, *, instant: bool) -> list[dict[str, Any]]:
        """What a panel would draw, as Prometheus answers."""
        if instant:
            found = self.get("query", query=expr, time=self.until)
        else:
            step = max(self.scrape_seconds, (self.until - self.since) / MOST_POINTS)
            found = self.get("query_range", query=expr, start=self.since, end=self.until, step=step)
        series: list[dict[str, Any]] = found["result"]
        return series

    def numbers(self, expr: str, *, instant: bool) -> list[float]:
        """Every number that a panel would draw, NaN left out."""
        found = self.series(expr, instant=instant)
        values = [pair for one in found for pair in one.get("values", [one.get("value")])]
        return [float(value) for _, value in values if not math.isnan(float(value))]

    def exemplars(self, expr: str) -> list[str]:
        """The trace ids behind a query."""
        found = self.get("query_exemplars", query=expr, start=self.since, end=self.until)
        labels = [one["labels"] for series in found for one in series["exemplars"]]
        return [one["trace_id"] for one in labels if "trace_id" in one]

    def label_values(self, query: str) -> list[str]:
        """What fills a variable: ``label_values(metric, label)``."""
        match = re.fullmatch(r"label_values\(([\w:]+), (\w+)\)", query)
        if match is None:
            raise ValueError(f"{query} is not known here")
        metric, label = match.groups()
        found: list[str] = self.get(
            f"label/{label}/values",
            **{"match[]": metric, "start": self.since, "end": self.until},
        )
        return found

    def _scrape_seconds(self) -> int:
        text = self.get("status/config")["yaml"]
        found = re.search(r"scrape_interval: (\d+)s", text)
        return int(found.group(1)) if found else 15


def range_of(asked: Asked) -> int:
    """The shown time in seconds, never so short that nothing can have grown in it."""
    return max(4 * asked.scrape_seconds, int(asked.until - asked.since))


def run(asked: Asked) -> Figures:
    """Every query of every panel of every dashboard."""
    figures = Figures()
    for board in dashboards().values():
        choices = {name: asked.label_values(query) for name, query in variables_of(board).items()}
        figures.boards += 1
        for panel in panels_of(board):
            figures.panels += 1
            for target in panel["targets"]:
                query = PanelQuery(
                    board["uid"],
                    panel["title"],
                    target["refId"],
                    filled_in(
                        target["expr"],
                        choices,
                        asked.scrape_seconds,
                        range_of(asked),
                    ),
                    target["exemplar"],
                )
                _try(asked, query, figures, instant=target["instant"])
    return figures


def _try(asked: Asked, query: PanelQuery, figures: Figures, *, instant: bool) -> None:
    figures.queries += 1
    try:
        if not asked.numbers(query.expr, instant=instant):
            figures.empty.append(f"{query.name}: {query.expr}")
        if query.exemplars:
            figures.exemplars += 1
            figures.exemplars_found += bool(asked.exemplars(query.expr))
    except ValueError as error:
        figures.refused.append(f"{query.name}: {query.expr}: {error}")


def main() -> int:
    """Returns 1 when a query has no answer."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--prometheus", help="its URL; without it a stack of its own is started")
    parser.add_argument("--minutes", type=float, default=60, help="how far back panels look")
    chosen = parser.parse_args()
    if chosen.prometheus:
        told = run(Asked(chosen.prometheus, time.time() - 60 * chosen.minutes)).told()
    else:
        with running() as observed:
            drive(observed)
            again(observed)
            told = run(Asked(observed.prometheus_url, observed.since)).told()
    for word in ("empty", "refused"):
        for line in told.pop(f"{word}_queries"):
            sys.stdout.write(f"{word}: {line}\n")
    sys.stdout.write(json.dumps(told) + "\n")
    return 1 if told["empty"] or told["refused"] else 0


if __name__ == "__main__":
    sys.exit(main())
