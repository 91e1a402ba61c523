"""Answers whom a machine's key speaks for."""

from __future__ import annotations

from dataclasses import dataclass

from ab_shared.contracts import api_keys as contract
from ab_shared.errors import Unauthorized
from ab_shared.runtime.clock import Clock

from ab_auth.domain.api_keys import use_is_old
from ab_auth.ports import Store


@dataclass(frozen=True, slots=True)
class VerifyApiKey:
    """Gateways remember the answer for a minute, so that this is asked seldom."""

    store: Store
    clock: Clock

    async def __call__(self, request: contract.VerifyApiKey) -> contract.VerifiedApiKey:
        """Whom, and for what; Unauthorized, with one message, for any key that is not good."""
        now = self.clock()
        async with self.store.begin() as unit:
            key = await unit.api_key(request.key_id)
            secret = key.opened_by(bytes.fromhex(request.digest), now) if key else None
            if key is None or secret is None:
                raise Unauthorized("The key is not valid")
            if use_is_old(secret, now):
                await unit.note_use(key.id, secret.number, now)
        return key.verified(secret)
