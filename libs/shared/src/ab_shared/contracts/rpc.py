"""Requests that are answered at once, and their answers."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field, SecretStr, field_serializer

from ab_shared.contracts.base import Contract, Empty, Request
from ab_shared.contracts.events import PublicKey
from ab_shared.contracts.jobs import JobSnapshot
from ab_shared.contracts.media import AssetRef, Segment
from ab_shared.contracts.speech import VoiceOffer

Source = Literal["catalog", "user", "generated"]
BrainwaveState = Literal["Delta", "Theta", "Alpha", "SMR", "Beta"]


class Credentials(Contract):
    """An e-mail address and a password on their way to auth; hidden wherever they are printed."""

    email: SecretStr
    password: SecretStr

    @field_serializer("email", "password", when_used="json")
    def _reveal(self, value: SecretStr) -> str:
        return value.get_secret_value()


class TokenPair(Contract):
    """What a sign-in gives; ``expires_in`` in seconds."""

    user_id: str
    access_token: SecretStr
    refresh_token: SecretStr
    expires_in: int

    @field_serializer("access_token", "refresh_token", when_used="json")
    def _reveal(self, value: SecretStr) -> str:
        return value.get_secret_value()


class Register(Request[TokenPair]):
    """Make an account at the built-in issuer."""

    routing_key: ClassVar[str] = "auth.register.v1"
    reply_type: ClassVar[type[Contract]] = TokenPair

    credentials: Credentials


class Login(Request[TokenPair]):
    """Sign in at the built-in issuer."""

    routing_key: ClassVar[str] = "auth.login.v1"
    reply_type: ClassVar[type[Contract]] = TokenPair

    credentials: Credentials
    place: str | None = Field(default=None, repr=False)
    """The network it comes from; wrong passwords from elsewhere do not keep its owner waiting."""


class RefreshToken(Contract):
    """A refresh token on its way to auth."""

    token: SecretStr

    @field_serializer("token", when_used="json")
    def _reveal(self, value: SecretStr) -> str:
        return value.get_secret_value()


class Refresh(Request[TokenPair]):
    """Change a refresh token for a new pair; a token used twice revokes its family."""

    routing_key: ClassVar[str] = "auth.refresh.v1"
    reply_type: ClassVar[type[Contract]] = TokenPair

    refresh: RefreshToken


class Logout(Request[Empty]):
    """Revoke the family of a refresh token; an unknown token is no error."""

    routing_key: ClassVar[str] = "auth.logout.v1"
    reply_type: ClassVar[type[Contract]] = Empty

    refresh: RefreshToken
    everywhere: bool = False
    """All sign-ins of its user, if the token still holds; else its own family only."""


class SigningKeys(Contract):
    """The built-in issuer and the keys its tokens verify with."""

    issuer: str
    keys: tuple[PublicKey, ...]


class GetSigningKeys(Request[SigningKeys]):
    """Ask for the built-in issuer's public keys."""

    routing_key: ClassVar[str] = "auth.get_signing_keys.v1"
    reply_type: ClassVar[type[Contract]] = SigningKeys


class Profile(Contract):
    """Who somebody is to us."""

    user_id: str
    timezone: str = "UTC"
    created_at: datetime
    version: int = Field(default=0, ge=0)
    """Grows with each change of the profile."""


class GetProfile(Request[Profile]):
    """Ask for a user's profile; a user seen for the first time is made.

    ``issued_at`` is the token's: whoever was erased comes back with a later one only.
    """

    routing_key: ClassVar[str] = "auth.get_profile.v1"
    reply_type: ClassVar[type[Contract]] = Profile

    user_id: str
    issuer: str
    issued_at: AwareDatetime | None = None


class Entitlement(Contract):
    """A user's plan and what remains of it today; None is unlimited, or has no end."""

    plan: Literal["free", "pro"]
    status: Literal["active", "grace", "expired", "unknown"]
    renews_at: datetime | None = None
    source: Literal["apple", "google", "stripe", "internal", "revenuecat"] | None = None
    daily_generations: int | None
    remaining_today: int | None
    max_session_length_sec: int | None = None
    offline_downloads: bool
    lines_per_session: int | None = None
    mixdown_minutes: int | None = 0
    voices: tuple[str, ...] | None = None
    within_budget: bool = True
    """Whether today's jobs have cost less than the plan's budget."""
    resets_at: datetime | None = None
    paid_until: datetime | None = None  # unless something new is heard, grace included
    version: int = Field(default=0, ge=0)
    """Grows with each change of this user's entitlement, as in ``entitlement.changed``."""


class GetEntitlement(Request[Entitlement]):
    """Ask what a user may do now."""

    routing_key: ClassVar[str] = "entitlement.get.v1"
    reply_type: ClassVar[type[Contract]] = Entitlement

    user_id: str
    timezone: str | None = None


class ReserveGeneration(Request[Entitlement]):
    """Take one generation of today; the same reservation again takes nothing more.

    ``reservation_id`` is the id of the job that wants it, so that a late word on a job that failed
    never touches what the next job holds. Refused with FreeLimitReached when none is left, with
    SessionTooLong or EntitlementRequired where the plan does not hold so many ``lines`` or this
    voice, and when what ``characters`` may cost at most is beyond the day's budget.
    """

    routing_key: ClassVar[str] = "entitlement.reserve.v1"
    reply_type: ClassVar[type[Contract]] = Entitlement

    reservation_id: UUID
    user_id: str
    lines: int = Field(default=0, ge=0)
    characters: int = Field(default=0, ge=0)
    voice_id: str | None = None
    timezone: str | None = None


class VoiceList(Contract):
    """Every voice the app can name, with its recipe today."""

    voices: tuple[VoiceOffer, ...]
    fallback_voice_id: str


class ListVoices(Request[VoiceList]):
    """Ask which voices there are."""

    routing_key: ClassVar[str] = "tts.list_voices.v1"
    reply_type: ClassVar[type[Contract]] = VoiceList


class SessionDraft(Contract):
    """A session somebody wants; lines are trimmed and NFC already."""

    title: str
    goal_tag: str | None = None
    lines: tuple[str, ...] = Field(min_length=1, max_length=50)
    voice_id: str
    solfeggio_hz: float | None = None
    frequency_hz: float | None = None


class SessionAudio(Contract):
    """The track of a session once it exists."""

    track: AssetRef
    track_address: str
    generated_at: datetime


class SessionView(Contract):
    """A session with its lines; ``version`` grows with each change."""

    id: UUID
    owner_user_id: str | None
    source: Source
    title: str
    goal_tag: str | None = None
    lines: tuple[str, ...]
    voice_id: str
    frequency_hz: float | None = None
    brainwave_state: BrainwaveState | None = None
    solfeggio_hz: float | None = None
    audio: SessionAudio | None = None
    version: int
    created_at: datetime
    updated_at: datetime


class CreatedSession(Contract):
    """A session and the job for its audio; ``created`` is false when it was there already."""

    session: SessionView
    job: JobSnapshot
    created: bool


class CreateSession(Request[CreatedSession]):
    """Make a session and start its audio; the same ``session_id`` again answers the same."""

    routing_key: ClassVar[str] = "session.create.v1"
    reply_type: ClassVar[type[Contract]] = CreatedSession

    session_id: UUID
    user_id: str
    draft: SessionDraft


class GetSession(Request[SessionView]):
    """Read one session: a catalogue one, or the caller's own; any other is NotFound."""

    routing_key: ClassVar[str] = "session.get.v1"
    reply_type: ClassVar[type[Contract]] = SessionView

    session_id: UUID
    user_id: str | None


class SessionSummary(Contract):
    """A row of a list."""

    id: UUID
    title: str
    goal_tag: str | None = None
    favourite: bool = False


class SessionPage(Contract):
    """Catalogue rows first, then own sessions, newest first."""

    sessions: tuple[SessionSummary, ...]
    has_more: bool
    next_cursor: str | None = None
    """Where the next page begins; None on the last one."""


class ListSessions(Request[SessionPage]):
    """List what a user (or nobody) can play; ``cursor``, a page's own, goes before ``offset``."""

    routing_key: ClassVar[str] = "session.list.v1"
    reply_type: ClassVar[type[Contract]] = SessionPage

    user_id: str | None
    limit: int = Field(ge=1, le=100)
    offset: int = Field(ge=0)
    cursor: str | None = Field(default=None, max_length=200)
    sought: str | None = None
    goal: str | None = None
    favourites: bool = False


class AudioState(Contract):
    """Ready, or the one live job that will make it so."""

    ready: bool
    job: JobSnapshot | None = None


class EnsureAudio(Request[AudioState]):
    """Make sure a session has audio, or a live job."""

    routing_key: ClassVar[str] = "session.ensure_audio.v1"
    reply_type: ClassVar[type[Contract]] = AudioState

    session_id: UUID
    user_id: str


class GetJob(Request[JobSnapshot]):
    """Read one job of the caller's."""

    routing_key: ClassVar[str] = "session.get_job.v1"
    reply_type: ClassVar[type[Contract]] = JobSnapshot

    job_id: UUID
    user_id: str


class CancelJob(Request[JobSnapshot]):
    """Stop a live job and give its generation back; a finished one is a Conflict."""

    routing_key: ClassVar[str] = "session.cancel_job.v1"
    reply_type: ClassVar[type[Contract]] = JobSnapshot

    job_id: UUID
    user_id: str


class Layer(Contract):
    """One of the three sounds played together."""

    asset: AssetRef
    loudness_lufs: float
    hz: float | None = None


class Mix(Contract):
    """Volumes of the three layers, each 0 to 1."""

    affirmations: float = Field(ge=0, le=1, default=1.0)
    binaural: float = Field(ge=0, le=1, default=0.05)
    background: float = Field(ge=0, le=1, default=0.3)


class PlaybackBundle(Contract):
    """All the app needs to play a session, unsigned. Exactly one of binaural and solfeggio."""

    session_id: UUID
    track: Layer
    background: Layer
    binaural: Layer | None = None
    solfeggio: Layer | None = None
    mix: Mix
    spacing_ms: int
    segments: tuple[Segment, ...]
    threshold_db: float
    min_silence_ms: int


class GetPlaybackBundle(Request[PlaybackBundle]):
    """Ask for a session's bundle; AudioNotReady until its parts exist."""

    routing_key: ClassVar[str] = "session.get_playback_bundle.v1"
    reply_type: ClassVar[type[Contract]] = PlaybackBundle

    session_id: UUID
    user_id: str | None


class AudioReport(Contract):
    """What was measured; against its beds once they exist, ``instead_of`` an absent provider."""

    session_id: UUID
    track_address: str
    asset: AssetRef
    loudness_lufs: float
    true_peak_dbtp: float
    engine_mode: str
    profile_version: str
    render_ms: int
    segments: tuple[Segment, ...]
    voice_to_bed_lu: float | None = None
    instead_of: str | None = None


class GetAudioReport(Request[AudioReport]):
    """Ask for the report of a session's track; AudioNotReady until it exists."""

    routing_key: ClassVar[str] = "session.get_audio_report.v1"
    reply_type: ClassVar[type[Contract]] = AudioReport

    session_id: UUID
    user_id: str | None
