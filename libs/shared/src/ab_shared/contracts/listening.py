"""Telling what was listened to: now, or recorded offline and told late, twice, out of order."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, get_args
from uuid import UUID

from pydantic import AwareDatetime, Field, JsonValue

from ab_shared.contracts.base import Contract, Request
from ab_shared.contracts.writing import PLAIN

MOST_EVENTS = 500
MOST_DETAILS = 32
EventType = Literal["start", "complete", "abandon", "replay", "skip_affirmation", "mix_adjust"]
EVENT_TYPES: dict[str, EventType] = {name: name for name in get_args(EventType)}
EventId = Annotated[str, Field(min_length=1, max_length=64), PLAIN]
Reason = Literal["session", "type", "time", "too_old", "future"]
"""``session``: not theirs, or gone; ``type``: nobody knows it; ``time``: not an instant."""


class Happened(Contract):
    """An event as the app tells it; None where what it said could not be read as such."""

    client_event_id: EventId
    session_id: UUID | None
    event_type: Annotated[str, Field(max_length=64)]
    occurred_at: AwareDatetime | None
    metadata: Annotated[dict[str, JsonValue], Field(max_length=MOST_DETAILS)] = Field(
        default_factory=dict
    )


class RejectedEvent(Contract):
    """An event that is not kept, now or when it is sent again."""

    client_event_id: str
    reason: Reason


class RecordedEvents(Contract):
    """What became of a batch; the three add up to it."""

    accepted: int
    duplicates: int
    rejected: tuple[RejectedEvent, ...] = ()


class RecordEvents(Request[RecordedEvents]):
    """Keep events of one user, each once. Telling them again changes nothing.

    ``sent_at`` is what the sender's clock said when it sent them: by how much it is wrong, the
    events are taken to be wrong too. ``timezone`` goes before the one of the profile.
    """

    routing_key: ClassVar[str] = "session.record_events.v1"
    reply_type: ClassVar[type[Contract]] = RecordedEvents

    user_id: str
    events: Annotated[tuple[Happened, ...], Field(max_length=MOST_EVENTS)]
    sent_at: AwareDatetime | None = None
    timezone: str | None = None
