"""What the auth service reads from its environment."""

from __future__ import annotations

import base64
import binascii

from ab_shared.runtime.builtin_issuer import BuiltinIssuerSettings
from ab_shared.runtime.clerk_issuer import ClerkIssuerSettings
from ab_shared.runtime.settings import (
    DatabaseSettings,
    Environment,
    Secret,
    StorageSettings,
    setting,
)
from pydantic import SecretStr, ValidationInfo, field_validator

KEY_BYTES = 32
LEAST_PROOF_KEY = 32


def key_bytes(encoded: SecretStr) -> tuple[bytes, ...]:
    """The keys in a list separated by commas, each in base64, either alphabet.

    Raises:
        ValueError: one of them is not 32 bytes.
    """
    return tuple(_key(one.strip()) for one in encoded.get_secret_value().split(","))


def _key(encoded: str) -> bytes:
    text = encoded.replace("+", "-").replace("/", "_")
    try:
        found = base64.b64decode(text, altchars=b"-_", validate=True)
    except binascii.Error:
        found = b""
    if len(found) != KEY_BYTES:
        raise ValueError("is not 32 bytes in base64")
    return found


class AuthSettings(BuiltinIssuerSettings, ClerkIssuerSettings, DatabaseSettings, StorageSettings):
    """A database, the broker and, where it is on, the built-in issuer."""

    token_issuer_url: str | None = setting(
        None,
        about="Name of the built-in issuer ('iss'); needed where it is on",
        example="http://127.0.0.1:8787",
        validate_default=True,
    )
    signing_key_encryption_key: Secret | None = setting(
        None,
        about="32 bytes in base64 that encrypt the signing keys; needed with the built-in issuer. "
        "More, after commas, open what they sealed; the first seals anew",
        example="change-me",
        validate_default=True,
    )
    erasure_proof_key: Secret = setting(
        about="Key of the proofs that stay of erased users; what another key has proven is found "
        "only while that is in ERASURE_PROOF_KEYS_BEFORE",
        example="change-me",
    )
    erasure_proof_keys_before: tuple[Secret, ...] = setting(
        (),
        about="JSON list of keys that ERASURE_PROOF_KEY was before: nothing is proven with them, "
        "what they have proven is found",
        example='["change-me"]',
        validate_default=True,
    )
    access_token_seconds: int = setting(
        900, about="Life of an access token", example="900", ge=30, le=86400
    )
    refresh_token_days: int = setting(
        30, about="Life of a refresh token that nobody uses", example="30", ge=1, le=365
    )
    signing_key_days: int = setting(
        90, about="Days a signing key signs before the next one does", example="90", ge=1, le=366
    )
    signing_key_lead_seconds: int = setting(
        300,
        about="How long gateways know a new signing key before it signs",
        example="300",
        ge=5,
        le=3600,
    )
    least_password_length: int = setting(
        10,
        about="Characters a password needs; NIST SP 800-63B-4 asks for 15 where it is all there is",
        example="15",
        ge=8,
        le=64,
    )
    clerk_secret_key: Secret | None = setting(
        None,
        about="Key of Clerk's Backend API: finds users by address, compares lists; unset does not",
        example="change-me",
        where="production",
        validate_default=True,
    )
    clerk_api_url: str = setting(
        "https://api.clerk.com",
        about="Where Clerk's Backend API is, without /v1",
        example="https://api.clerk.com",
        where="production",
        pattern=r"^https?://[^\s/]+(/[^\s?#]*)?$",
    )
    clerk_user_prefix: str = setting(
        "",
        about="The prefix that TOKEN_ISSUERS gives Clerk's users, where it gives one",
        example="clerk:",
        where="production",
    )
    clerk_compare_hours: float = setting(
        24.0,
        about="Hours between two comparisons of our users with Clerk's list",
        example="24",
        where="production",
        gt=0,
        le=720,
    )
    clerk_most_missing_percent: int = setting(
        5,
        about="Most users in a hundred that a comparison may find gone; more, and nobody is erased",
        example="5",
        where="production",
        ge=0,
        le=100,
    )
    clerk_token_seconds: int = setting(
        3600,
        about="Life of the longest-lived JWT template; a revocation is remembered so long",
        example="3600",
        where="production",
        ge=60,
        le=2_592_000,
    )
    argon2_time_cost: int = setting(
        2, about="Argon2id: passes over its memory", example="2", ge=1, le=20
    )
    argon2_memory_kib: int = setting(
        19456, about="Argon2id: memory for one password, in KiB", example="19456", ge=8192
    )
    argon2_parallelism: int = setting(1, about="Argon2id: lanes", example="1", ge=1, le=16)
    argon2_at_once: int = setting(
        2, about="Passwords checked at the same time; more have to wait", example="2", ge=1, le=64
    )

    aws_s3_bucket_name: str | None = setting(
        None,
        about="Bucket of tracks, where archives of users' data are kept; unset makes none",
        example="ab-media",
        min_length=3,
    )
    export_max_bytes: int = setting(
        4 * 1024**3,
        about="Most bytes of an archive of a user's data; sound beyond them is left out and listed",
        example="4294967296",
        ge=1_000_000,
    )

    @property
    def proof_keys_before(self) -> tuple[bytes, ...]:
        """The keys of proofs that came before, as bytes."""
        return tuple(one.get_secret_value().encode() for one in self.erasure_proof_keys_before)

    @field_validator("erasure_proof_key")
    @classmethod
    def _too_long_to_guess(cls, value: SecretStr) -> SecretStr:
        if len(value.get_secret_value()) < LEAST_PROOF_KEY:
            raise ValueError(f"needs {LEAST_PROOF_KEY} characters at least")
        return value

    @field_validator("clerk_secret_key")
    @classmethod
    def _with_its_issuer(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if value is not None and not info.data.get("clerk_issuer"):
            raise ValueError("belongs together with CLERK_ISSUER")
        return value

    @field_validator("clerk_api_url")
    @classmethod
    def _kept_secret(cls, value: str, info: ValidationInfo) -> str:
        plain = not value.startswith("https://")
        if plain and info.data.get("environment") is Environment.PRODUCTION:
            raise ValueError("would send the key without https, which is refused in production")
        return value

    @field_validator("token_issuer_url", "signing_key_encryption_key")
    @classmethod
    def _needed_by_the_issuer(
        cls, value: str | SecretStr | None, info: ValidationInfo
    ) -> str | SecretStr | None:
        if value is None and info.data.get("builtin_issuer_enabled"):
            raise ValueError("is missing, BUILTIN_ISSUER_ENABLED needs it")
        return value

    @field_validator("signing_key_encryption_key")
    @classmethod
    def _a_whole_key(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            key_bytes(value)
        return value
