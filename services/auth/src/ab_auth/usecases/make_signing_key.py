"""Makes the key that signs next."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ab_shared.contracts.events import KeysRotated

from ab_auth.domain.signing_keys import Rotation, SigningKey, next_turn
from ab_auth.ports import AuthUnit, KeyMaker

logger = logging.getLogger("ab.auth")


@dataclass(frozen=True, slots=True)
class MakeSigningKey:
    """Inside a transaction that holds the keys; ``token_life`` is that of our access tokens."""

    maker: KeyMaker
    issuer: str
    rotation: Rotation
    token_life: timedelta

    @property
    def token_seconds(self) -> int:
        """The same, as keys remember it."""
        return int(self.token_life.total_seconds())

    async def __call__(
        self, unit: AuthUnit, keys: Sequence[SigningKey], now: datetime
    ) -> list[SigningKey]:
        """The keys with the new one among them, which signs once gateways had time to learn it."""
        turn = next_turn(keys, now, self.rotation)
        made = self.maker.make(now, turn, self.token_seconds)
        await unit.keep_signing_key(made)
        logger.info("A signing key was made", extra={"kid": made.kid, "signs_from": str(turn)})
        return [*keys, made]

    async def announce(self, unit: AuthUnit, keys: Sequence[SigningKey]) -> None:
        """Tells gateways which keys verify."""
        await unit.send(KeysRotated(issuer=self.issuer, keys=tuple(key.public for key in keys)))
