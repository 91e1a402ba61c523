"""The tables of keys for machines and of tries to sign in; they never leave the adapters."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, LargeBinary, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from ab_auth.adapters.tables import INSTANT, Row


class ApiKeyRow(Row, table=True):
    """A key for a machine."""

    __tablename__ = "api_keys"
    __table_args__ = (
        # A name is free again once its key is revoked.
        Index("api_keys_by_name", "name", unique=True, postgresql_where=text("revoked_at IS NULL")),
    )

    id: str = Field(primary_key=True, sa_type=Text)
    name: str = Field(sa_type=Text)
    user_id: str = Field(foreign_key="users.id", ondelete="CASCADE", index=True, sa_type=Text)
    scopes: list[str] = Field(sa_type=ARRAY(Text))
    made_by: str = Field(sa_type=Text)
    made_at: datetime = Field(sa_type=INSTANT)
    revoked_at: datetime | None = Field(default=None, sa_type=INSTANT)


class ApiKeySecretRow(Row, table=True):
    """A secret of a key, by its SHA-256."""

    __tablename__ = "api_key_secrets"

    key_id: str = Field(
        primary_key=True, foreign_key="api_keys.id", ondelete="CASCADE", sa_type=Text
    )
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    digest: bytes = Field(sa_type=LargeBinary)
    made_at: datetime = Field(sa_type=INSTANT)
    expires_at: datetime = Field(sa_type=INSTANT)
    last_used_at: datetime | None = Field(default=None, sa_type=INSTANT)


class TriesRow(Row, table=True):
    """Wrong passwords in a row, by marks that tell neither the address nor the place."""

    __tablename__ = "sign_in_tries"
    __table_args__ = (Index("sign_in_tries_by_age", "touched_at"),)

    account: bytes = Field(primary_key=True, sa_type=LargeBinary)
    place: bytes = Field(primary_key=True, sa_type=LargeBinary)
    failures: int
    wait_until: datetime | None = Field(default=None, sa_type=INSTANT)
    succeeded_at: datetime | None = Field(default=None, sa_type=INSTANT)
    touched_at: datetime = Field(sa_type=INSTANT)
    user_id: str | None = Field(
        default=None, foreign_key="users.id", ondelete="CASCADE", index=True, sa_type=Text
    )
