"""Ends a machine's key."""

from __future__ import annotations

from dataclasses import dataclass

from ab_shared.contracts import api_keys as contract
from ab_shared.contracts.audit import Details
from ab_shared.errors import NotFound
from ab_shared.runtime.clock import Clock
from ab_shared.runtime.deeds import audited

from ab_auth.ports import Store


@dataclass(frozen=True, slots=True)
class RevokeApiKey:
    """Gateways hear of it at once, and would have asked again within a minute anyway."""

    store: Store
    clock: Clock

    async def __call__(self, request: contract.RevokeApiKey) -> contract.ApiKeyState:
        """The key as it ended; NotFound for an unknown one."""
        async with self.store.begin() as unit:
            before = await unit.api_key(request.key_id, hold=True)
            if before is None:
                raise NotFound("There is no such key")
            key = before.revoked(self.clock())
            # Told again when it is done again: a gateway may have missed it the first time.
            await unit.send(contract.ApiKeyChanged(key_id=key.id, revoked=True))
            if key != before:
                await unit.keep_api_key(key)
                who = (request.actor, request.actor_kind)
                after: Details = {"name": key.name}
                await unit.send(
                    audited(
                        "api_key.revoke",
                        f"api_key:{key.id}",
                        *who,
                        after=after,
                        reason=request.reason,
                    )
                )
        return key.state()
