"""Looks after the signing keys: at every start, and again and again while the service runs."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ab_shared.runtime.clock import Clock

from ab_auth.domain.signing_keys import SigningKey, due, in_turn, signing_key, verifying
from ab_auth.ports import AuthUnit, KeyMaker, Store, TokenSigner
from ab_auth.usecases.account_metrics import SIGNING_KEY
from ab_auth.usecases.make_signing_key import MakeSigningKey

logger = logging.getLogger("ab.auth")


@dataclass(frozen=True, slots=True)
class EnsureSigningKey:
    """Instances wait for each other, so that one key is made; each then knows all of them."""

    store: Store
    maker: KeyMaker
    make: MakeSigningKey
    signer: TokenSigner
    clock: Clock

    async def __call__(self) -> None:
        """Makes the next key when it is due, seals anew, lets go of dead ones; then adopts them.

        Raises:
            SettingsInvalid: the deployment's keys don't open the one to sign with.
        """
        async with self.store.begin() as unit:
            await unit.hold_keys()
            now = self.clock()
            before = await unit.signing_keys()
            keys = await self._without_dead(unit, before, now)
            keys = await self._fit_to_sign(unit, keys, now)
            if due(keys, now, self.make.rotation):
                keys = await self.make(unit, keys, now)
            if [key.kid for key in keys] != [key.kid for key in before]:
                await self.make.announce(unit, keys)
        # Only what is committed is signed with.
        self.signer.adopt(keys)
        if current := signing_key(keys, now):
            SIGNING_KEY.set(current.created_at.timestamp())

    async def _without_dead(
        self, unit: AuthUnit, keys: Sequence[SigningKey], now: datetime
    ) -> list[SigningKey]:
        alive = verifying(keys, now)
        for key in keys:
            if key not in alive:
                await unit.drop_signing_key(key.kid)
                logger.info("A signing key has verified its last token", extra={"kid": key.kid})
        return alive

    async def _fit_to_sign(
        self, unit: AuthUnit, keys: list[SigningKey], now: datetime
    ) -> list[SigningKey]:
        """The keys, sealed by the newest key and aware of how long our tokens live."""
        current = signing_key(keys, now)
        turns = in_turn(keys)
        since = turns.index(current) if current else 0
        fit = turns[:since]
        for key in turns[since:]:
            seconds = max(key.token_seconds, self.make.token_seconds)
            changed = replace(self.maker.resealed(key), token_seconds=seconds)
            if changed != key:
                await unit.keep_signing_key(changed)
            fit.append(changed)
        return fit
