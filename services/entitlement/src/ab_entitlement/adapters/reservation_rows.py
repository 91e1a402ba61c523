"""Reservations in Postgres."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from ab_shared.errors import Conflict
from sqlalchemy import RowMapping, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from ab_entitlement.adapters.tables import ReservationRow
from ab_entitlement.domain.reservation import Reservation, State

FIELDS = (
    *("id", "user_id", "day", "state", "reserved_at", "expires_at", "settled_at"),
    "characters",
)
# The release before wrote no end of a hold; it meant an hour.
OLD_HOLD = timedelta(hours=1)
SELECT = """
    SELECT id, user_id, day, state, reserved_at, expires_at, settled_at, characters
    FROM reservations
"""
FIND = text(SELECT + "WHERE id = :id")
PENDING = text(
    SELECT
    + """
    WHERE state = 'pending' AND reserved_at < :before AND (
        CAST(:after_at AS timestamptz) IS NULL
        OR (reserved_at, id) > (CAST(:after_at AS timestamptz), CAST(:after_id AS uuid))
    ) ORDER BY reserved_at, id LIMIT :most
    """
)
LAPSED = text(
    SELECT
    + """
    WHERE state = 'pending' AND coalesce(expires_at, reserved_at + interval '1 hour') <= :now
    ORDER BY reserved_at LIMIT :most
    """
)


class ReservationRows:
    """Finds and keeps reservations, on one open transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def find(self, reservation_id: UUID) -> Reservation | None:
        """By primary key."""
        row = (await self._connection.execute(FIND, {"id": reservation_id})).mappings()
        found = row.one_or_none()
        return _reservation(found) if found else None

    async def keep(self, reservation: Reservation) -> None:
        """Inserts or replaces; Conflict when another user has the id."""
        statement = insert(ReservationRow).values(asdict(reservation))
        # The id and the user stay: a reservation never changes hands.
        changed = {name: statement.excluded[name] for name in FIELDS[2:]}
        result = await self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=["id"],
                set_=changed,
                where=col(ReservationRow.user_id) == reservation.user_id,
            )
        )
        if result.rowcount == 0:
            raise Conflict("This reservation belongs to somebody else")

    async def pending(
        self, before: datetime, after: tuple[datetime, UUID] | None, limit: int
    ) -> list[Reservation]:
        """Oldest first."""
        after_at, after_id = after or (None, None)
        wanted = {"before": before, "after_at": after_at, "after_id": after_id, "most": limit}
        return await self._all(PENDING, wanted)

    async def lapsed(self, now: datetime, limit: int) -> list[Reservation]:
        """Oldest first."""
        return await self._all(LAPSED, {"now": now, "most": limit})

    async def _all(self, query: Any, wanted: dict[str, Any]) -> list[Reservation]:
        rows = (await self._connection.execute(query, wanted)).mappings()
        return [_reservation(row) for row in rows]


def _reservation(row: RowMapping) -> Reservation:
    expires_at = row["expires_at"] or row["reserved_at"] + OLD_HOLD
    return Reservation(**{**row, "state": State(row["state"]), "expires_at": expires_at})
