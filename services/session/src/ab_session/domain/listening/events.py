"""Something a listener did with a session."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from ab_shared.contracts.listening import EventType

# Whoever leaves before has not listened: product rule for the shelf.
EARLY = timedelta(seconds=90)
# Where nobody sets it: a year, and the same weeks of the year before.
KEPT = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Listened:
    """An event as it is kept; ``local_hour`` is that of the listener's zone, 0 to 23."""

    user_id: str
    client_event_id: str
    session_id: UUID
    event_type: EventType
    occurred_at: datetime
    received_at: datetime
    local_hour: int
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def days(self) -> frozenset[date]:
        """The UTC days whose counts it touches: a start may make an abandon of tomorrow early."""
        until = self.occurred_at + EARLY if self.event_type == "start" else self.occurred_at
        return frozenset({self.occurred_at.date(), until.date()})
