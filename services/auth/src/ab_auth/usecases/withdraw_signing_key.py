"""Takes a signing key back at once, because somebody else may have it."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from ab_shared.contracts import signing_keys as contract
from ab_shared.errors import NotFound
from ab_shared.runtime.clock import Clock
from ab_shared.runtime.deeds import audited

from ab_auth.domain.signing_keys import in_turn, signing_key, states, verifying
from ab_auth.ports import Store, TokenSigner
from ab_auth.usecases.make_signing_key import MakeSigningKey

logger = logging.getLogger("ab.auth")


@dataclass(frozen=True, slots=True)
class WithdrawSigningKey:
    """No token of it is believed from the announcement on; sign-ins go on by their refresh tokens.

    A key made in its place signs at once: gateways that have not heard of it ask.
    """

    store: Store
    make: MakeSigningKey
    signer: TokenSigner
    clock: Clock

    async def __call__(self, request: contract.WithdrawSigningKey) -> contract.SigningKeyStates:
        """All keys afterwards; NotFound where there is none of this name (any more)."""
        async with self.store.begin() as unit:
            await unit.hold_keys()
            now = self.clock()
            before = in_turn(await unit.signing_keys())
            leaked = next((key for key in before if key.kid == request.kid), None)
            if leaked is None:
                raise NotFound("No signing key has this name")
            # Those that have left already would come back when their successor goes.
            keys = [key for key in verifying(before, now) if key != leaked]
            for key in before:
                if key not in keys:
                    await unit.drop_signing_key(key.kid)
            if signing_key(before, now) == leaked or not keys:
                # As for the very first key: nobody waits, there is none to sign with meanwhile.
                keys = in_turn([*keys, *await self.make(unit, (), now)])
            await self.make.announce(unit, keys)
            await unit.send(
                audited(
                    "signing_key.withdraw",
                    f"signing_key:{leaked.kid}",
                    request.actor,
                    request.actor_kind,
                    before={"keys": [key.kid for key in before]},
                    after={"keys": [key.kid for key in keys]},
                    reason=request.reason,
                    occurred_at=now,
                )
            )
        logger.warning("A signing key was withdrawn", extra={"kid": leaked.kid})
        self.signer.adopt(keys)
        return contract.SigningKeyStates(keys=states(keys, now))
