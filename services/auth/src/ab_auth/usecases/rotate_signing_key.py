"""Makes the next signing key because somebody wants it."""

from __future__ import annotations

from dataclasses import dataclass

from ab_shared.contracts import signing_keys as contract
from ab_shared.errors import Conflict
from ab_shared.runtime.clock import Clock
from ab_shared.runtime.deeds import audited

from ab_auth.domain.signing_keys import pending, states, verifying
from ab_auth.ports import Store, TokenSigner
from ab_auth.usecases.make_signing_key import MakeSigningKey


@dataclass(frozen=True, slots=True)
class RotateSigningKey:
    """The new key is published now and signs a little later; nobody is signed out."""

    store: Store
    make: MakeSigningKey
    signer: TokenSigner
    clock: Clock

    async def __call__(self, request: contract.RotateSigningKey) -> contract.SigningKeyStates:
        """All keys afterwards; Conflict while one waits for its turn already."""
        async with self.store.begin() as unit:
            await unit.hold_keys()
            now = self.clock()
            before = verifying(await unit.signing_keys(), now)
            if pending(before, now):
                raise Conflict("A key waits for its turn already")
            keys = await self.make(unit, before, now)
            await self.make.announce(unit, keys)
            await unit.send(
                audited(
                    "signing_key.rotate",
                    f"signing_key:{keys[-1].kid}",
                    request.actor,
                    request.actor_kind,
                    before={"keys": [key.kid for key in before]},
                    after={"keys": [key.kid for key in keys]},
                    reason=request.reason,
                    occurred_at=now,
                )
            )
        self.signer.adopt(keys)
        return contract.SigningKeyStates(keys=states(keys, now))
