"""The public wire format of what was listened to."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, JsonValue, ValidationError, WrapValidator
from pydantic.json_schema import SkipJsonSchema

from ab_shared.contracts.http import ApiModel, optional
from ab_shared.contracts.listening import MOST_DETAILS, MOST_EVENTS, EventType, Reason

_SESSION = "5b53366c-48e8-4672-a420-9430c4436577"
_KNOWN = (
    "Understood and kept: `listenedMs` or `listenedSec`, `positionMs` or `positionSec`, "
    "`lineIndex`, `mix` {affirmations, binaural, background}, `backgroundId`, `slot` of the shelf, "
    "`offline`. Everything else is ignored"
)
Details = Annotated[dict[str, JsonValue], Field(max_length=MOST_DETAILS)]
# Read, never kept: whatever stands there, it can be rejected by itself.
Told = Annotated[str, Field(min_length=1, max_length=64)]
Rejection = Literal[Reason, "id", "metadata"]
_WRONG: dict[str, Rejection] = {
    "clientEventId": "id",
    "eventType": "type",
    "sessionId": "session",
    "occurredAt": "time",
    "metadata": "metadata",
}


class ListeningIn(ApiModel):
    """What the listener did just now."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"eventType": "start", "metadata": {"slot": "tonight"}},
                {"eventType": "abandon", "metadata": {"listenedSec": 42}},
            ]
        }
    )

    event_type: EventType
    metadata: Details | None = optional(description=_KNOWN)


class ListeningOut(ApiModel):
    """It is kept."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"success": True}]})

    success: bool = True


class RecordedIn(ApiModel):
    """An event recorded offline. What cannot be kept is rejected by itself, never the batch."""

    client_event_id: Annotated[str, Field(pattern=r"^[!-~]{1,64}$")] = Field(
        description="The app's own, best a UUID: sent again, it is known"
    )
    session_id: Told = Field(description="Of the catalogue or one's own")
    event_type: Told = Field(
        description="start, complete, abandon, replay, skip_affirmation or mix_adjust"
    )
    occurred_at: Told = Field(description="ISO 8601 with its offset, by the phone's clock")
    metadata: Details | None = optional(description=_KNOWN)


class UnreadEvent(ApiModel):
    """What stands where an event should, and why it is none."""

    client_event_id: str | None
    reason: Rejection


def _read(value: Any, _: Any) -> RecordedIn | UnreadEvent:
    """The event, or the first thing that is wrong with it: the batch goes on without it."""
    try:
        return RecordedIn.model_validate(value, strict=True, by_alias=True, by_name=False)
    except ValidationError as error:
        wrong = {str(row["loc"][0]) for row in error.errors() if row["loc"]}
    reason = next((why for name, why in _WRONG.items() if name in wrong), "id")
    return UnreadEvent(
        client_event_id=None if reason == "id" else value["clientEventId"], reason=reason
    )


Recorded = Annotated[RecordedIn | SkipJsonSchema[UnreadEvent], WrapValidator(_read)]


class RecordedBatchIn(ApiModel):
    """What was recorded offline, in any order."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "events": [
                        {
                            "clientEventId": "6f1d8f9e-52a4-4a55-93a7-0b9b7a5c1c11",
                            "sessionId": _SESSION,
                            "eventType": "complete",
                            "occurredAt": "2026-01-04T22:31:07Z",
                            "metadata": {"listenedMs": 1800000, "offline": True},
                        }
                    ],
                    "sentAt": "2026-01-05T07:02:11Z",
                }
            ]
        }
    )

    events: Annotated[list[Recorded], Field(max_length=MOST_EVENTS)]
    sent_at: Told | None = optional(
        description="What the phone's clock says now: if it is wrong, the events' times are "
        "corrected by as much"
    )


class RejectedOut(ApiModel):
    """An event that is not kept, and never will be: no need to send it again."""

    client_event_id: str | None = optional(description="Absent where it is not readable")
    index: int | None = optional(
        ge=0, description="Its place in the batch from 0, where it has no readable id"
    )
    reason: Rejection


class RecordedOut(ApiModel):
    """What became of the batch; the three add up to it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "accepted": 12,
                    "duplicates": 1,
                    "rejected": 1,
                    "rejections": [
                        {
                            "clientEventId": "6f1d8f9e-52a4-4a55-93a7-0b9b7a5c1c11",
                            "reason": "session",
                        }
                    ],
                }
            ]
        }
    )

    accepted: int
    duplicates: int = Field(description="Known already")
    rejected: int
    rejections: list[RejectedOut] | None = optional(description="Which, and why")
