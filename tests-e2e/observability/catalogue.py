"""The catalogue of metrics, read from its file, and what may be silent in a minute's traffic."""

from __future__ import annotations

import re
from pathlib import Path

FILE = Path(__file__).resolve().parents[2] / "deploy/prometheus/metrics.md"
ROW = re.compile(r"^\| `(?P<name>\w+)` \| (?P<kind>\w+) \|", re.MULTILINE)
SELDOM = {
    "ab_outbox_parked_total": "only for a message that the broker has no queue for",
    "ab_outbox_put_off_total": "only while the broker is away",
    "ab_session_left_sounds_total": "what was left behind is forgotten after seven days",
    "ab_notices_failed_total": "only for devices that their vendor does not know",
}
"""Metrics whose labels come with what they count, and why it does not happen here."""


def kinds() -> dict[str, str]:
    """Name and type of every metric of ours."""
    return {row["name"]: row["kind"] for row in ROW.finditer(FILE.read_text(encoding="utf-8"))}


def series(name: str, kind: str) -> str:
    """The name of one of a metric's series."""
    return f"{name}_count" if kind == "histogram" else name


def silent(names: set[str]) -> set[str]:
    """Metrics of the catalogue without a sample."""
    return {name for name, kind in kinds().items() if series(name, kind) not in names}
