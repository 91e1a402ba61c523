"""Points in time as people type them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import typer

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
AGO = re.compile(r"(?P<count>\d{1,6})(?P<unit>[smhd])")


def moment(text: str) -> datetime:
    """``90m``, ``2h``, ``7d`` ago, or an ISO 8601 instant: UTC unless it says otherwise."""
    if ago := AGO.fullmatch(text):
        return datetime.now(UTC) - timedelta(**{UNITS[ago["unit"]]: int(ago["count"])})
    try:
        told = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter("say 90m, 2h, 7d or 2026-01-31T12:00:00Z") from None
    return told if told.tzinfo else told.replace(tzinfo=UTC)
