"""Lines for many tracks: hundreds of thousands, the same ones for the same seed."""

from __future__ import annotations

from random import Random

from ab_client.lines import OPENINGS, PLACES, QUALITIES, THINGS, TIMES

PARTS = (
    (*OPENINGS, "I honour", "I practise", "I am learning", "I remember", "I value", "I create"),
    (*QUALITIES, "a clear", "one small", "a warm", "a patient", "a playful"),
    (*THINGS, "beginning", "friendship", "meal", "stretch", "idea", "rest", "question", "step"),
    (*PLACES, "on my way", "under the trees", "in this room", "along the river", "after work"),
    (*TIMES, "every morning", "in this hour", "this season", "before I sleep"),
)


def phrase(random: Random) -> str:
    """One line that was most likely never spoken before."""
    return " ".join(random.choice(part) for part in PARTS)


def phrases(random: Random, count: int) -> list[str]:
    """So many different ones."""
    found: dict[str, None] = {}
    while len(found) < count:
        found[phrase(random)] = None
    return list(found)
