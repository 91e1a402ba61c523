"""The tables of the auth database; they never leave the adapters."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ab_shared.database.message_tables import add_message_tables
from sqlalchemy import BigInteger, DateTime, Identity, Index, LargeBinary, Text, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

INSTANT = DateTime(timezone=True)


class Row(SQLModel, registry=registry()):
    """Base of this service's tables; keeps them apart from every other service's."""


class UserRow(Row, table=True):
    """Somebody."""

    __tablename__ = "users"

    id: str = Field(primary_key=True, sa_type=Text)
    timezone: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=INSTANT)
    version: int = Field(default=0, sa_type=BigInteger, sa_column_kwargs={"server_default": "0"})


class IdentityRow(Row, table=True):
    """A subject of another issuer: when it was made here, changed there and last seen listed."""

    __tablename__ = "identities"

    issuer: str = Field(primary_key=True, sa_type=Text)
    subject: str = Field(primary_key=True, sa_type=Text)
    user_id: str = Field(foreign_key="users.id", ondelete="CASCADE", index=True, sa_type=Text)
    made_at: datetime = Field(sa_type=INSTANT, sa_column_kwargs={"server_default": func.now()})
    changed_at: datetime | None = Field(default=None, sa_type=INSTANT)
    listed_at: datetime | None = Field(default=None, sa_type=INSTANT)


class PasswordRow(Row, table=True):
    """An account at the built-in issuer. The address is personal data: it is in no other table."""

    __tablename__ = "passwords"

    user_id: str = Field(primary_key=True, foreign_key="users.id", ondelete="CASCADE", sa_type=Text)
    email: str = Field(unique=True, sa_type=Text)
    encoded: str = Field(sa_type=Text)


class FamilyRow(Row, table=True):
    """A sign-in."""

    __tablename__ = "families"
    __table_args__ = (
        Index("families_by_end", "expires_at"),
        Index("families_by_revocation", "revoked_at"),
    )

    id: str = Field(primary_key=True, sa_type=Text)
    user_id: str = Field(foreign_key="users.id", ondelete="CASCADE", index=True, sa_type=Text)
    generation: int
    started_at: datetime = Field(sa_type=INSTANT)
    expires_at: datetime = Field(sa_type=INSTANT)
    revoked_at: datetime | None = Field(default=None, sa_type=INSTANT)
    revoked_for: str | None = Field(default=None, sa_type=Text)
    renewed_at: datetime | None = Field(default=None, sa_type=INSTANT)


class RefreshTokenRow(Row, table=True):
    """A refresh token of a sign-in, used or not, by its SHA-256."""

    __tablename__ = "refresh_tokens"
    __table_args__ = (Index("refresh_tokens_of_a_family", "family_id", "generation", unique=True),)

    digest: bytes = Field(primary_key=True, sa_type=LargeBinary)
    family_id: str = Field(foreign_key="families.id", ondelete="CASCADE", sa_type=Text)
    generation: int


class SigningKeyRow(Row, table=True):
    """A key of the built-in issuer; its private half is sealed."""

    __tablename__ = "signing_keys"

    kid: str = Field(primary_key=True, sa_type=Text)
    jwk: dict[str, str] = Field(sa_type=JSONB)
    sealed: bytes = Field(sa_type=LargeBinary)
    created_at: datetime = Field(sa_type=INSTANT)
    signs_from: datetime = Field(sa_type=INSTANT)
    token_seconds: int


class AdminRow(Row, table=True):
    """What an administrator holds; without a role they hold none any more."""

    __tablename__ = "admins"

    user_id: str = Field(primary_key=True, foreign_key="users.id", ondelete="CASCADE", sa_type=Text)
    role: str | None = Field(default=None, sa_type=Text)
    granted_by: str = Field(sa_type=Text)
    granted_at: datetime = Field(sa_type=INSTANT)
    version: int = Field(sa_type=BigInteger)


class AuditRow(Row, table=True):
    """A deed; triggers and missing rights keep it as it is."""

    __tablename__ = "audit"
    __table_args__ = (
        Index("audit_of_a_subject", "subject", "number"),
        Index("audit_of_an_actor", "actor", "number"),
    )

    number: int | None = Field(
        default=None, primary_key=True, sa_column_args=(Identity(always=True),), sa_type=BigInteger
    )
    id: str = Field(unique=True, sa_type=Text)
    actor: str = Field(sa_type=Text)
    actor_kind: str = Field(sa_type=Text)
    action: str = Field(sa_type=Text)
    subject: str = Field(sa_type=Text)
    before: dict[str, Any] | None = Field(default=None, sa_type=JSONB)
    after: dict[str, Any] | None = Field(default=None, sa_type=JSONB)
    reason: str | None = Field(default=None, sa_type=Text)
    request_id: str | None = Field(default=None, sa_type=Text)
    correlation_id: str = Field(sa_type=Text)
    occurred_at: datetime = Field(sa_type=INSTANT)


METADATA = Row.metadata
add_message_tables(METADATA)
