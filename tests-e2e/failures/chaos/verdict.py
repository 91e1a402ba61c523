"""The one JSON object of a run."""

from __future__ import annotations

from collections import Counter
from typing import Any

from failures.chaos.doubles import double_effects, quota_drift
from failures.chaos.evidence import Evidence
from failures.chaos.losses import lost_messages, stuck
from failures.chaos.objects import missing_objects, orphan_objects

MUST_BE_NONE = ("stuck", "lost_messages", "double_effects", "quota_drift", "missing_objects")
DEAD = ".dead"
SHOWN = 20


def verdict(evidence: Evidence) -> tuple[dict[str, Any], dict[str, list[str]]]:
    """The counts, and what each of those counted that must be 0."""
    found = {
        "stuck": stuck(evidence),
        "lost_messages": lost_messages(evidence),
        "double_effects": double_effects(evidence),
        "quota_drift": quota_drift(evidence),
        "missing_objects": missing_objects(evidence),
    }
    ends = Counter(outcome.end for outcome in evidence.outcomes)
    dead = sum(n for queue, n in evidence.waiting.items() if queue.endswith(DEAD))
    counts = {
        "submitted": len(evidence.outcomes),
        "ready": ends["ready"],
        "failed_with_reason": ends["failed"],
        **{name: len(items) for name, items in found.items()},
        "orphan_objects": len(orphan_objects(evidence)),
        "dead_letters": dead,
    }
    return counts, {name: items[:SHOWN] for name, items in found.items() if items}


def passed(counts: dict[str, Any]) -> bool:
    """Whether nothing was lost, doubled, left hanging or out of balance."""
    return not any(counts[name] for name in MUST_BE_NONE)
