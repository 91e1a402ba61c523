"""Answers which keys the built-in issuer's tokens verify with."""

from __future__ import annotations

from dataclasses import dataclass

from ab_shared.contracts import rpc
from ab_shared.runtime.clock import Clock

from ab_auth.domain.signing_keys import verifying
from ab_auth.ports import Store


@dataclass(frozen=True, slots=True)
class GetSigningKeys:
    """Public halves only."""

    store: Store
    issuer: str
    clock: Clock

    async def __call__(self, _request: rpc.GetSigningKeys) -> rpc.SigningKeys:
        """Every key that still verifies, and those that will sign soon."""
        async with self.store.begin() as unit:
            keys = verifying(await unit.signing_keys(), self.clock())
        return rpc.SigningKeys(issuer=self.issuer, keys=tuple(key.public for key in keys))
