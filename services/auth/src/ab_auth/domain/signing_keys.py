"""The keys the built-in issuer signs with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ab_shared.contracts.events import PublicKey


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key pair; the private half is sealed and useless without the deployment's key."""

    public: PublicKey
    sealed: bytes
    created_at: datetime

    @property
    def kid(self) -> str:
        """The name of the key."""
        return self.public.kid


def signing_key(keys: Sequence[SigningKey]) -> SigningKey | None:
    """The one to sign with: the newest. The others still verify."""
    return max(keys, key=lambda key: (key.created_at, key.kid), default=None)
