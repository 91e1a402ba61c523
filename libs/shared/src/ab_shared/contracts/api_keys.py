"""Keys for machines: load tests and operators' scripts call the API with them.

On the wire a key is ``Authorization: Bearer abk_<id>_<secret>``. Beyond the gateway its secret
travels as a SHA-256 only, but for the one answer that hands out a new one.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import AwareDatetime, Field, SecretStr, field_serializer

from ab_shared.contracts.audit import MAX_REASON, MAX_TEXT, ActorKind
from ab_shared.contracts.base import Contract, Event, Request

Scope = Literal["sessions:read", "sessions:write", "me:read", "admin"]
API_KEY_ISSUER = "api-keys"
"""Who vouches for the users that keys act as."""
KEY_ID = r"^[0-9a-f]{16}$"
SHA256_HEX = r"^[0-9a-f]{64}$"
DAY = 24 * 3600
LONGEST_LIFE = 366 * DAY
LONGEST_OVERLAP = 30 * DAY
MAX_KEYS = 500


class VerifiedApiKey(Contract):
    """Whom a key speaks for, and what it may do until when."""

    key_id: str
    name: str
    user_id: str
    scopes: tuple[Scope, ...]
    expires_at: AwareDatetime


class VerifyApiKey(Request[VerifiedApiKey]):
    """Ask whether a key is good; Unauthorized, with one message, for any that is not."""

    routing_key: ClassVar[str] = "auth.verify_api_key.v1"
    reply_type: ClassVar[type[Contract]] = VerifiedApiKey

    key_id: str = Field(pattern=KEY_ID)
    digest: str = Field(pattern=SHA256_HEX)
    """SHA-256 of the secret, in hex."""


class ApiKeySecretState(Contract):
    """One secret of a key, by its number; of two that are live the newer one shall be used."""

    number: int
    made_at: AwareDatetime
    expires_at: AwareDatetime
    last_used_at: AwareDatetime | None = None
    """Within five minutes or so: it is not written with every use."""


class ApiKeyState(Contract):
    """A key as those who look after keys see it; no secret is in it."""

    key_id: str
    name: str
    user_id: str
    scopes: tuple[Scope, ...]
    made_by: str
    made_at: AwareDatetime
    revoked_at: AwareDatetime | None = None
    secrets: tuple[ApiKeySecretState, ...]


class NewApiKey(Contract):
    """A key with a fresh secret, which nobody can read a second time."""

    key: ApiKeyState
    token: SecretStr
    """The whole of ``abk_<id>_<secret>``."""

    @field_serializer("token", when_used="json")
    def _reveal(self, value: SecretStr) -> str:
        return value.get_secret_value()


class ApiKeyDeed(Contract):
    """Who does something to keys, and why; every deed is audited."""

    actor: str = Field(min_length=1, max_length=MAX_TEXT)
    actor_kind: ActorKind
    reason: str | None = Field(default=None, max_length=MAX_REASON)
    request_id: str | None = None


class MakeApiKey(ApiKeyDeed, Request[NewApiKey]):
    """Make a key that acts as a machine user: a new one, or one that other keys act as already.

    Conflict when a key that is not revoked has the name; NotFound for a user that is no machine's.
    """

    routing_key: ClassVar[str] = "auth.make_api_key.v1"
    reply_type: ClassVar[type[Contract]] = NewApiKey

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")
    scopes: tuple[Scope, ...] = Field(min_length=1, max_length=4)
    life_seconds: int = Field(ge=1, le=LONGEST_LIFE)
    user_id: str | None = None


class RotateApiKey(ApiKeyDeed, Request[NewApiKey]):
    """Give a key a fresh secret; the one before works on for a while, older ones end now.

    NotFound for an unknown key, Conflict for a revoked one.
    """

    routing_key: ClassVar[str] = "auth.rotate_api_key.v1"
    reply_type: ClassVar[type[Contract]] = NewApiKey

    key_id: str = Field(pattern=KEY_ID)
    life_seconds: int = Field(ge=1, le=LONGEST_LIFE)
    overlap_seconds: int = Field(ge=0, le=LONGEST_OVERLAP)


class RevokeApiKey(ApiKeyDeed, Request[ApiKeyState]):
    """End a key with all its secrets, for good; again is no error, NotFound for an unknown one."""

    routing_key: ClassVar[str] = "auth.revoke_api_key.v1"
    reply_type: ClassVar[type[Contract]] = ApiKeyState

    key_id: str = Field(pattern=KEY_ID)


class ApiKeyStates(Contract):
    """Keys, newest first."""

    keys: tuple[ApiKeyState, ...]


class ListApiKeys(Request[ApiKeyStates]):
    """All keys, newest first; those that are revoked or have expired only where asked for."""

    routing_key: ClassVar[str] = "auth.list_api_keys.v1"
    reply_type: ClassVar[type[Contract]] = ApiKeyStates

    ended: bool = False
    limit: int = Field(default=100, ge=1, le=MAX_KEYS)


class ApiKeyChanged(Event):
    """A key was rotated or revoked: what is remembered of it holds no more."""

    routing_key: ClassVar[str] = "auth.api_key_changed.v1"

    key_id: str
    revoked: bool = True
