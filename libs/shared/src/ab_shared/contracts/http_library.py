"""What the app sends and gets when a session is edited, duplicated or shared."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from ab_shared.contracts.http import ApiModel, Instant, PlaybackBundleVM, SessionV3, optional
from ab_shared.contracts.sharing import DEFAULT_HOURS, MOST_HOURS
from ab_shared.contracts.writing import MAX_LINES, Label, Line, Title, VoiceName

MAX_SEARCH_LENGTH = 100


class EditIn(ApiModel):
    """What is to change; what is left out stays as it is.

    ``goalTag: null`` takes the goal away. ``solfeggioHz`` or ``frequencyHz`` set the bed, null for
    both the one that goes with the goal.
    """

    title: Title | None = None
    goal_tag: Label | None = None
    affirmations: Annotated[list[Line], Field(min_length=1, max_length=MAX_LINES)] | None = None
    voice_id: VoiceName | None = None
    pace: Literal["slow"] | None = None
    solfeggio_hz: Annotated[float, Field(ge=1, le=20000)] | None = None
    frequency_hz: Annotated[float, Field(gt=0, le=1000)] | None = None


class EditedSessionV3(SessionV3):
    """A session after an edit, and the job that is making its audio where one is live or was made.

    While that is so ``audio`` is absent: the track of other lines is no longer this session's.
    """

    audio_job_id: UUID | None = optional(alias="_audioJobId")
    new_reads: int = Field(
        alias="_newReads",
        description="How many reads are spoken anew for this edit; another voice speaks them all",
    )


class DuplicateIn(ApiModel):
    """How the copy is called; else as what it is a copy of."""

    title: Title | None = optional()
    local_draft_id: UUID | None = optional(description="Sent again it names the same copy")


class ShareIn(ApiModel):
    """How long a link shall hold."""

    expires_in_hours: int = Field(default=DEFAULT_HOURS, ge=1, le=MOST_HOURS)


class ShareOut(ApiModel):
    """A link to a session."""

    id: UUID
    created_at: Instant
    expires_at: Instant


class NewShareOut(ShareOut):
    """A new link; its token is told this once and kept nowhere."""

    token: str = Field(repr=False)
    path: str = Field(repr=False, description="Where anybody may open it, behind the API's host")


class ShareListOut(ApiModel):
    """The links that hold, newest first."""

    shares: list[ShareOut]


class SharedSessionOut(ApiModel):
    """What a link shows; ``bundle`` is absent while the audio is being made."""

    title: str
    goal_tag: str | None = optional()
    affirmations: list[str]
    expires_at: Instant
    bundle: PlaybackBundleVM | None = optional()
