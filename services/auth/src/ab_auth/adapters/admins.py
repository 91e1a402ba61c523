"""Roles of administrators in Postgres."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import Any

from ab_shared.contracts.admin import Role
from ab_shared.database.unit import PostgresUnitOfWork
from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from ab_auth.adapters.tables import AdminRow, IdentityRow
from ab_auth.domain.roles import Standing

# One number for one lock of this database; the signing keys have another.
HOLD_ROLES = text("SELECT pg_advisory_xact_lock(7061726603)")
STANDING = [col(getattr(AdminRow, field.name)) for field in fields(Standing)]


class PostgresRoles(PostgresUnitOfWork):
    """Implements ``Roles``."""

    async def hold_roles(self) -> None:
        """Takes the roles' advisory lock until the transaction ends."""
        await self._connection.execute(HOLD_ROLES)

    async def standing(self, user_id: str) -> Standing | None:
        """What somebody holds or held."""
        query = select(*STANDING).where(col(AdminRow.user_id) == user_id)
        row = (await self._connection.execute(query)).mappings().one_or_none()
        return _standing(dict(row)) if row else None

    async def standings(self) -> Sequence[Standing]:
        """Those of everybody with a role, longest-serving first."""
        query = (
            select(*STANDING)
            .where(col(AdminRow.role).is_not(None))
            .order_by(col(AdminRow.granted_at), col(AdminRow.user_id))
        )
        rows = (await self._connection.execute(query)).mappings()
        return [_standing(dict(row)) for row in rows]

    async def holders(self, role: Role) -> Sequence[str]:
        """Who holds this role."""
        query = select(col(AdminRow.user_id)).where(col(AdminRow.role) == role.value)
        return (await self._connection.execute(query)).scalars().all()

    async def keep_standing(self, standing: Standing) -> None:
        """Writes what somebody holds now."""
        values = {**asdict(standing), "role": standing.role.value if standing.role else None}
        statement = insert(AdminRow).values(values)
        await self._connection.execute(
            statement.on_conflict_do_update(index_elements=["user_id"], set_=values)
        )

    async def issuers_of(self, user_id: str) -> Sequence[str]:
        """The other issuers that know this user."""
        query = (
            select(col(IdentityRow.issuer))
            .where(col(IdentityRow.user_id) == user_id)
            .order_by(col(IdentityRow.issuer))
        )
        return (await self._connection.execute(query)).scalars().all()


def _standing(row: dict[str, Any]) -> Standing:
    role = row.pop("role")
    return Standing(**row, role=Role(role) if role else None)
