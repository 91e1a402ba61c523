"""The ledger in Postgres."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from ab_shared.database.unit import PostgresUnitOfWork, PostgresUnits
from ab_shared.errors import Conflict
from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from ab_entitlement.adapters.tables import ReservationRow
from ab_entitlement.domain.reservation import Reservation, State, day_of, held_since
from ab_entitlement.domain.standing import Standing, Subscription

# The lock and what is read under it are two statements: each sees what was committed before it.
HOLD_USER = text("SELECT pg_advisory_xact_lock(hashtextextended(:user_id, 0))")
STANDING = text("""
    SELECT used.generations, s.source, s.expires_at, s.grace_until
    FROM (
        SELECT count(*) AS generations FROM reservations
        WHERE user_id = :user_id AND day = :day
          AND (state = 'committed' OR (state = 'pending' AND reserved_at > :held_since))
    ) AS used
    LEFT JOIN subscriptions AS s ON s.user_id = :user_id
""")
SUBSCRIBED = ("source", "expires_at", "grace_until")
RESERVED = ("id", "user_id", "day", "state", "reserved_at", "settled_at")


class PostgresLedgerUnit(PostgresUnitOfWork):
    """Implements ``LedgerUnit`` on one open transaction."""

    async def hold(self, user_id: str) -> None:
        """Takes the user's advisory lock until the transaction ends."""
        await self._connection.execute(HOLD_USER, {"user_id": user_id})

    async def standing(self, user_id: str, now: datetime) -> Standing:
        """Subscription and spent generations in one round trip."""
        wanted = {"user_id": user_id, "day": day_of(now), "held_since": held_since(now)}
        row = (await self._connection.execute(STANDING, wanted)).mappings().one()
        subscription = (
            Subscription(**{name: row[name] for name in SUBSCRIBED}) if row["source"] else None
        )
        return Standing(subscription, used_today=row["generations"])

    async def reservation(self, reservation_id: UUID) -> Reservation | None:
        """What is known under this id."""
        columns = [col(getattr(ReservationRow, name)) for name in RESERVED]
        query = select(*columns).where(col(ReservationRow.id) == reservation_id)
        row = (await self._connection.execute(query)).mappings().one_or_none()
        return Reservation(**{**row, "state": State(row["state"])}) if row else None

    async def keep(self, reservation: Reservation) -> None:
        """Inserts or replaces; Conflict when another user has the id."""
        statement = insert(ReservationRow).values(asdict(reservation))
        # The id and the user stay: a reservation never changes hands.
        changed = {name: statement.excluded[name] for name in RESERVED[2:]}
        result = await self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=["id"],
                set_=changed,
                where=col(ReservationRow.user_id) == reservation.user_id,
            )
        )
        if result.rowcount == 0:
            raise Conflict("This reservation belongs to somebody else")


class PostgresLedger(PostgresUnits[PostgresLedgerUnit]):
    """Implements ``Ledger``."""

    unit = PostgresLedgerUnit
