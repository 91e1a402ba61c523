"""What a user listened to, and their shelf: typed, one method a route."""

from __future__ import annotations

from uuid import UUID

from ab_shared.contracts.http_curation import CardOut, ShelfOut
from ab_shared.contracts.http_listening import (
    Details,
    ListeningIn,
    ListeningOut,
    RecordedBatchIn,
    RecordedOut,
)
from ab_shared.contracts.listening import EventType

from ab_client.api import ApiClient


class Listening:
    """The user of a client, as they listen."""

    def __init__(self, client: ApiClient) -> None:
        self._client = client

    async def tell(
        self, session_id: UUID, event_type: EventType, metadata: Details | None = None
    ) -> None:
        """Something they did just now."""
        body = ListeningIn(event_type=event_type, metadata=metadata)
        await self._client.call("POST", f"/v1/sessions/{session_id}/events", ListeningOut, body)

    async def tell_later(self, batch: RecordedBatchIn) -> RecordedOut:
        """What was recorded offline; telling it again does no harm."""
        return await self._client.call("POST", "/v1/events", RecordedOut, batch)

    async def for_you(self, zone: str | None = None) -> dict[str, CardOut]:
        """The shelf of this hour by slot, in an IANA zone if not in that of the profile."""
        headers = {"X-Timezone": zone} if zone else None
        shelf = await self._client.call("GET", "/v1/me/curation", ShelfOut, headers=headers)
        return {card.slot: card for card in shelf.cards}
