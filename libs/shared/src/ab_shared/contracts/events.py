"""Events: what happened, told to whoever listens."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import Field

from ab_shared.contracts.base import Contract, Event
from ab_shared.contracts.commands import ADDRESS
from ab_shared.contracts.jobs import JobSnapshot
from ab_shared.contracts.media import AssetRef, Segment
from ab_shared.contracts.speech import WordSpan


class UserRegistered(Event):
    """Somebody is new here."""

    routing_key: ClassVar[str] = "auth.user_registered.v1"

    user_id: str
    issuer: str
    registered_at: datetime


class PublicKey(Contract):
    """One public signing key as a JWK (RFC 7517): ``kid`` and the members of its type."""

    kid: str
    jwk: dict[str, str]


class KeysRotated(Event):
    """The built-in issuer signs with another key from now on; all keys that still verify."""

    routing_key: ClassVar[str] = "auth.keys_rotated.v1"

    issuer: str
    keys: tuple[PublicKey, ...]


class ReadReady(Event):
    """Raw speech stands in the object store."""

    routing_key: ClassVar[str] = "tts.read_ready.v1"

    speech_address: str = ADDRESS
    speech_key: str
    content_type: str
    duration_ms: int = Field(ge=0)
    characters: int = Field(ge=0)
    synthesized: bool
    synthesis_ms: int = Field(ge=0)
    words: tuple[WordSpan, ...] = ()
    """When each word is spoken, where the provider says so; from the start of the raw speech."""
    cost_micros: int = Field(default=0, ge=0)
    """What vendors were paid for it just now, in millionths of a dollar."""


PROVIDER_DOWN = "PROVIDER_DOWN"
"""The code of a read whose provider cannot speak now: another one can speak the whole track."""
VOICE_GONE = "VOICE_GONE"
"""The code of a read whose voice or model its provider does not have any more."""


class ReadFailed(Event):
    """A line could not be spoken, and trying again will not help."""

    routing_key: ClassVar[str] = "tts.read_failed.v1"

    speech_address: str = ADDRESS
    code: str
    message: str


class ReadPrepared(Event):
    """A read can be spliced."""

    routing_key: ClassVar[str] = "stitching.read_prepared.v1"

    speech_address: str = ADDRESS
    prepared_address: str = ADDRESS
    duration_ms: int = Field(ge=0)
    prepared: bool
    preparation_ms: int = Field(ge=0)
    trimmed_ms: int = Field(default=0, ge=0)
    """Silence cut off before the read: word times count from here."""


SPEECH_GONE = "SPEECH_GONE"
"""The code of a read whose raw speech is not stored any more: spoken anew, it can be used."""


class ReadRejected(Event):
    """Speech that cannot be used in a track."""

    routing_key: ClassVar[str] = "stitching.read_rejected.v1"

    speech_address: str = ADDRESS
    prepared_address: str = ADDRESS
    code: str
    message: str


class TrackRendered(Event):
    """A track stands in the object store; all that was measured on it."""

    routing_key: ClassVar[str] = "stitching.track_rendered.v1"

    track_address: str = ADDRESS
    asset: AssetRef
    loudness_lufs: float
    true_peak_dbtp: float
    segments: tuple[Segment, ...]
    engine_mode: str
    profile_version: str
    render_ms: int = Field(ge=0)
    read_spans: tuple[Segment, ...] = ()
    """Where each read lies, in playing order."""
    waveform: tuple[float, ...] = ()
    """Peaks from 0 to 1, each of an equal share of the track."""


class TrackFailed(Event):
    """A track could not be made. ``missing_reads`` (prepared addresses) can be made again."""

    routing_key: ClassVar[str] = "stitching.track_failed.v1"

    track_address: str = ADDRESS
    code: str
    message: str
    missing_reads: tuple[str, ...] = ()


class StemPublished(Event):
    """A stem stands in the object store under its content address."""

    routing_key: ClassVar[str] = "stitching.stem_published.v1"

    stem_id: str
    recipe_version: str
    asset: AssetRef
    loudness_lufs: float
    true_peak_dbtp: float
    needs_runtime_crossfade: bool
    seam_risk_score: float


class StemFailed(Event):
    """A stem could not be made."""

    routing_key: ClassVar[str] = "stitching.stem_failed.v1"

    stem_id: str
    code: str
    message: str


class JobChanged(Event):
    """A job moved: its whole new state, for live progress and polling."""

    routing_key: ClassVar[str] = "session.job_changed.v1"

    owner_user_id: str | None
    job: JobSnapshot


class SessionChanged(Event):
    """A session is new, edited, ready or gone; ``version`` grows with each change."""

    routing_key: ClassVar[str] = "session.session_changed.v1"

    session_id: UUID
    owner_user_id: str | None
    version: int
    deleted: bool = False


class GenerationSettled(Event):
    """A job that held a generation has ended: keep the generation or give it back."""

    routing_key: ClassVar[str] = "session.generation_settled.v1"

    reservation_id: UUID
    user_id: str
    outcome: Literal["committed", "released"]


class EntitlementChanged(Event):
    """A user's plan, limits or what remains of them changed; ``version`` grows each time."""

    routing_key: ClassVar[str] = "entitlement.changed.v1"

    user_id: str
    version: int = Field(default=0, ge=0)
