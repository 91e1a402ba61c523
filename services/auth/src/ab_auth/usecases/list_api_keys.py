"""Shows the keys of machines, without anything that opens."""

from __future__ import annotations

from dataclasses import dataclass

from ab_shared.contracts import api_keys as contract
from ab_shared.runtime.clock import Clock

from ab_auth.ports import Store


@dataclass(frozen=True, slots=True)
class ListApiKeys:
    """For those who look after keys."""

    store: Store
    clock: Clock

    async def __call__(self, request: contract.ListApiKeys) -> contract.ApiKeyStates:
        """Keys, newest first."""
        async with self.store.begin() as unit:
            found = await unit.api_keys(self.clock(), request.limit, ended=request.ended)
        return contract.ApiKeyStates(keys=tuple(key.state() for key in found))
