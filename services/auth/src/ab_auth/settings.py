"""What the auth service reads from its environment."""

from __future__ import annotations

import base64
import binascii

from ab_shared.runtime.settings import DatabaseSettings, Secret, setting
from pydantic import SecretStr, ValidationInfo, field_validator

KEY_BYTES = 32


def key_bytes(encoded: SecretStr) -> bytes:
    """The bytes of a key in base64, either alphabet; ValueError unless there are 32."""
    text = encoded.get_secret_value().replace("+", "-").replace("/", "_")
    try:
        found = base64.b64decode(text, altchars=b"-_", validate=True)
    except binascii.Error:
        found = b""
    if len(found) != KEY_BYTES:
        raise ValueError("is not 32 bytes in base64")
    return found


class AuthSettings(DatabaseSettings):
    """A database, the broker and, where it is on, the built-in issuer."""

    builtin_issuer_enabled: bool = setting(
        default=False,
        about="Whether people can register and sign in here, without another issuer",
        example="false",
    )
    token_issuer_url: str | None = setting(
        None,
        about="Name of the built-in issuer ('iss'); needed where it is on",
        example="http://127.0.0.1:8787",
        validate_default=True,
    )
    signing_key_encryption_key: Secret | None = setting(
        None,
        about="32 bytes in base64 that encrypt the signing keys; needed with the built-in issuer",
        example="change-me",
        validate_default=True,
    )
    access_token_seconds: int = setting(
        900, about="Life of an access token", example="900", ge=30, le=86400
    )
    refresh_token_days: int = setting(
        30, about="Life of a refresh token that nobody uses", example="30", ge=1, le=365
    )
    clerk_secret_key: Secret | None = setting(
        None,
        about="Reserved for Clerk's backend API, not called yet; tokens need TOKEN_ISSUERS",
        example="change-me",
        where="production",
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
