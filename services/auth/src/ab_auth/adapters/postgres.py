"""People in Postgres, and the one unit of work over everything auth keeps."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, fields
from typing import Any

from ab_shared.database.unit import PostgresUnitOfWork, PostgresUnits
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from ab_auth.adapters.admins import PostgresRoles
from ab_auth.adapters.api_keys import PostgresApiKeys
from ab_auth.adapters.audit_trail import PostgresTrail
from ab_auth.adapters.identities import PostgresIdentities
from ab_auth.adapters.sign_ins import PostgresFamilies, PostgresTries
from ab_auth.adapters.signing_keys import PostgresKeys
from ab_auth.adapters.tables import IdentityRow, PasswordRow, Row, UserRow
from ab_auth.domain.accounts import StoredPassword, User

USER = [col(getattr(UserRow, field.name)) for field in fields(User)]


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

    async def known_of(self, issuer: str, subjects: Collection[str]) -> set[str]:
        """One query, whoever there is of them."""
        query = select(col(IdentityRow.subject)).where(
            col(IdentityRow.issuer) == issuer, col(IdentityRow.subject).in_(subjects)
        )
        return set((await self._connection.execute(query)).scalars())

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


class PostgresUnit(
    PostgresPeople,
    PostgresFamilies,
    PostgresTries,
    PostgresKeys,
    PostgresApiKeys,
    PostgresTrail,
    PostgresRoles,
    PostgresIdentities,
):
    """Implements ``AuthUnit`` on one open transaction."""


class PostgresStore(PostgresUnits[PostgresUnit]):
    """Implements ``Store``."""

    unit = PostgresUnit
