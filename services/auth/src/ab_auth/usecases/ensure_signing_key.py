"""Makes sure, at every start, that there is a key to sign with."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from ab_shared.contracts.events import KeysRotated
from ab_shared.runtime.clock import Clock

from ab_auth.domain.signing_keys import SigningKey, signing_key
from ab_auth.ports import KeyMaker, Store

logger = logging.getLogger("ab.auth")


@dataclass(frozen=True, slots=True)
class EnsureSigningKey:
    """Instances that start together wait for each other, so that one key is made."""

    store: Store
    maker: KeyMaker
    issuer: str
    clock: Clock

    async def __call__(self) -> SigningKey:
        """The key to sign with; a new one is made and announced when there is none."""
        async with self.store.begin() as unit:
            await unit.hold_keys()
            found = signing_key(await unit.signing_keys())
            if found is not None:
                return found
            made = self.maker.make(self.clock())
            await unit.add_signing_key(made)
            await unit.send(KeysRotated(issuer=self.issuer, keys=(made.public,)))
        logger.info("A signing key was made", extra={"kid": made.kid})
        return made
