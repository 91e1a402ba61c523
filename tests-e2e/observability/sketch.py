"""Draws the dashboards' layout with a live Prometheus' numbers: sketches, not Grafana's pictures.

``PYTHONPATH=tests-e2e .venv/bin/python -m observability.sketch --prometheus URL --out FOLDER``
writes one SVG a dashboard. Rows that repeat are drawn once, for all values.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from observability.panel_run import Asked, range_of
from observability.panels import dashboards, filled_in, variables_of
from observability.units import written

UNIT_WIDTH, UNIT_HEIGHT, GAP, LETTER = 56, 30, 4, 6.4
COLORS = ("#73bf69", "#f2cc0c", "#5794f2", "#ff9830", "#f2495c", "#b877d9", "#37872d", "#8ab8ff")
NAMED = {"green": "#73bf69", "orange": "#ff9830", "red": "#f2495c", "yellow": "#f2cc0c"}
TEXT, FAINT, PAPER, CARD = "#d8d9da", "#8e8e8e", "#111217", "#181b1f"
MOST_SERIES = 8
Points = list[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Series:
    """One line, bar or cell: what it is called, its labels and its numbers."""

    name: str
    labels: dict[str, str]
    points: Points
    dashed: bool = False
    ref: str = "A"

    @property
    def last(self) -> float:
        """The newest number."""
        return self.points[-1][1]


@dataclass(frozen=True, slots=True)
class Box:
    """Where a panel is, in pixels."""

    x: float
    y: float
    width: float
    height: float


def sketched(board: dict[str, Any], asked: Asked) -> str:
    """One dashboard as an SVG document."""
    choices = {name: asked.label_values(query) for name, query in variables_of(board).items()}
    grid = [panel["gridPos"] for panel in board["panels"]]
    width = 24 * UNIT_WIDTH
    height = max(place["y"] + place["h"] for place in grid) * UNIT_HEIGHT + 34
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">',
        f'<rect width="100%" height="100%" fill="{PAPER}"/>',
        _text(8, 22, f"{board['title']}: a sketch of its layout with live numbers", TEXT, 15),
    ]
    for panel in board["panels"]:
        place = panel["gridPos"]
        box = Box(
            place["x"] * UNIT_WIDTH + GAP / 2,
            place["y"] * UNIT_HEIGHT + 34,
            place["w"] * UNIT_WIDTH - GAP,
            place["h"] * UNIT_HEIGHT - GAP,
        )
        if panel["type"] == "row":
            parts.append(_text(box.x + 4, box.y + 19, f"▾ {panel['title']}", TEXT, 13))
        else:
            parts += _panel(panel, box, list(_series(panel, asked, choices)))
    return "\n".join([*parts, "</svg>\n"])


def _series(panel: dict[str, Any], asked: Asked, choices: dict[str, list[str]]) -> Iterator[Series]:
    dashed = {one["matcher"]["options"] for one in panel["fieldConfig"]["overrides"]}
    for target in panel["targets"]:
        expr = filled_in(target["expr"], choices, asked.scrape_seconds, range_of(asked))
        for found in asked.series(expr, instant=target["instant"]):
            labels, legend = found["metric"], target["legendFormat"]
            name = re.sub(r"\{\{(\w+)\}\}", lambda m, told=labels: told.get(m[1], ""), legend)
            values = [found["value"]] if "value" in found else found["values"]
            points = [(float(at), float(value)) for at, value in values if value != "NaN"]
            if points:
                yield Series(name, labels, points, target["refId"] in dashed, target["refId"])


def _panel(panel: dict[str, Any], box: Box, series: list[Series]) -> Iterator[str]:
    yield (
        f'<rect x="{box.x}" y="{box.y}" width="{box.width}" height="{box.height}" rx="3"'
        f' fill="{CARD}" stroke="#2c3235"/>'
    )
    yield _text(box.x + 8, box.y + 17, panel["title"], TEXT, 12)
    inner = Box(box.x + 8, box.y + 26, box.width - 16, box.height - 34)
    if not series:
        yield _text(inner.x, inner.y + 20, "no data", FAINT, 12)
    else:
        yield from DRAWN[panel["type"]](panel, inner, series)


def _stat(panel: dict[str, Any], box: Box, series: list[Series]) -> Iterator[str]:
    color = _color(panel, series[0].last)
    number = written(series[0].last, panel["fieldConfig"]["defaults"]["unit"])
    yield _text(box.x + box.width / 2, box.y + box.height / 2, number, color, 30, "middle")
    yield _line(series[0].points, Box(box.x, box.y + box.height - 26, box.width, 26), color)


def _bars(panel: dict[str, Any], box: Box, series: list[Series]) -> Iterator[str]:
    field = panel["fieldConfig"]["defaults"]
    most = field.get("max") or max(one.last for one in series) or 1
    step = min(26, box.height / len(series))
    for at, one in enumerate(series):
        y, share = box.y + at * step, max(0, min(1, one.last / most))
        color = _color(panel, one.last)
        yield (
            f'<rect x="{box.x + 110}" y="{y}" width="{max(1, (box.width - 190) * share)}"'
            f' height="{step - 5}" fill="{color}" opacity="0.8"/>'
        )
        yield _text(box.x, y + step / 2 + 2, one.name[:20], TEXT)
        yield _text(
            box.x + box.width, y + step / 2 + 2, written(one.last, field["unit"]), color, 11, "end"
        )


def _table(panel: dict[str, Any], box: Box, series: list[Series]) -> Iterator[str]:
    organized = panel["transformations"][-1]["options"]["renameByName"]
    keys = [key for key in organized if not key.startswith("Value")]
    columns = [name for key, name in organized.items() if key.startswith("Value")]
    units = {
        one["matcher"]["options"]: one["properties"][0]["value"]
        for one in panel["fieldConfig"]["overrides"]
    }
    rows: dict[tuple[str, ...], dict[str, float]] = {}
    for one in series:
        row = rows.setdefault(tuple(one.labels.get(key, "") for key in keys), {})
        row[columns[ord(one.ref) - ord("A")]] = one.last
    heads = [*(organized[key] for key in keys), *columns]
    width = box.width / (len(heads) + 1)
    places = [box.x, *(box.x + width * (at + 2) for at in range(len(heads) - 1))]
    for place, head in zip(places, heads, strict=True):
        yield _text(place, box.y + 8, head, FAINT)
    ordered = sorted(rows.items(), key=lambda row: -row[1].get(columns[0], 0))
    for at, (told, numbers) in enumerate(ordered[: int((box.height - 14) / 15)]):
        cells = [
            *(label[:40] for label in told),
            *(written(numbers[name], units[name]) if name in numbers else "" for name in columns),
        ]
        for place, cell in zip(places, cells, strict=True):
            yield _text(place, box.y + 24 + at * 15, cell, TEXT)


def _lines(panel: dict[str, Any], box: Box, series: list[Series]) -> Iterator[str]:
    unit = panel["fieldConfig"]["defaults"]["unit"]
    series = sorted(series, key=lambda one: -one.last)[:MOST_SERIES]
    values = [value for one in series for _, value in one.points]
    low, high = min(0.0, *values), max(*values, 0.0)
    high = high if high > low else low + 1
    drawn = Box(box.x, box.y, box.width, box.height - 30)
    yield _text(box.x, box.y + 8, written(high, unit), FAINT, 9)
    yield _text(box.x, drawn.y + drawn.height, written(low, unit), FAINT, 9)
    x, y = box.x, box.y + box.height - 14
    for color, one in zip(COLORS, series, strict=False):
        shade = FAINT if one.dashed else color
        yield _line(one.points, drawn, shade, (low, high), dashed=one.dashed)
        told = f"{one.name} {written(one.last, unit)}"[:48]
        if x + len(told) * LETTER > box.x + box.width:
            x, y = box.x, y + 12
        if y < box.y + box.height:
            yield _text(x, y + 8, told, shade, 10)
        x += (len(told) + 2) * LETTER


def _line(
    points: Points,
    box: Box,
    color: str,
    ends: tuple[float, float] | None = None,
    *,
    dashed: bool = False,
) -> str:
    low, high = ends or (min(v for _, v in points), max(v for _, v in points))
    begin, end = points[0][0], max(points[-1][0], points[0][0] + 1)
    spread = high - low or 1
    told = " ".join(
        f"{box.x + (at - begin) / (end - begin) * box.width:.1f},"
        f"{box.y + box.height - (value - low) / spread * box.height:.1f}"
        for at, value in points
    )
    dash = ' stroke-dasharray="4 4"' if dashed else ""
    return f'<polyline points="{told}" fill="none" stroke="{color}" stroke-width="1.4"{dash}/>'


def _color(panel: dict[str, Any], value: float) -> str:
    steps = panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
    reached = [step for step in steps if step["value"] is None or value >= step["value"]]
    return NAMED.get(reached[-1]["color"], TEXT)


def _text(x: float, y: float, text: str, color: str, size: int = 11, anchor: str = "start") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" fill="{color}" font-family="sans-serif" font-size="{size}"'
        f' text-anchor="{anchor}">{escape(text)}</text>'
    )


DRAWN = {"stat": _stat, "bargauge": _bars, "table": _table, "timeseries": _lines}


def main() -> int:
    """Returns 0."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--prometheus", required=True, help="its URL")
    parser.add_argument("--minutes", type=float, default=15, help="how far back panels look")
    parser.add_argument("--out", type=Path, required=True)
    chosen = parser.parse_args()
    asked = Asked(chosen.prometheus, time.time() - 60 * chosen.minutes)
    chosen.out.mkdir(parents=True, exist_ok=True)
    for name, board in dashboards().items():
        (chosen.out / f"{name}.svg").write_text(sketched(board, asked), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
