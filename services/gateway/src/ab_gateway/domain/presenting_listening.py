"""Listening and the shelf, between the app's words and those of the services."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from uuid import UUID

from ab_shared.contracts import curation, http_curation, http_listening, listening
from ab_shared.contracts.stems import known_background
from pydantic import AwareDatetime, TypeAdapter, ValidationError

INSTANT: TypeAdapter[datetime] = TypeAdapter(AwareDatetime)


def happened(event: http_listening.RecordedIn) -> listening.Happened:
    """The event; what cannot be read in it is None, and is rejected by itself."""
    return listening.Happened(
        client_event_id=event.client_event_id,
        session_id=_uuid(event.session_id),
        event_type=event.event_type,
        occurred_at=instant(event.occurred_at),
        metadata=event.metadata or {},
    )


def instant(text: str | None) -> datetime | None:
    """An instant with its offset, in UTC; None for anything else, and before and after all days."""
    if text is None or text.lstrip("+-").replace(".", "").isdigit():
        # pydantic would take a bare number for seconds since 1970.
        return None
    with suppress(ValidationError, OverflowError):
        return INSTANT.validate_python(text).astimezone(UTC)
    return None


def unread(
    events: Sequence[http_listening.RecordedIn | http_listening.UnreadEvent],
) -> list[http_listening.RejectedOut]:
    """Those that are no events; where they have no name, their place in the batch says which."""
    return [
        http_listening.RejectedOut(
            client_event_id=event.client_event_id,
            index=place if event.client_event_id is None else None,
            reason=event.reason,
        )
        for place, event in enumerate(events)
        if isinstance(event, http_listening.UnreadEvent)
    ]


def recorded_out(
    told: listening.RecordedEvents, unread: Sequence[http_listening.RejectedOut] = ()
) -> http_listening.RecordedOut:
    """What became of a batch."""
    rejections = [*unread, *_rejected(told)]
    return http_listening.RecordedOut(
        accepted=told.accepted,
        duplicates=told.duplicates,
        rejected=len(rejections),
        rejections=rejections or None,
    )


def _rejected(told: listening.RecordedEvents) -> list[http_listening.RejectedOut]:
    return [
        http_listening.RejectedOut(client_event_id=one.client_event_id, reason=one.reason)
        for one in told.rejected
    ]


def shelf_out(shelf: curation.Shelf) -> http_curation.ShelfOut:
    """The cards in the app's words."""
    return http_curation.ShelfOut(cards=[_card(card) for card in shelf.cards])


def _card(card: curation.Card) -> http_curation.CardOut:
    path, background = card.path, known_background(card.background_id)
    return http_curation.CardOut(
        slot=card.slot,
        session_id=card.session_id,
        title=card.title,
        duration=card.seconds,
        voice_id=card.voice_id,
        brain_layer_type=card.layer_type,
        brain_layer_preset=card.layer_preset,
        # Session names it by its title, the catalogue by its id.
        background_id=background.stem_id if background else card.background_id,
        why_text=card.why,
        path_info=http_curation.PathInfoOut.model_validate(path.model_dump()) if path else None,
    )


def _uuid(text: str) -> UUID | None:
    with suppress(ValueError):
        return UUID(text)
    return None
