"""What listeners did, on its way in, and the shelf that is made from it."""

from __future__ import annotations

import hashlib
from uuid import UUID, uuid4

from ab_shared.contracts import curation, http_curation, http_listening, listening
from ab_shared.errors import NotFound, ValidationFailed
from ab_shared.messaging.ports import Caller
from ab_shared.runtime.clock import Clock

from ab_gateway.domain.identity import Identity
from ab_gateway.domain.presenting_listening import (
    happened,
    instant,
    recorded_out,
    shelf_out,
    unread,
)


class FollowListening:
    """Keeps nothing here: the shelf changes with every event."""

    def __init__(self, services: Caller, now: Clock) -> None:
        self._services = services
        self._now = now

    async def at_once(
        self,
        caller: Identity,
        session_id: UUID,
        event: http_listening.ListeningIn,
        zone: str | None,
        key: str | None,
    ) -> http_listening.ListeningOut:
        """An event of this moment; under a key it is the same event however often it comes.

        Raises:
            NotFound: no such session, or somebody else's.
        """
        told = listening.Happened(
            client_event_id=_event_id(caller, session_id, key),
            session_id=session_id,
            event_type=event.event_type,
            occurred_at=self._now(),
            metadata=event.metadata or {},
        )
        request = listening.RecordEvents(user_id=caller.user_id, events=(told,), timezone=zone)
        for rejected in (await self._services.call(request)).rejected:
            if rejected.reason == "session":
                raise NotFound("There is no such session")
            raise ValidationFailed("The event is not valid", details={"event": rejected.reason})
        return http_listening.ListeningOut()

    async def later(
        self, caller: Identity, batch: http_listening.RecordedBatchIn, zone: str | None
    ) -> http_listening.RecordedOut:
        """What was recorded offline."""
        events = tuple(
            happened(event)
            for event in batch.events
            if isinstance(event, http_listening.RecordedIn)
        )
        refused = unread(batch.events)
        if not events:
            return recorded_out(listening.RecordedEvents(accepted=0, duplicates=0), refused)
        sent_at = instant(batch.sent_at)
        request = listening.RecordEvents(
            user_id=caller.user_id, events=events, sent_at=sent_at, timezone=zone
        )
        return recorded_out(await self._services.call(request), refused)

    async def shelf(self, caller: Identity, zone: str | None) -> http_curation.ShelfOut:
        """The shelf of this hour of theirs."""
        request = curation.GetCuration(user_id=caller.user_id, timezone=zone)
        return shelf_out(await self._services.call(request))


def _event_id(caller: Identity, session_id: UUID, key: str | None) -> str:
    if key is None:
        return uuid4().hex
    # Hashed with its session: a client may number its requests from one in each.
    return hashlib.sha256(f"{caller.user_id}\n{session_id}\n{key}".encode()).hexdigest()
