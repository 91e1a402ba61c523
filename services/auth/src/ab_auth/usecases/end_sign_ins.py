"""Ends sign-ins, and tells gateways which access tokens to believe no more."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from ab_shared.contracts import revoking
from ab_shared.contracts.audit import Details
from ab_shared.runtime.clock import Clock
from ab_shared.runtime.deeds import audited
from ab_shared.runtime.logs import hashed

from ab_auth.domain.families import Family
from ab_auth.domain.signing_keys import MARGIN
from ab_auth.ports import AuthUnit, Store, TokenSigner
from ab_auth.usecases.tell_revocation import tell_revocation

logger = logging.getLogger("ab.auth")
# A message stays small, however many phones somebody has lost.
MOST_SESSIONS = 200


@dataclass(frozen=True, slots=True)
class RevokeTokens:
    """Inside a transaction of whoever ended the sign-ins."""

    signer: TokenSigner
    clock: Clock

    async def __call__(self, unit: AuthUnit, ended: Sequence[Family]) -> None:
        """Tells of those whose access tokens can still be alive; they are all of one user."""
        now, life = self.clock(), self.signer.longest_token()
        speaking = [family for family in ended if family.may_speak(now, life + MARGIN)]
        for start in range(0, len(speaking), MOST_SESSIONS):
            some = speaking[start : start + MOST_SESSIONS]
            revoked = revoking.TokensRevoked(
                user_id=some[0].user_id,
                session_ids=tuple(family.id for family in some),
                forget_at=now + life + MARGIN,
            )
            await tell_revocation(unit, revoked)


@dataclass(frozen=True, slots=True)
class EndSignIns:
    """Logout everywhere: for the user, for an administrator, and where a user goes."""

    store: Store
    revoke: RevokeTokens
    clock: Clock

    async def __call__(self, request: revoking.EndSignIns) -> revoking.SignInsEnded:
        """Ends them all and says how many there were; audited where there were any."""
        async with self.store.begin() as unit:
            ended = await self.within(unit, request.user_id)
            if ended:
                after: Details = {"sign_ins_ended": ended}
                who = (f"user:{request.user_id}", request.actor, request.actor_kind)
                await unit.send(
                    audited("sign_in.end_all", *who, after=after, reason=request.reason)
                )
        return revoking.SignInsEnded(families=ended)

    async def within(self, unit: AuthUnit, user_id: str) -> int:
        """The same inside somebody else's transaction, unaudited; how many there were."""
        now = self.clock()
        ended = [family.signed_out(now) for family in await unit.live_families(user_id, now)]
        for family in ended:
            await unit.keep_family(family)
        await self.revoke(unit, ended)
        logger.info("Sign-ins ended", extra={"user": hashed(user_id), "sign_ins": len(ended)})
        return len(ended)
