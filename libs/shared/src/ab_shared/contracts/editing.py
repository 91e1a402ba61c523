"""What a listener does to sessions after they are made: edit, delete, duplicate, favourite."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from pydantic import Field

from ab_shared.contracts.base import Contract, Empty, Request
from ab_shared.contracts.jobs import JobSnapshot
from ab_shared.contracts.rpc import CreatedSession, SessionView


class NewGoal(Contract):
    """The goal a session is to have; None for none."""

    tag: str | None = None


class Bed(Contract):
    """The tone that is to play under a session; where neither is named its goal decides."""

    solfeggio_hz: float | None = None
    frequency_hz: float | None = None


class EditedSession(Contract):
    """A session after an edit, and the job that is making its audio, if one is live or was made.

    ``new_reads`` is how many reads this edit has spoken anew; a change of voice speaks all of them.
    """

    session: SessionView
    job: JobSnapshot | None = None
    new_reads: int = Field(default=0, ge=0)


class EditSession(Request[EditedSession]):
    """Change what is named; what is None stays as it is. A catalogue session is Forbidden.

    ``edit_id`` again answers the session as it is and changes nothing; ``if_version`` other than
    the session's is a Conflict.
    """

    routing_key: ClassVar[str] = "session.edit.v1"
    reply_type: ClassVar[type[Contract]] = EditedSession

    session_id: UUID
    user_id: str
    edit_id: UUID | None = None
    if_version: int | None = None
    title: str | None = None
    lines: tuple[str, ...] | None = Field(default=None, min_length=1, max_length=50)
    voice_id: str | None = None
    goal: NewGoal | None = None
    bed: Bed | None = None


class DeleteSession(Request[Empty]):
    """Delete a session of the caller's for ever; again changes nothing."""

    routing_key: ClassVar[str] = "session.delete.v1"
    reply_type: ClassVar[type[Contract]] = Empty

    session_id: UUID
    user_id: str


class DuplicateSession(Request[CreatedSession]):
    """Make ``session_id`` of what the caller can read (``source_id``), or was shown by a link.

    Spends a generation as ``CreateSession`` does; the same ``session_id`` again answers the same.
    """

    routing_key: ClassVar[str] = "session.duplicate.v1"
    reply_type: ClassVar[type[Contract]] = CreatedSession

    session_id: UUID
    user_id: str
    source_id: UUID | None = None
    token_hash: str | None = Field(default=None, repr=False)
    title: str | None = None


class SetFavourite(Request[Empty]):
    """Mark a session the caller can read as a favourite, or no longer; again changes nothing."""

    routing_key: ClassVar[str] = "session.set_favourite.v1"
    reply_type: ClassVar[type[Contract]] = Empty

    session_id: UUID
    user_id: str
    favourite: bool
