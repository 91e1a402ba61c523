"""Everybody's sessions on the admin surface: nothing that anybody wrote, but for a reason."""

from __future__ import annotations

from pydantic import Field, StrictBool

from ab_shared.contracts.http import ApiModel, Instant, JobOut, optional
from ab_shared.contracts.http_admin import Why
from ab_shared.contracts.inspecting import Verdict
from ab_shared.contracts.reconciling import Kind
from ab_shared.contracts.rpc import Source
from ab_shared.contracts.session_desk import ObjectRole, SessionState


class AdminSessionOut(ApiModel):
    """A session without title and lines; ``goalTag`` only where it is one of the app's."""

    id: str
    owner_user_id: str | None = optional()
    source: Source
    goal_tag: str | None = optional()
    state: SessionState
    lines: int
    voice_id: str
    provider: str | None = optional()
    track_hash: str | None = optional()
    generated_at: Instant | None = optional()
    version: int
    created_at: Instant
    updated_at: Instant
    last_job: JobOut | None = optional()


class AdminSessionsOut(ApiModel):
    """Sessions, newest first; ``nextCursor`` asks for those before them."""

    sessions: tuple[AdminSessionOut, ...]
    next_cursor: str | None = optional()


class MustSayWhyIn(ApiModel):
    """Why something is done that nobody does without a reason, for the audit trail."""

    reason: Why


class SessionLinesOut(ApiModel):
    """What the owner of a session wrote."""

    id: str
    title: str
    affirmations: tuple[str, ...]


class ObjectOut(ApiModel):
    """A stored sound: what session and its maker say of it, and what is there.

    ``verdict`` is missing where its maker could not be asked; ``hashed`` is of the bytes.
    """

    kind: Kind
    name: str
    role: ObjectRole
    verdict: Verdict | None = optional()
    bytes: int | None = optional()
    stored_bytes: int | None = optional()
    sha256: str | None = optional()
    stored_sha256: str | None = optional()
    hashed: str | None = optional()


class IntegrityOut(ApiModel):
    """Every object a session needs; ``playable``: all that is heard is there and as it should be.

    ``unavailable`` names services that could not be asked: nothing is known of their sounds.
    """

    id: str
    state: SessionState
    playable: bool
    checked: int
    broken: int
    read_bytes: int
    truncated: bool
    unavailable: tuple[str, ...]
    objects: tuple[ObjectOut, ...]


class RebuildIn(ApiModel):
    """``force`` renders anew even what is whole; ``deep`` looks into the bytes first."""

    force: StrictBool = False
    deep: StrictBool = False
    reason: Why | None = None


class RebuiltOut(ApiModel):
    """``broken`` sounds were given up; no ``job`` where nothing that is heard was."""

    id: str
    broken: int
    forgotten: int
    job: JobOut | None = optional()


class TokensEndedOut(ApiModel):
    """How many sign-ins at the built-in issuer ended with a user's tokens."""

    user_id: str
    sign_ins: int = Field(ge=0)
