"""The ledger's entries in Postgres: they are added and added up, never changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import date
from typing import Any

from sqlalchemy import bindparam, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from ab_entitlement.adapters.tables import LedgerEntryRow
from ab_entitlement.domain.ledger import Entry

FIELDS = (
    *("user_id", "day", "kind", "amount", "at"),
    *("reservation_id", "request_id", "actor", "reason"),
)
ADD = insert(LedgerEntryRow)
# Twice the same request, even at the same instant, is one correction.
CORRECT = ADD.on_conflict_do_nothing(index_elements=["request_id"])
COLUMNS: list[Any] = [col(getattr(LedgerEntryRow, name)) for name in FIELDS]
OF_USER = (
    select(*COLUMNS)
    .where(col(LedgerEntryRow.user_id) == bindparam("user_id"))
    .order_by(col(LedgerEntryRow.id).desc())
    .limit(bindparam("most"))
)
BALANCE = text("""
    SELECT coalesce(sum(amount), 0) FROM ledger_entries WHERE user_id = :user_id AND day = :day
""")
# A reservation stands for 1 on its day while it is held and for 0 on every other.
DRIFT = text("""
    SELECT count(*) FROM (
        SELECT reservation_id AS id, day, sum(amount) AS amount FROM ledger_entries
        WHERE day >= :since AND reservation_id IS NOT NULL
          AND (CAST(:user_id AS text) IS NULL OR user_id = :user_id)
        GROUP BY reservation_id, day
    ) AS e FULL JOIN (
        SELECT id, day FROM reservations
        WHERE day >= :since AND state <> 'released'
          AND (CAST(:user_id AS text) IS NULL OR user_id = :user_id)
    ) AS r ON r.id = e.id AND r.day = e.day
    WHERE coalesce(e.amount, 0) <> CASE WHEN r.id IS NULL THEN 0 ELSE 1 END
""")


class LedgerRows:
    """Adds entries and adds them up, on one open transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, written: Iterable[Entry]) -> None:
        """In the order they happened."""
        rows = [asdict(entry) for entry in written]
        if rows:
            await self._connection.execute(ADD.values(rows))

    async def correct(self, entry: Entry) -> bool:
        """False when the request is known."""
        result = await self._connection.execute(CORRECT.values(asdict(entry)))
        return result.rowcount == 1

    async def of_user(self, user_id: str, limit: int) -> list[Entry]:
        """Newest first."""
        wanted = {"user_id": user_id, "most": limit}
        rows = (await self._connection.execute(OF_USER, wanted)).mappings()
        return [Entry(**row) for row in rows]

    async def balance(self, user_id: str, day: date) -> int:
        """The sum of a user's day."""
        wanted = {"user_id": user_id, "day": day}
        return int(await self._connection.scalar(BALANCE, wanted) or 0)

    async def drift(self, since: date, user_id: str | None) -> int:
        """Both sides joined by reservation and day."""
        wanted = {"since": since, "user_id": user_id}
        return int(await self._connection.scalar(DRIFT, wanted) or 0)
