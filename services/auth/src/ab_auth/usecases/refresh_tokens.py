"""Changes a refresh token for a new pair."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from ab_shared.contracts import rpc
from ab_shared.errors import Unauthorized
from ab_shared.runtime.logs import hashed

from ab_auth.domain.families import Verdict
from ab_auth.ports import AuthUnit, Store
from ab_auth.usecases.end_sign_ins import RevokeTokens
from ab_auth.usecases.issue_tokens import IssueTokens, digest_of

logger = logging.getLogger("ab.auth")


@dataclass(frozen=True, slots=True)
class RefreshTokens:
    """A token works once; the second time its whole family is revoked, for good."""

    store: Store
    issue: IssueTokens
    revoke: RevokeTokens

    async def __call__(self, request: rpc.Refresh) -> rpc.TokenPair:
        """The next pair; Unauthorized, with one message, for any token that is not good."""
        digest = digest_of(request.refresh.token.get_secret_value())
        async with self.store.begin() as unit:
            tokens = await self._rotate(unit, digest)
        # Raised only now: an error inside would roll the revocation back.
        if tokens is None:
            raise Unauthorized("The refresh token is not valid any more, sign in again")
        return tokens

    async def _rotate(self, unit: AuthUnit, digest: bytes) -> rpc.TokenPair | None:
        found = await unit.family_of(digest)
        if found is None:
            return None
        before, generation = found
        verdict, family = before.present(generation, self.issue.clock(), self.issue.refresh_life)
        if family != before:
            await unit.keep_family(family)
        if verdict is Verdict.REUSED:
            # Access tokens of a thief end with the family, not a quarter of an hour later.
            await self.revoke(unit, [family])
            extra = {"user": hashed(family.user_id), "family": family.id}
            logger.warning("A used refresh token came back, its family is revoked", extra=extra)
        return await self.issue.carry_on(unit, family) if verdict is Verdict.ROTATED else None
