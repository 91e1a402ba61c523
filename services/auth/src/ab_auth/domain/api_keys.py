"""Keys for machines: at most two secrets of a key live at once, none for ever."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256

from ab_shared.contracts.api_keys import ApiKeySecretState, ApiKeyState, Scope, VerifiedApiKey
from ab_shared.errors import Conflict

# How late a use may be written down: a key in use costs one write in this time, not one a request.
USE_IS_FRESH = timedelta(minutes=5)
# 256 bits: more than anybody can try, so that a plain hash of it is enough.
SECRET_BYTES = 32


def fresh_secret() -> str:
    """A secret nobody has had before, in 43 characters that no shell minds."""
    return secrets.token_urlsafe(SECRET_BYTES)


def digest_of(secret: str) -> bytes:
    """What is kept of a secret."""
    return sha256(secret.encode()).digest()


def new_token(key_id: str, secret: str) -> str:
    """The whole key as machines send it."""
    return f"abk_{key_id}_{secret}"


@dataclass(frozen=True, slots=True)
class Secret:
    """One secret of a key, known by its SHA-256 only."""

    number: int
    digest: bytes
    made_at: datetime
    expires_at: datetime
    last_used_at: datetime | None = None

    def live(self, now: datetime) -> bool:
        """Whether it opens anything."""
        return now < self.expires_at


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key: whom it acts as, what it may do, and its secrets, oldest first."""

    id: str
    name: str
    user_id: str
    scopes: tuple[Scope, ...]
    made_by: str
    made_at: datetime
    secrets: tuple[Secret, ...]
    revoked_at: datetime | None = None

    def opened_by(self, digest: bytes, now: datetime) -> Secret | None:
        """The live secret with this digest; takes the same time whichever it is, or none."""
        found = None
        for secret in self.secrets:
            same = hmac.compare_digest(secret.digest, digest)
            if same and secret.live(now) and self.revoked_at is None:
                found = secret
        return found

    def rotated(self, digest: bytes, now: datetime, life: timedelta, overlap: timedelta) -> ApiKey:
        """With a fresh secret; the newest before it lives on for ``overlap``, older ones end.

        Raises:
            Conflict: the key is revoked.
        """
        if self.revoked_at is not None:
            raise Conflict("The key is revoked; make another one")
        live = [secret for secret in self.secrets if secret.live(now)]
        kept = [replace(s, expires_at=min(s.expires_at, now + overlap)) for s in live[-1:]]
        number = max((secret.number for secret in self.secrets), default=0) + 1
        fresh = Secret(number, digest, now, now + life)
        return replace(self, secrets=(*(s for s in kept if s.live(now)), fresh))

    def revoked(self, now: datetime) -> ApiKey:
        """Ended, for good; again changes nothing."""
        return self if self.revoked_at is not None else replace(self, revoked_at=now)

    def verified(self, secret: Secret) -> VerifiedApiKey:
        """What the gateway is told of it."""
        return VerifiedApiKey(
            key_id=self.id,
            name=self.name,
            user_id=self.user_id,
            scopes=self.scopes,
            expires_at=secret.expires_at,
        )

    def state(self) -> ApiKeyState:
        """What may be shown of it."""
        return ApiKeyState(
            key_id=self.id,
            name=self.name,
            user_id=self.user_id,
            scopes=self.scopes,
            made_by=self.made_by,
            made_at=self.made_at,
            revoked_at=self.revoked_at,
            secrets=tuple(
                ApiKeySecretState(
                    number=secret.number,
                    made_at=secret.made_at,
                    expires_at=secret.expires_at,
                    last_used_at=secret.last_used_at,
                )
                for secret in self.secrets
            ),
        )


def use_is_old(secret: Secret, now: datetime) -> bool:
    """Whether a use now is worth writing down."""
    return secret.last_used_at is None or secret.last_used_at + USE_IS_FRESH <= now
