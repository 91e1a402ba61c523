"""Gives a signed-in user tokens: what every way to sign in ends with."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

from ab_shared.contracts.rpc import TokenPair
from ab_shared.runtime.clock import Clock
from pydantic import SecretStr

from ab_auth.domain.families import Family
from ab_auth.ports import AuthUnit, TokenSigner

# 256 bits: more than anybody can try.
REFRESH_TOKEN_BYTES = 32
ID_BYTES = 16


def digest_of(refresh_token: str) -> bytes:
    """What is kept of a refresh token. It is random, so a plain hash does not help to guess it."""
    return sha256(refresh_token.encode()).digest()


@dataclass(frozen=True, slots=True)
class IssueTokens:
    """Access tokens live for minutes; refresh tokens work once and carry the sign-in on."""

    signer: TokenSigner
    issuer: str
    clock: Clock
    access_life: timedelta
    refresh_life: timedelta

    async def begin(self, unit: AuthUnit, user_id: str) -> TokenPair:
        """The first pair of a new sign-in."""
        family_id = f"sess_{secrets.token_hex(ID_BYTES)}"
        family = Family.begun(family_id, user_id, self.clock(), self.refresh_life)
        refresh_token = secrets.token_urlsafe(REFRESH_TOKEN_BYTES)
        await unit.add_family(family, digest_of(refresh_token))
        return self._pair(family, refresh_token)

    async def carry_on(self, unit: AuthUnit, family: Family) -> TokenPair:
        """The next pair of a sign-in that has just moved on by one generation."""
        refresh_token = secrets.token_urlsafe(REFRESH_TOKEN_BYTES)
        await unit.add_token(family, digest_of(refresh_token))
        return self._pair(family, refresh_token)

    def _pair(self, family: Family, refresh_token: str) -> TokenPair:
        return TokenPair(
            user_id=family.user_id,
            access_token=SecretStr(self._access_token(family)),
            refresh_token=SecretStr(refresh_token),
            expires_in=int(self.access_life.total_seconds()),
        )

    def _access_token(self, family: Family) -> str:
        issued_at = int(self.clock().timestamp())
        return self.signer.sign(
            {
                "iss": self.issuer,
                "sub": family.user_id,
                "sid": family.id,
                "jti": secrets.token_hex(ID_BYTES),
                "iat": issued_at,
                "nbf": issued_at,
                "exp": issued_at + int(self.access_life.total_seconds()),
            }
        )
