"""Keeps what listeners did, told at once or days later, in any order and any number of times."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from ab_shared.contracts.listening import (
    EVENT_TYPES,
    Happened,
    Reason,
    RecordedEvents,
    RecordEvents,
    RejectedEvent,
)
from ab_shared.runtime.clock import Clock
from prometheus_client import Counter

from ab_session.domain.listening.clocks import corrected, skew, zone_named
from ab_session.domain.listening.details import kept_details
from ab_session.domain.listening.events import Listened
from ab_session.ports import Store, Unit

COUNTED = Counter(
    "ab_listening_events_total",
    "Listening events by type and what became of them.",
    ("type", "outcome"),
)


@dataclass(frozen=True, slots=True)
class _Batch:
    """What all events of one request have in common."""

    user_id: str
    received_at: datetime
    off: timedelta
    zone: ZoneInfo
    playable: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class RecordListening:
    """One transaction a batch; ``kept`` is how long events are, and how old one may be."""

    store: Store
    clock: Clock
    kept: timedelta

    async def __call__(self, request: RecordEvents) -> RecordedEvents:
        """What is refused is refused by itself: the rest of the batch is kept."""
        first = {event.client_event_id: event for event in reversed(request.events)}
        async with self.store.begin() as unit:
            await unit.listening.hold(request.user_id)
            known = await unit.listening.known(request.user_id, list(first))
            fresh = [event for name, event in first.items() if name not in known]
            batch = await self._batch(unit, request, fresh)
            judged = [(event, self._judged(batch, event)) for event in reversed(fresh)]
            accepted = [told for _, told in judged if isinstance(told, Listened)]
            await unit.listening.add(accepted)
        _count("accepted", (event.event_type for event in accepted))
        rejected = [(event, told) for event, told in judged if not isinstance(told, Listened)]
        _count("rejected", (event.event_type for event, _ in rejected))
        duplicates = len(request.events) - len(fresh)
        COUNTED.labels("any", "duplicate").inc(duplicates)
        return RecordedEvents(
            accepted=len(accepted),
            duplicates=duplicates,
            rejected=tuple(
                RejectedEvent(client_event_id=event.client_event_id, reason=reason)
                for event, reason in rejected
            ),
        )

    async def _batch(self, unit: Unit, request: RecordEvents, fresh: list[Happened]) -> _Batch:
        received_at = self.clock()
        told = [event.occurred_at for event in request.events if event.occurred_at is not None]
        sessions = {event.session_id for event in fresh if event.session_id is not None}
        kept = await unit.zones.zone_of(request.user_id)
        return _Batch(
            request.user_id,
            received_at,
            skew(request.sent_at, received_at, told),
            zone_named(request.timezone, kept),
            await unit.listening.playable(request.user_id, sessions),
        )

    def _judged(self, batch: _Batch, event: Happened) -> Listened | Reason:
        event_type = EVENT_TYPES.get(event.event_type)
        if event_type is None:
            return "type"
        # Somebody else's session does not exist, nor does one that is deleted.
        if event.session_id is None or event.session_id not in batch.playable:
            return "session"
        if event.occurred_at is None:
            return "time"
        at, reason = corrected(event.occurred_at, batch.off, batch.received_at, self.kept)
        if reason is not None:
            return reason
        return Listened(
            user_id=batch.user_id,
            client_event_id=event.client_event_id,
            session_id=event.session_id,
            event_type=event_type,
            occurred_at=at,
            received_at=batch.received_at,
            local_hour=at.astimezone(batch.zone).hour,
            details=kept_details(event.metadata),
        )


def _count(outcome: str, types: Iterable[str]) -> None:
    for name in types:
        # A type that nobody knows is somebody's invention, and no label.
        COUNTED.labels(name if name in EVENT_TYPES else "unknown", outcome).inc()
