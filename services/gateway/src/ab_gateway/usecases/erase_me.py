"""The caller wants to be forgotten."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from ab_shared.contracts.privacy import RequestErasure
from ab_shared.contracts.revoking import TokensRevoked
from ab_shared.errors import TransientError
from ab_shared.messaging.ports import Caller
from ab_shared.runtime.clock import Clock

from ab_gateway.domain.identity import Identity
from ab_gateway.usecases.keep_job import KeepJob
from ab_gateway.usecases.revoke_tokens import RevokeTokens

# Until auth's own word, which says how long, is here: that takes milliseconds.
SHORTLY = timedelta(hours=1)


class EraseMe:
    """Auth begins it; this process stops believing the caller's tokens before it answers."""

    def __init__(self, services: Caller, revoke: RevokeTokens, keep: KeepJob, now: Clock) -> None:
        self._services = services
        self._revoke = revoke
        self._keep = keep
        self._now = now

    async def __call__(self, caller: Identity) -> UUID:
        """The job; asking again while it is live names the same one."""
        state = await self._services.call(RequestErasure(user_id=caller.user_id))
        await self._keep(None, state.job.snapshot())
        now = self._now()
        revoked = TokensRevoked(user_id=caller.user_id, issued_until=now, forget_at=now + SHORTLY)
        try:
            await self._revoke(revoked)
        except TransientError:
            # Known here; the shared cache hears of it from auth's own event, which is retried.
            return state.job.id
        return state.job.id
