"""The public wire format: what the installed app sends and reads.

Absent optional fields are left out, never null, unless a field is marked nullable.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field, PlainSerializer, StrictBool, WithJsonSchema

from ab_shared.contracts.base import WireModel
from ab_shared.contracts.rpc import BrainwaveState, Source
from ab_shared.contracts.writing import (
    MAX_LINES,
    Email,
    Label,
    Line,
    Password,
    Title,
    Token,
    VoiceName,
)
from ab_shared.errors import ErrorCode

# Number.MAX_SAFE_INTEGER: the app holds numbers as doubles and knows no "unlimited".
UNLIMITED = 9007199254740991


def _instant(value: datetime) -> str:
    utc = value.astimezone(UTC) if value.tzinfo else value
    return utc.strftime("%Y-%m-%dT%H:%M:%S.") + f"{utc.microsecond // 1000:03d}Z"


def absent(value: object) -> bool:
    """Whether a field is left out of a body."""
    return value is None


def optional(**rules: Any) -> Any:
    """A field that is left out when it has no value, never written as null."""
    return Field(default=None, exclude_if=absent, **rules)


Instant = Annotated[
    datetime,
    PlainSerializer(_instant, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]


class ApiModel(WireModel):
    """A body of the public API; leaves out what is absent."""

    model_config = ConfigDict(serialize_by_alias=True)


class ApiError(ApiModel):
    """Every refusal and failure; ``requestId`` is letters only."""

    code: ErrorCode
    message: str
    details: dict[str, Any] | None = optional()
    request_id: str | None = optional()


class Health(ApiModel):
    """The app's light."""

    ok: Literal[True] = True


class CredentialsIn(ApiModel):
    """Sign-up and sign-in at the built-in issuer."""

    email: Email = Field(repr=False)
    password: Password = Field(repr=False)


class RefreshIn(ApiModel):
    """A refresh token to change or to revoke."""

    refresh_token: Token = Field(repr=False)


class LogoutIn(RefreshIn):
    """A refresh token to revoke; ``everywhere`` ends all of its user's sign-ins."""

    everywhere: StrictBool = False


class Tokens(ApiModel):
    """A signed-in user's tokens; ``expiresIn`` in seconds."""

    access_token: str = Field(repr=False)
    refresh_token: str = Field(repr=False)
    expires_in: int
    token_type: Literal["Bearer"] = "Bearer"


class ProfileOut(ApiModel):
    """Who the caller is."""

    id: str
    timezone: str
    created_at: Instant


class Limits(ApiModel):
    """What a plan allows."""

    daily_generations: int
    max_session_length_sec: int
    offline_downloads: bool


class EntitlementV3(ApiModel):
    """What the caller may do now; unlimited is 9007199254740991."""

    plan: Literal["free", "pro"]
    status: Literal["active", "grace", "expired", "unknown"]
    renews_at: Instant | None = optional()
    source: Literal["apple", "google", "stripe", "internal", "revenuecat"] | None = optional()
    limits: Limits
    can_create_session: bool
    can_generate_audio: bool
    remaining_free_generations_today: int
    max_session_length_sec_effective: int


class DraftSession(ApiModel):
    """A session to be made. Unknown voices become nova; any goal is taken as sent."""

    local_draft_id: UUID | None = optional()
    title: Title
    goal_tag: Label | None = optional()
    affirmations: Annotated[list[Line], Field(min_length=1, max_length=MAX_LINES)]
    voice_id: VoiceName
    pace: Literal["slow"] | None = optional()
    solfeggio_hz: Annotated[float, Field(ge=1, le=20000)] | None = optional()
    frequency_hz: Annotated[float, Field(gt=0, le=1000)] | None = optional()


class AudioOut(ApiModel):
    """Where a session's track is."""

    affirmations_merged_url: str
    affirmations_hash: str
    generated_at: Instant


class SessionV3(ApiModel):
    """A session of affirmations; ``ownerUserId`` is null for the catalogue."""

    schema_version: Literal[3] = 3
    id: UUID
    owner_user_id: str | None
    source: Source
    title: str
    goal_tag: str | None = optional()
    affirmations: list[str]
    voice_id: str
    pace: Literal["slow"] = "slow"
    frequency_hz: float | None = optional()
    brainwave_state: BrainwaveState | None = optional()
    solfeggio_hz: float | None = optional()
    audio: AudioOut | None = optional()
    created_at: Instant
    updated_at: Instant


class CreatedSessionV3(SessionV3):
    """A new session with the job that makes its audio."""

    audio_job_id: UUID = Field(alias="_audioJobId")


class SessionRow(ApiModel):
    """A session in a list."""

    id: UUID
    title: str
    goal_tag: str | None = optional()
    favourite: Literal[True] | None = optional(description="Absent where it is not marked")


class SessionList(ApiModel):
    """A page of sessions."""

    sessions: list[SessionRow]
    limit: int
    offset: int
    has_more: bool
    next_cursor: str | None = optional(
        description="Where the next page begins, even if sessions are added; absent on the last one"
    )


class EnsureAudioOut(ApiModel):
    """Ready, or pending with the job to watch."""

    status: Literal["ready", "pending"]
    job_id: UUID | None = optional()


class JobOut(ApiModel):
    """An audio job."""

    id: UUID
    type: str
    status: Literal["pending", "processing", "completed", "failed"]
    progress: float
    stage: str
    error: str | None = optional()
    session_id: UUID | None = optional(description="Absent for exports and erasures")
    created_at: Instant
    started_at: Instant | None = optional()
    finished_at: Instant | None = optional()
    counts: dict[str, int] = Field(default_factory=dict)
    stage_ms: dict[str, int] = Field(default_factory=dict)


class JobEnvelope(ApiModel):
    """A job as every job route answers it."""

    job: JobOut


class UrlByPlatform(ApiModel):
    """One URL for each platform."""

    ios: str
    android: str


class BackgroundOut(ApiModel):
    """The background layer."""

    url_by_platform: UrlByPlatform
    loop: Literal[True] = True


class BrainLayerOut(BackgroundOut):
    """The brain layer, binaural or solfeggio."""

    hz: float = Field(ge=1)


class MixOut(ApiModel):
    """Volumes, 0 to 1."""

    affirmations: float
    binaural: float
    background: float


class LoudnessOut(ApiModel):
    """Measured loudness of the layers, in LUFS."""

    affirmations_lufs: float = Field(alias="affirmationsLUFS")
    background_lufs: float = Field(alias="backgroundLUFS")
    binaural_lufs: float | None = optional(alias="binauralLUFS")
    solfeggio_lufs: float | None = optional(alias="solfeggioLUFS")


class SegmentOut(ApiModel):
    """Where somebody speaks, in milliseconds of the track."""

    start_ms: int
    end_ms: int


class VoiceActivityOut(ApiModel):
    """All segments of the track and how they were found."""

    segments: list[SegmentOut]
    threshold_db: float
    min_silence_ms: int


class PlaybackBundleVM(ApiModel):
    """Everything the app needs to play a session."""

    session_id: UUID
    affirmations_merged_url: str
    background: BackgroundOut
    binaural: BrainLayerOut | None = optional()
    solfeggio: BrainLayerOut | None = optional()
    mix: MixOut
    effective_affirmation_spacing_ms: int
    loudness: LoudnessOut | None = optional()
    voice_activity: VoiceActivityOut | None = optional()
    expires_at: Instant


class BundleEnvelope(ApiModel):
    """A bundle as its route answers it."""

    bundle: PlaybackBundleVM


class AudioReportOut(ApiModel):
    """What was measured on a track."""

    session_id: UUID
    affirmations_hash: str
    duration_ms: int
    bytes: int
    sha256: str
    loudness_lufs: float = Field(alias="loudnessLUFS")
    true_peak_dbtp: float = Field(alias="truePeakDBTP")
    voice_to_bed_lu: float | None = optional(
        alias="voiceToBedLU", description="How far the voice stands above both beds"
    )
    engine_mode: str
    profile_version: str
    render_ms: int
    voice_activity: VoiceActivityOut
    voice_changed: bool = Field(
        default=False,
        description="Whether all of it is in another voice than was begun with, which was away",
    )


class VoiceOut(ApiModel):
    """A voice to choose."""

    id: str
    title: str
    description: str


class BackgroundChoice(ApiModel):
    """A background to choose."""

    id: str
    title: str


class FrequencyChoice(ApiModel):
    """A brain layer to choose."""

    id: str
    kind: Literal["binaural", "solfeggio"]
    hz: float
    brainwave_state: str | None = optional()


class VoiceListOut(ApiModel):
    """Every voice."""

    voices: list[VoiceOut]


class BackgroundListOut(ApiModel):
    """Every background."""

    backgrounds: list[BackgroundChoice]


class FrequencyListOut(ApiModel):
    """Every brain layer."""

    frequencies: list[FrequencyChoice]
