"""How often a listener did what with a session, and at which hours of theirs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from ab_session.domain.listening.events import EARLY, Listened

EARLY_MS = EARLY.total_seconds() * 1000
COUNTED = {
    "start": "starts",
    "complete": "completes",
    "abandon": "abandons",
    "replay": "replays",
    "skip_affirmation": "skips",
    "mix_adjust": "mix_changes",
}


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of one session in one local hour; ``recent`` are completes of the last weeks.

    ``last_start`` is the UTC day of the last start in that hour.
    """

    session_id: UUID
    hour: int
    starts: int = 0
    completes: int = 0
    abandons: int = 0
    early_abandons: int = 0
    replays: int = 0
    skips: int = 0
    mix_changes: int = 0
    recent: int = 0
    last_start: date | None = None


def tally(events: Iterable[Listened], recent_since: date) -> list[Tally]:
    """Counts one user's events; their order does not matter."""
    kept = list(events)
    groups: dict[tuple[UUID, int], list[Listened]] = {}
    for event in kept:
        groups.setdefault((event.session_id, event.local_hour), []).append(event)
    return [_counted(key, group, kept, recent_since) for key, group in sorted(groups.items())]


def is_early(abandon: Listened, events: Iterable[Listened]) -> bool:
    """Whether somebody left within 90 s: by what the app measured, else by the last start."""
    measured = abandon.details.get("listenedMs")
    if measured is not None:
        return bool(measured < EARLY_MS)
    return any(
        event.event_type == "start"
        and event.session_id == abandon.session_id
        and abandon.occurred_at - EARLY < event.occurred_at <= abandon.occurred_at
        for event in events
    )


def _counted(
    key: tuple[UUID, int], group: Sequence[Listened], events: Sequence[Listened], since: date
) -> Tally:
    counts = Counter(COUNTED[event.event_type] for event in group)
    starts = [event.occurred_at.date() for event in group if event.event_type == "start"]
    finished = [event.occurred_at.date() for event in group if event.event_type == "complete"]
    abandons = [event for event in group if event.event_type == "abandon"]
    session_id, hour = key
    return Tally(
        session_id=session_id,
        hour=hour,
        **counts,
        early_abandons=sum(is_early(event, events) for event in abandons),
        recent=sum(day >= since for day in finished),
        last_start=max(starts, default=None),
    )
