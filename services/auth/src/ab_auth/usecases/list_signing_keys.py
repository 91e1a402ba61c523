"""Shows where each signing key stands."""

from __future__ import annotations

from dataclasses import dataclass

from ab_shared.contracts import signing_keys as contract
from ab_shared.runtime.clock import Clock

from ab_auth.domain.signing_keys import states
from ab_auth.ports import Store


@dataclass(frozen=True, slots=True)
class ListSigningKeys:
    """Nothing of the keys but their names and times."""

    store: Store
    clock: Clock

    async def __call__(self, _request: contract.ListSigningKeys) -> contract.SigningKeyStates:
        """Every key that verifies, in turn."""
        async with self.store.begin() as unit:
            keys = await unit.signing_keys()
        return contract.SigningKeyStates(keys=states(keys, self.clock()))
