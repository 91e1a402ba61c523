"""Links to sessions: the tokens are made here and leave this process in one answer only."""

from __future__ import annotations

import re
import secrets
from hashlib import sha256
from uuid import UUID

from ab_shared.contracts import sharing
from ab_shared.contracts.base import Contract
from ab_shared.contracts.http_library import (
    NewShareOut,
    SharedSessionOut,
    ShareIn,
    ShareListOut,
    ShareOut,
)
from ab_shared.errors import NotFound
from ab_shared.messaging.ports import Caller
from pydantic import Field

from ab_gateway.domain import presenting
from ab_gateway.domain.identity import Identity
from ab_gateway.domain.request_keys import keyed
from ab_gateway.usecases.answer_once import AnswerOnce
from ab_gateway.usecases.sign_urls import SignUrls

ROUTE = "POST /sessions/{id}/share"
# 256 bits, in 43 letters.
TOKEN_BYTES = 32
TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
NOWHERE = "This link does not lead anywhere"


class MadeShare(Contract):
    """What a request with a key is answered with again: sealed like every kept answer."""

    share: sharing.Share
    token: str = Field(repr=False)


class ShareSession:
    """What the session service gets of a token is its SHA-256."""

    def __init__(self, services: Caller, once: AnswerOnce, sign_urls: SignUrls) -> None:
        self._services = services
        self._once = once
        self._sign_urls = sign_urls

    async def share(
        self, caller: Identity, session_id: UUID, wanted: ShareIn, key: str | None
    ) -> NewShareOut:
        """A new link; under a key the same one again."""
        asked = keyed(caller.user_id, ROUTE, key, str(session_id), wanted.model_dump_json())
        made = await self._once(
            asked, MadeShare, lambda: self._make(caller, session_id, wanted.expires_in_hours)
        )
        return NewShareOut(
            id=made.share.id,
            created_at=made.share.created_at,
            expires_at=made.share.expires_at,
            token=made.token,
            path=f"/v1/shared/{made.token}",
        )

    async def _make(self, caller: Identity, session_id: UUID, hours: int) -> MadeShare:
        token = secrets.token_urlsafe(TOKEN_BYTES)
        request = sharing.ShareSession(
            session_id=session_id,
            user_id=caller.user_id,
            token_hash=hash_of(token),
            expires_in_hours=hours,
        )
        return MadeShare(share=await self._services.call(request), token=token)

    async def list(self, caller: Identity, session_id: UUID) -> ShareListOut:
        """The links that hold."""
        request = sharing.ListShares(session_id=session_id, user_id=caller.user_id)
        found = await self._services.call(request)
        return ShareListOut(shares=[_shown(share) for share in found.shares])

    async def revoke(self, caller: Identity, session_id: UUID, share_id: UUID) -> None:
        """Ends a link."""
        await self._services.call(
            sharing.RevokeShare(session_id=session_id, user_id=caller.user_id, share_id=share_id)
        )

    async def open(self, token: str) -> SharedSessionOut:
        """What a link shows to whoever has it; no URL in it outlives the link."""
        found = await self._services.call(sharing.GetShared(token_hash=hash_of(token)))
        signing = self._sign_urls(not_after=found.expires_at)
        bundle = found.bundle
        return SharedSessionOut(
            title=found.title,
            goal_tag=found.goal_tag,
            affirmations=list(found.lines),
            expires_at=found.expires_at,
            bundle=presenting.bundle(bundle, signing.sign, signing.expires_at) if bundle else None,
        )


def hash_of(token: str) -> str:
    """How a token is known elsewhere.

    Raises:
        NotFound: no token looks like this; in the words of one that leads nowhere.
    """
    if not TOKEN.fullmatch(token):
        raise NotFound(NOWHERE)
    return sha256(token.encode()).hexdigest()


def _shown(share: sharing.Share) -> ShareOut:
    return ShareOut(id=share.id, created_at=share.created_at, expires_at=share.expires_at)
