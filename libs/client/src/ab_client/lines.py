"""Lines to try the product with."""

from __future__ import annotations

import random

BUILT_IN = (
    "I breathe slowly and my shoulders soften",
    "My mind settles like snow on a still field",
    "I trust the small steps I take today",
    "Rest comes to me easily and stays through the night",
)

OPENINGS = ("I choose", "I welcome", "I enjoy", "I notice", "I keep", "I trust")
QUALITIES = ("one quiet", "a gentle", "an honest", "a slow", "a bright", "a steady", "a kind")
THINGS = ("breath", "walk", "morning", "pause", "word", "plan", "evening", "thought", "song")
PLACES = ("at home", "by the window", "in the garden", "at my desk", "near the sea", "with friends")
TIMES = ("tonight", "today", "right now", "each day", "this week")
PARTS = (OPENINGS, QUALITIES, THINGS, PLACES, TIMES)


def new_line() -> str:
    """A line that was most likely never spoken before: one of 11,340."""
    chosen = (random.SystemRandom().choice(part) for part in PARTS)
    return " ".join(chosen)


def with_one_changed(lines: list[str]) -> list[str]:
    """The same lines but for the last one, which is new."""
    fresh = next(line for line in iter(new_line, "") if line not in lines)
    return [*lines[:-1], fresh]
