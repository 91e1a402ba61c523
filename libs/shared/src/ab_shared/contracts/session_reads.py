"""Reading several sessions in one call."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from pydantic import Field

from ab_shared.contracts.base import Contract, Request
from ab_shared.contracts.rpc import SessionView

MOST_SESSIONS = 64


class AskedSession(Contract):
    """One session, and who asks for it: None has not signed in."""

    session_id: UUID
    user_id: str | None


class FoundSessions(Contract):
    """Each in the place of its question; None for one that is not there for whoever asks."""

    sessions: tuple[SessionView | None, ...]


class GetSessions(Request[FoundSessions]):
    """Read some sessions, for different callers: catalogue ones, or each caller's own."""

    routing_key: ClassVar[str] = "session.get_many.v1"
    reply_type: ClassVar[type[Contract]] = FoundSessions

    asked: tuple[AskedSession, ...] = Field(min_length=1, max_length=MOST_SESSIONS)
