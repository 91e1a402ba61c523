"""What is kept of an event's metadata: known keys with sane values, and no free text."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from ab_shared.contracts.curation import SLOTS
from ab_shared.contracts.stems import known_background

LONGEST_MS = 86_400_000
MOST_LINES = 200
VOLUMES = ("affirmations", "binaural", "background")


def kept_details(told: Mapping[str, Any]) -> dict[str, Any]:
    """The part of ``told`` that is understood; seconds become milliseconds.

    A key nobody knows, or whose value cannot be, is left out: what else an event says still holds.
    """
    kept: dict[str, Any] = {}
    for key, (name, read) in KNOWN.items():
        value = read(told[key]) if key in told else None
        if value is not None:
            kept.setdefault(name, value)
    return kept


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if math.isfinite(value) else None


def _within(most: int, scale: int = 1) -> Callable[[Any], int | None]:
    def read(value: Any) -> int | None:
        number = _number(value)
        # Compared before it is scaled: a whole number may have any length.
        return None if number is None or not 0 <= number <= most / scale else round(number * scale)

    return read


def _mix(value: Any) -> dict[str, float] | None:
    if not isinstance(value, Mapping):
        return None
    volumes = {name: _number(value.get(name)) for name in VOLUMES}
    return {
        name: round(float(volume), 4)
        for name, volume in volumes.items()
        if volume is not None and 0 <= volume <= 1
    } or None


def _flag(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _slot(value: Any) -> str | None:
    return value if isinstance(value, str) and value in SLOTS else None


def _background(value: Any) -> str | None:
    stem = known_background(value) if isinstance(value, str) else None
    return stem.stem_id if stem else None


_TIME, _SECONDS = _within(LONGEST_MS), _within(LONGEST_MS, 1000)
# The first of two names for one thing goes before the other.
KNOWN: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "listenedMs": ("listenedMs", _TIME),
    "listenedSec": ("listenedMs", _SECONDS),
    "positionMs": ("positionMs", _TIME),
    "positionSec": ("positionMs", _SECONDS),
    "lineIndex": ("lineIndex", _within(MOST_LINES)),
    "affirmationIndex": ("lineIndex", _within(MOST_LINES)),
    "mix": ("mix", _mix),
    "offline": ("offline", _flag),
    "slot": ("slot", _slot),
    "backgroundId": ("backgroundId", _background),
}
