"""People, sign-ins and signing keys in Postgres."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import Any

from ab_shared.contracts.events import PublicKey
from ab_shared.database.unit import PostgresUnitOfWork, PostgresUnits
from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from ab_auth.adapters.admins import PostgresRoles
from ab_auth.adapters.audit_trail import PostgresTrail
from ab_auth.adapters.tables import (
    FamilyRow,
    IdentityRow,
    PasswordRow,
    RefreshTokenRow,
    Row,
    SigningKeyRow,
    UserRow,
)
from ab_auth.domain.accounts import StoredPassword, User
from ab_auth.domain.families import Family, Reason
from ab_auth.domain.signing_keys import SigningKey

# One number for one lock of this database.
HOLD_KEYS = text("SELECT pg_advisory_xact_lock(7061726602)")
USER = [col(getattr(UserRow, field.name)) for field in fields(User)]
FAMILY = [col(getattr(FamilyRow, field.name)) for field in fields(Family)]


async def _added(connection: AsyncConnection, table: type[Row], values: dict[str, Any]) -> bool:
    """Inserts a row; False when one of its unique values is taken.

    Waits for a transaction that is about to take the same value.
    """
    statement = insert(table).values(values).on_conflict_do_nothing()
    return (await connection.execute(statement)).rowcount == 1


class PostgresPeople(PostgresUnitOfWork):
    """Implements ``People``."""

    async def user(self, user_id: str) -> User | None:
        """The user with this id."""
        found = await self._connection.execute(select(*USER).where(col(UserRow.id) == user_id))
        row = found.mappings().one_or_none()
        return User(**row) if row else None

    async def change_zone(self, user_id: str, timezone: str) -> User | None:
        """One update, which touches nothing where the zone is this one."""
        changed = (
            update(UserRow)
            .where(col(UserRow.id) == user_id, col(UserRow.timezone) != timezone)
            .values(timezone=timezone, version=col(UserRow.version) + 1)
            .returning(*USER)
        )
        row = (await self._connection.execute(changed)).mappings().one_or_none()
        return User(**row) if row else None

    async def user_of(self, issuer: str, subject: str) -> User | None:
        """The user another issuer knows as ``subject``."""
        query = (
            select(*USER)
            .join(IdentityRow, col(IdentityRow.user_id) == col(UserRow.id))
            .where(col(IdentityRow.issuer) == issuer, col(IdentityRow.subject) == subject)
        )
        row = (await self._connection.execute(query)).mappings().one_or_none()
        return User(**row) if row else None

    async def add_user(self, user: User) -> bool:
        """Makes a user unless the id is taken."""
        return await _added(self._connection, UserRow, asdict(user))

    async def add_identity(self, issuer: str, subject: str, user_id: str) -> bool:
        """Lets a subject of another issuer be this user."""
        values = {"issuer": issuer, "subject": subject, "user_id": user_id}
        return await _added(self._connection, IdentityRow, values)

    async def password_of(self, email: str) -> StoredPassword | None:
        """The password of the account with this address."""
        columns = (col(PasswordRow.user_id), col(PasswordRow.encoded))
        query = select(*columns).where(col(PasswordRow.email) == email)
        row = (await self._connection.execute(query)).one_or_none()
        return StoredPassword(row.user_id, row.encoded) if row else None

    async def add_password(self, email: str, password: StoredPassword) -> bool:
        """Lets a user sign in with this address, unless somebody does."""
        return await _added(self._connection, PasswordRow, {"email": email, **asdict(password)})

    async def replace_password(self, password: StoredPassword) -> None:
        """Encodes a user's password anew."""
        await self._connection.execute(
            update(PasswordRow)
            .where(col(PasswordRow.user_id) == password.user_id)
            .values(encoded=password.encoded)
        )


class PostgresFamilies(PostgresUnitOfWork):
    """Implements ``Families``."""

    async def add_family(self, family: Family, digest: bytes) -> None:
        """Writes a fresh sign-in with its first token."""
        await self._connection.execute(insert(FamilyRow).values(asdict(family)))
        await self.add_token(family, digest)

    async def family_of(self, digest: bytes) -> tuple[Family, int] | None:
        """The family of a token and the token's generation; the family's row is locked."""
        query = (
            select(*FAMILY, col(RefreshTokenRow.generation).label("presented"))
            .join(RefreshTokenRow, col(RefreshTokenRow.family_id) == col(FamilyRow.id))
            .where(col(RefreshTokenRow.digest) == digest)
            .with_for_update(of=FamilyRow)
        )
        row = (await self._connection.execute(query)).mappings().one_or_none()
        if row is None:
            return None
        values = dict(row)
        presented = values.pop("presented")
        reason = values.pop("revoked_for")
        return Family(**values, revoked_for=Reason(reason) if reason else None), presented

    async def keep_family(self, family: Family) -> None:
        """Writes a changed family."""
        await self._connection.execute(
            update(FamilyRow).where(col(FamilyRow.id) == family.id).values(asdict(family))
        )

    async def add_token(self, family: Family, digest: bytes) -> None:
        """Writes the family's newest token."""
        values = {"digest": digest, "family_id": family.id, "generation": family.generation}
        await self._connection.execute(insert(RefreshTokenRow).values(values))


class PostgresKeys(PostgresUnitOfWork):
    """Implements ``Keys``."""

    async def hold_keys(self) -> None:
        """Takes the keys' advisory lock until the transaction ends."""
        await self._connection.execute(HOLD_KEYS)

    async def signing_keys(self) -> Sequence[SigningKey]:
        """Every key that still verifies, oldest first."""
        columns = (
            col(SigningKeyRow.kid),
            col(SigningKeyRow.jwk),
            col(SigningKeyRow.sealed),
            col(SigningKeyRow.created_at),
        )
        found = await self._connection.execute(
            select(*columns).order_by(col(SigningKeyRow.created_at), col(SigningKeyRow.kid))
        )
        return [
            SigningKey(PublicKey(kid=row.kid, jwk=row.jwk), row.sealed, row.created_at)
            for row in found
        ]

    async def add_signing_key(self, key: SigningKey) -> None:
        """Writes a new key."""
        values = {
            "kid": key.kid,
            "jwk": key.public.jwk,
            "sealed": key.sealed,
            "created_at": key.created_at,
        }
        await self._connection.execute(insert(SigningKeyRow).values(values))


class PostgresUnit(PostgresPeople, PostgresFamilies, PostgresKeys, PostgresTrail, PostgresRoles):
    """Implements ``AuthUnit`` on one open transaction."""


class PostgresStore(PostgresUnits[PostgresUnit]):
    """Implements ``Store``."""

    unit = PostgresUnit
