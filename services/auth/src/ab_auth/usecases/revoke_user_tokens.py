"""Ends a user's ways in because an administrator says so, whoever issued their tokens."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta

from ab_shared.contracts.revoking import TokensRevoked
from ab_shared.contracts.user_desk import RevokeUserTokens as Request
from ab_shared.contracts.user_desk import TokensEnded
from ab_shared.runtime.clock import Clock
from ab_shared.runtime.deeds import audited
from ab_shared.runtime.logs import hashed

from ab_auth.ports import Store
from ab_auth.usecases.find_person import known_user
from ab_auth.usecases.tell_revocation import tell_revocation

logger = logging.getLogger("ab.auth")


@dataclass(frozen=True, slots=True)
class RevokeUserTokens:
    """No issuer's token is good for longer than ``longest_token``; keys for machines stay."""

    store: Store
    longest_token: timedelta
    clock: Clock

    async def __call__(self, request: Request) -> TokensEnded:
        """How many sign-ins of ours ended with them; NotFound for somebody unknown."""
        at = self.clock()
        async with self.store.begin() as unit:
            await known_user(unit, request.user_id)
            families = await unit.live_families(request.user_id, at)
            for family in families:
                await unit.keep_family(family.signed_out(at))
            revoked = TokensRevoked(
                user_id=request.user_id, issued_until=at, forget_at=at + self.longest_token
            )
            await tell_revocation(unit, revoked)
            entry = audited(
                "tokens.revoke",
                f"user:{request.user_id}",
                request.actor,
                request.actor_kind,
                before={"sign_ins": len(families)},
                after={"sign_ins": 0},
                reason=request.reason,
            )
            await unit.send(entry)
        logger.info("Tokens were revoked", extra={"user": hashed(request.user_id)})
        return TokensEnded(user_id=request.user_id, sign_ins=len(families))
