"""What the people who run the stack ask about everybody's sessions and do to one.

A row tells nothing that its owner wrote: title and lines are read by a deed of their own.
"""

from __future__ import annotations

from typing import ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from ab_shared.contracts.audit import MAX_REASON, MAX_TEXT
from ab_shared.contracts.base import Contract, Empty, Request
from ab_shared.contracts.jobs import JobSnapshot
from ab_shared.contracts.reconciling import Kind
from ab_shared.contracts.rpc import Source

MAX_SESSIONS = 200
MAX_NEEDED = 1000
SessionState = Literal["ready", "working", "failed", "silent"]
"""ready: has a track; working: has a live job; failed: its last job did; silent: none of it."""
ObjectRole = Literal["plays", "offline", "makes"]
"""plays: heard in the app; offline: a file somebody keeps; makes: what the track was made of."""


class SessionMark(Contract):
    """Where a page ends: rows after it are older."""

    created_at: AwareDatetime
    session_id: UUID


class SessionDeskRow(Contract):
    """A session without what its owner wrote; a goal is told where it is one of the app's."""

    session_id: UUID
    owner_user_id: str | None
    source: Source
    goal_tag: str | None
    state: SessionState
    lines: int
    voice_id: str
    provider: str | None = None
    track_address: str | None = None
    generated_at: AwareDatetime | None = None
    version: int
    created_at: AwareDatetime
    updated_at: AwareDatetime
    last_job: JobSnapshot | None = None


class SessionDeskRows(Contract):
    """Sessions, newest first; ``next_before`` asks for those before them, None at the end."""

    sessions: tuple[SessionDeskRow, ...]
    next_before: SessionMark | None = None


class ListAnySessions(Request[SessionDeskRows]):
    """Everybody's sessions, newest first, narrowed by whatever is given.

    ``session_id`` asks for one and leaves aside whatever else is given; ``goal`` is looked up
    lower-cased with spaces as hyphens.
    """

    routing_key: ClassVar[str] = "session.list_any.v1"
    reply_type: ClassVar[type[Contract]] = SessionDeskRows

    owner_user_id: str | None = None
    source: Source | None = None
    state: SessionState | None = None
    goal: str | None = None
    before: SessionMark | None = None
    limit: int = Field(default=50, ge=1, le=MAX_SESSIONS)
    session_id: UUID | None = None


class SessionLines(Contract):
    """What the owner of a session wrote."""

    session_id: UUID
    title: str
    lines: tuple[str, ...]


class ReadLines(Request[SessionLines]):
    """Read what somebody wrote, for a reason that the trail keeps; audited before it is told."""

    routing_key: ClassVar[str] = "session.read_lines.v1"
    reply_type: ClassVar[type[Contract]] = SessionLines

    session_id: UUID
    actor: str = Field(min_length=1, max_length=MAX_TEXT)
    actor_kind: Literal["admin", "operator"]
    reason: str = Field(min_length=3, max_length=MAX_REASON)


class NeededObject(Contract):
    """A stored sound that a session needs; size and hash where session knows them."""

    kind: Kind
    name: str
    role: ObjectRole
    bytes: int | None = None
    sha256: str | None = None


class NeededObjectList(Contract):
    """Each object once; ``truncated`` where there are more than anybody would ask about."""

    session_id: UUID
    state: SessionState
    objects: tuple[NeededObject, ...]
    truncated: bool = False


class ListNeededObjects(Request[NeededObjectList]):
    """Which stored sounds a session needs; NotFound where there is no such session."""

    routing_key: ClassVar[str] = "session.needed_objects.v1"
    reply_type: ClassVar[type[Contract]] = NeededObjectList

    session_id: UUID


class GoneSound(Contract):
    """A sound whose object was found to be gone or broken."""

    kind: Kind
    name: str


class RebuiltAudio(Contract):
    """The job that makes the audio anew; none where nothing was wrong and nothing forced."""

    session_id: UUID
    forgotten: int = Field(ge=0)
    job: JobSnapshot | None = None


class RebuildAudio(Request[RebuiltAudio]):
    """Make a session's audio again at no cost to its owner, in its own voice; audited.

    ``gone`` names sounds that are forgotten first; ``force`` makes the track anew even where
    nothing is wrong with it. Conflict while a job of the session is live.
    """

    routing_key: ClassVar[str] = "session.rebuild_audio.v1"
    reply_type: ClassVar[type[Contract]] = RebuiltAudio

    session_id: UUID
    gone: tuple[GoneSound, ...] = Field(default=(), max_length=MAX_NEEDED)
    force: bool = False
    actor: str = Field(min_length=1, max_length=MAX_TEXT)
    actor_kind: Literal["admin", "operator"]
    reason: str | None = Field(default=None, max_length=MAX_REASON)


class DeleteAnySession(Request[Empty]):
    """Delete somebody's session for ever, as if they had; audited.

    NotFound where there is none, Conflict for one of the catalogue.
    """

    routing_key: ClassVar[str] = "session.delete_any.v1"
    reply_type: ClassVar[type[Contract]] = Empty

    session_id: UUID
    actor: str = Field(min_length=1, max_length=MAX_TEXT)
    actor_kind: Literal["admin", "operator"]
    reason: str = Field(min_length=3, max_length=MAX_REASON)
