"""Links by which anybody who holds one may hear a session until it expires."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from ab_shared.contracts.base import Contract, Empty, Request
from ab_shared.contracts.rpc import PlaybackBundle

DEFAULT_HOURS = 168
MOST_HOURS = 2160
# SHA-256 of the token: the token itself never leaves the gateway.
TOKEN_HASH = Field(pattern=r"^[0-9a-f]{64}$", repr=False)


class Share(Contract):
    """A link that holds until ``expires_at``, unless it is revoked."""

    id: UUID
    session_id: UUID
    created_at: datetime
    expires_at: datetime


class ShareSession(Request[Share]):
    """Make a link to a session of the caller's; Conflict while a line of it is not approved."""

    routing_key: ClassVar[str] = "session.share.v1"
    reply_type: ClassVar[type[Contract]] = Share

    session_id: UUID
    user_id: str
    token_hash: str = TOKEN_HASH
    expires_in_hours: int = Field(default=DEFAULT_HOURS, ge=1, le=MOST_HOURS)


class ShareList(Contract):
    """Links that hold, newest first."""

    shares: tuple[Share, ...]


class ListShares(Request[ShareList]):
    """Ask which links to a session of the caller's hold."""

    routing_key: ClassVar[str] = "session.list_shares.v1"
    reply_type: ClassVar[type[Contract]] = ShareList

    session_id: UUID
    user_id: str


class RevokeShare(Request[Empty]):
    """End a link now; again changes nothing."""

    routing_key: ClassVar[str] = "session.revoke_share.v1"
    reply_type: ClassVar[type[Contract]] = Empty

    session_id: UUID
    user_id: str
    share_id: UUID


class SharedSession(Contract):
    """What a link shows; without a bundle while the audio is being made."""

    title: str
    goal_tag: str | None = None
    lines: tuple[str, ...]
    expires_at: datetime
    bundle: PlaybackBundle | None = None


class GetShared(Request[SharedSession]):
    """Open a link; one that is unknown, expired or revoked is NotFound, all in the same words."""

    routing_key: ClassVar[str] = "session.get_shared.v1"
    reply_type: ClassVar[type[Contract]] = SharedSession

    token_hash: str = TOKEN_HASH
