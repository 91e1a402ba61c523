"""The tables of the session database; they never leave the adapters."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from ab_shared.database.message_tables import add_message_tables
from sqlalchemy import BigInteger, DateTime, ForeignKey, Index, Text, func, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

LIVE = "stage IN ('queued', 'speaking', 'preparing', 'merging')"
MIXDOWN_LIVE = "stage IN ('queued', 'mixing')"
INSTANT = DateTime(timezone=True)
NOW = {"server_default": func.now()}
ZERO = {"server_default": "0"}
EMPTY = {"server_default": "[]"}


class Row(SQLModel, registry=registry()):
    """Base of this service's tables; keeps them apart from every other service's."""


class SessionRow(Row, table=True):
    """A session with its lines, its pinned voice and the track it has."""

    __tablename__ = "sessions"
    __table_args__ = (
        Index("sessions_of_a_user", "owner_user_id", text("created_at DESC"), "id"),
        # Whose else a line is, when somebody is erased.
        Index("sessions_by_line", "lines", postgresql_using="gin"),
        Index("sessions_by_track", "track_address"),
        Index("sessions_by_wanted_track", "wanted_track"),
        # Everybody's, newest first, and those of a day.
        Index("sessions_by_time", "created_at", "id"),
        Index(
            "sessions_of_the_catalogue",
            "catalogue_position",
            postgresql_where=text("owner_user_id IS NULL"),
        ),
    )

    id: UUID = Field(primary_key=True)
    owner_user_id: str | None = Field(sa_type=Text)
    source: str = Field(sa_type=Text)
    title: str = Field(sa_type=Text)
    goal_tag: str | None = Field(sa_type=Text)
    lines: list[str] = Field(sa_type=ARRAY(Text))
    voice_id: str = Field(sa_type=Text)
    frequency_hz: float | None
    brainwave_state: str | None = Field(sa_type=Text)
    solfeggio_hz: float | None
    generation: str = Field(sa_type=Text)
    recipe: dict[str, Any] | None = Field(sa_type=JSONB(none_as_null=True))
    wanted_track: str | None = Field(sa_type=Text)
    track_address: str | None = Field(sa_type=Text)
    generated_at: datetime | None = Field(sa_type=INSTANT)
    version: int
    last_edit: UUID | None = Field(default=None)
    catalogue_position: int | None
    created_at: datetime = Field(sa_type=INSTANT)
    updated_at: datetime = Field(sa_type=INSTANT)


class JobRow(Row, table=True):
    """An audio job; at most one of a session is live."""

    __tablename__ = "jobs"
    __table_args__ = (
        Index("jobs_live", "session_id", unique=True, postgresql_where=text(LIVE)),
        Index("jobs_live_by_track", "track_address", postgresql_where=text(LIVE)),
        Index("jobs_of_a_session", "session_id", "attempt", unique=True),
        Index("jobs_of_a_user", "owner_user_id"),
        Index("jobs_by_end", "finished_at", postgresql_where=text("finished_at IS NOT NULL")),
    )

    id: UUID = Field(primary_key=True)
    session_id: UUID = Field(sa_column_args=[ForeignKey("sessions.id", ondelete="CASCADE")])
    owner_user_id: str | None = Field(sa_type=Text)
    attempt: int
    reads: int
    track_address: str = Field(sa_type=Text)
    brain_stem_id: str = Field(sa_type=Text)
    background_stem_id: str = Field(sa_type=Text)
    holds_generation: bool
    stage: str = Field(sa_type=Text)
    progress: float
    error: str | None = Field(sa_type=Text)
    version: int
    ready_reads: int
    made_spoken: int
    made_prepared: int
    made_tracks: int
    made_characters: int = Field(sa_type=BigInteger, sa_column_kwargs=ZERO)
    made_rendered_ms: int = Field(sa_type=BigInteger, sa_column_kwargs=ZERO)
    made_render_ms: int = Field(sa_type=BigInteger, sa_column_kwargs=ZERO)
    made_micros: int = Field(sa_type=BigInteger, sa_column_kwargs=ZERO)
    rendering: bool
    remakes: int
    revivals: int
    stage_ms: dict[str, int] = Field(sa_type=JSONB)
    created_at: datetime = Field(sa_type=INSTANT)
    started_at: datetime | None = Field(sa_type=INSTANT)
    finished_at: datetime | None = Field(sa_type=INSTANT)
    stage_since: datetime = Field(sa_type=INSTANT)
    moved_at: datetime = Field(sa_type=INSTANT)
    due_at: datetime = Field(sa_type=INSTANT)


class JobReadRow(Row, table=True):
    """A read that a live job waits for; gone when the job has ended."""

    __tablename__ = "job_reads"
    __table_args__ = (
        Index("job_reads_by_speech", "speech_address"),
        Index("job_reads_by_prepared", "prepared_address"),
    )

    job_id: UUID = Field(
        primary_key=True, sa_column_args=[ForeignKey("jobs.id", ondelete="CASCADE")]
    )
    position: int = Field(primary_key=True)
    speech_address: str = Field(sa_type=Text)
    prepared_address: str = Field(sa_type=Text)
    preparing: bool


class SpokenReadRow(Row, table=True):
    """Raw speech known to exist; ``credited``: a job was credited with having it spoken."""

    __tablename__ = "spoken_reads"

    speech_address: str = Field(primary_key=True, sa_type=Text)
    speech_key: str = Field(sa_type=Text)
    duration_ms: int
    characters: int
    credited: bool
    words: list[dict[str, int]] = Field(default_factory=list, sa_type=JSONB, sa_column_kwargs=EMPTY)
    heard_at: datetime = Field(sa_type=INSTANT, sa_column_kwargs=NOW)


class PreparedReadRow(Row, table=True):
    """A prepared read known to exist; ``credited`` as for raw speech."""

    __tablename__ = "prepared_reads"

    prepared_address: str = Field(primary_key=True, sa_type=Text)
    speech_address: str = Field(sa_type=Text)
    duration_ms: int
    credited: bool
    trimmed_ms: int = Field(default=0, sa_column_kwargs=ZERO)
    heard_at: datetime = Field(sa_type=INSTANT, sa_column_kwargs=NOW)


class TrackRow(Row, table=True):
    """A track known to exist and what was measured on it."""

    __tablename__ = "tracks"

    track_address: str = Field(primary_key=True, sa_type=Text)
    asset: dict[str, Any] = Field(sa_type=JSONB)
    loudness_lufs: float
    true_peak_dbtp: float
    segments: list[dict[str, int]] = Field(sa_type=JSONB)
    engine_mode: str = Field(sa_type=Text)
    profile_version: str = Field(sa_type=Text)
    render_ms: int
    read_spans: list[dict[str, int]] = Field(
        default_factory=list, sa_type=JSONB, sa_column_kwargs=EMPTY
    )
    waveform: list[float] = Field(default_factory=list, sa_type=JSONB, sa_column_kwargs=EMPTY)
    rendered_at: datetime = Field(sa_type=INSTANT)


class StemRow(Row, table=True):
    """A stem that was asked for, and the stem itself once it is published."""

    __tablename__ = "stems"

    stem_id: str = Field(primary_key=True, sa_type=Text)
    asked_at: datetime | None = Field(sa_type=INSTANT)
    recipe_version: str | None = Field(sa_type=Text)
    asset: dict[str, Any] | None = Field(sa_type=JSONB(none_as_null=True))
    loudness_lufs: float | None


class MixdownJobRow(Row, table=True):
    """A job for an offline file; at most one of a user for each file of a session is live."""

    __tablename__ = "mixdown_jobs"
    __table_args__ = (
        Index(
            "mixdown_jobs_live",
            *("owner_user_id", "session_id", "mixdown_address"),
            unique=True,
            postgresql_where=text(MIXDOWN_LIVE),
        ),
        Index("mixdown_jobs_by_file", "mixdown_address"),
        Index("mixdown_jobs_of_a_session", "session_id", "owner_user_id"),
        Index("mixdown_jobs_of_a_user", "owner_user_id"),
        Index("mixdown_jobs_due", "due_at", postgresql_where=text(MIXDOWN_LIVE)),
    )

    id: UUID = Field(primary_key=True)
    session_id: UUID = Field(sa_column_args=[ForeignKey("sessions.id", ondelete="CASCADE")])
    owner_user_id: str = Field(sa_type=Text)
    attempt: int
    mixdown_address: str = Field(sa_type=Text)
    track_address: str = Field(sa_type=Text)
    minutes: int
    command: dict[str, Any] | None = Field(sa_type=JSONB(none_as_null=True))
    stage: str = Field(sa_type=Text)
    progress: float
    error: str | None = Field(sa_type=Text)
    version: int
    revivals: int
    stage_ms: dict[str, int] = Field(sa_type=JSONB)
    created_at: datetime = Field(sa_type=INSTANT)
    started_at: datetime | None = Field(sa_type=INSTANT)
    finished_at: datetime | None = Field(sa_type=INSTANT)
    stage_since: datetime = Field(sa_type=INSTANT)
    moved_at: datetime = Field(sa_type=INSTANT)
    due_at: datetime = Field(sa_type=INSTANT)


class MixdownRow(Row, table=True):
    """An offline file known to exist and what was measured on it."""

    __tablename__ = "mixdowns"

    mixdown_address: str = Field(primary_key=True, sa_type=Text)
    asset: dict[str, Any] = Field(sa_type=JSONB)
    loudness_lufs: float
    true_peak_dbtp: float
    profile_version: str = Field(sa_type=Text)
    render_ms: int
    rendered_at: datetime = Field(sa_type=INSTANT)
    unwanted_since: datetime | None = Field(default=None, sa_type=INSTANT)


class ErasureRow(Row, table=True):
    """An erasure of a user; without a name once it is over everywhere."""

    __tablename__ = "erasures"

    id: UUID = Field(primary_key=True)
    user_id: str | None = Field(default=None, sa_type=Text)
    erased_at: datetime = Field(sa_type=INSTANT)
    counts: dict[str, int] = Field(sa_type=JSONB, sa_column_kwargs={"server_default": "{}"})


class ErasedSoundRow(Row, table=True):
    """A sound that went with somebody: what still arrives of it goes again."""

    __tablename__ = "erased_sounds"

    kind: str = Field(primary_key=True, sa_type=Text)
    name: str = Field(primary_key=True, sa_type=Text)
    erasure_id: UUID = Field(
        primary_key=True,
        index=True,
        sa_column_args=[ForeignKey("erasures.id", ondelete="CASCADE")],
    )
    erased_at: datetime = Field(sa_type=INSTANT)
    part: int


METADATA = Row.metadata
add_message_tables(METADATA)
SESSIONS = METADATA.tables["sessions"]
JOBS = METADATA.tables["jobs"]
JOB_READS = METADATA.tables["job_reads"]
TRACKS = METADATA.tables["tracks"]
STEMS = METADATA.tables["stems"]
MIXDOWN_JOBS = METADATA.tables["mixdown_jobs"]
MIXDOWNS = METADATA.tables["mixdowns"]
ERASURES = METADATA.tables["erasures"]
ERASED_SOUNDS = METADATA.tables["erased_sounds"]
