"""Ends a sign-in, or all of a user's."""

from __future__ import annotations

from dataclasses import dataclass

from ab_shared.contracts import rpc
from ab_shared.contracts.base import Empty
from ab_shared.runtime.clock import Clock

from ab_auth.ports import AuthUnit, Store
from ab_auth.usecases.end_sign_ins import EndSignIns, RevokeTokens
from ab_auth.usecases.issue_tokens import digest_of


@dataclass(frozen=True, slots=True)
class LogOut:
    """Access tokens already out there are believed no more as soon as gateways have heard."""

    store: Store
    revoke: RevokeTokens
    end_all: EndSignIns
    clock: Clock

    async def __call__(self, request: rpc.Logout) -> Empty:
        """Revokes the family of the token, whichever of its tokens it is; unknown is no error."""
        digest = digest_of(request.refresh.token.get_secret_value())
        async with self.store.begin() as unit:
            if not (request.everywhere and await self._everywhere(unit, digest)):
                await self._here(unit, digest)
        return Empty()

    async def _here(self, unit: AuthUnit, digest: bytes) -> None:
        found = await unit.family_of(digest)
        if found is not None and found[0].revoked_at is None:
            ended = found[0].signed_out(self.clock())
            await unit.keep_family(ended)
            await self.revoke(unit, [ended])

    async def _everywhere(self, unit: AuthUnit, digest: bytes) -> bool:
        # Not held yet: two phones that end each other must take the families in one order.
        found = await unit.family_of(digest, hold=False)
        if found is None:
            return False
        family, generation = found
        # Only a token that would renew says who asks: an old one may be in anybody's hands.
        held = await unit.live_families(family.user_id, self.clock())
        if not any(one.id == family.id and one.generation == generation for one in held):
            return False
        await self.end_all.within(unit, family.user_id)
        return True
