"""What goes of a user, and what stays without a name, in Postgres."""

from __future__ import annotations

import json
from collections.abc import Mapping
from uuid import UUID

from ab_shared.database.unit import PostgresUnitOfWork, PostgresUnits
from sqlalchemy import bindparam, delete, text

from ab_entitlement.adapters.tables import METADATA

HOLD_USER = text("SELECT pg_advisory_xact_lock(hashtextextended(:user_id, 0))")
BEGIN = text("""
    INSERT INTO erasures (id, user_id) VALUES (:id, :user_id) ON CONFLICT (id) DO NOTHING
""")
FIND = text("SELECT user_id FROM erasures WHERE id = :id FOR UPDATE")
FINISH = text("UPDATE erasures SET user_id = NULL WHERE id = :id")
CUSTOMERS = text("""
    SELECT id FROM purchase_customers WHERE id = :user_id OR user_id = :user_id
""")
# An event of theirs may name others too; it is kept for replay only, and they are read daily.
EVENTS = text("""
    DELETE FROM purchase_events WHERE json_strings_in(event) && json_strings_in(:names)
""")
# Vendors were paid for this, so the sums of a day stay; no id leads back to anybody.
COSTS = text("""
    UPDATE job_costs SET user_id = NULL, job_id = gen_random_uuid(), session_id = gen_random_uuid()
    WHERE user_id = :user_id
""")
DOERS = text("UPDATE ledger_entries SET actor = 'erased' WHERE actor = :user_id")
# Entries and what they stand for go together: what is left adds up as before.
TABLES = ("ledger_entries", "reservations", "subscriptions", "accounts", "purchase_customers")
DELETES = {
    name: delete(METADATA.tables[name]).where(
        METADATA.tables[name].c["user_id"] == bindparam("user_id")
    )
    for name in TABLES
}
NAMESAKE = text("DELETE FROM purchase_customers WHERE id = :user_id")


class PostgresErasingUnit(PostgresUnitOfWork):
    """Implements ``ErasingUnit`` on one open transaction."""

    async def begin(self, erasure_id: UUID, user_id: str) -> None:
        """Inserts unless it is there."""
        await self._connection.execute(BEGIN, {"id": erasure_id, "user_id": user_id})

    async def whose(self, erasure_id: UUID) -> str | None:
        """By id."""
        found: str | None = await self._connection.scalar(FIND, {"id": erasure_id})
        return found

    async def finish(self, erasure_id: UUID) -> None:
        """The row stays, without a name: a message that comes again must not erase again."""
        await self._connection.execute(FINISH, {"id": erasure_id})

    async def erase(self, user_id: str) -> Mapping[str, int]:
        """Under the lock that every change of theirs takes."""
        user = {"user_id": user_id}
        await self._connection.execute(HOLD_USER, user)
        linked = (await self._connection.execute(CUSTOMERS, user)).scalars().all()
        # Written by the same encoder as the events.
        names = json.dumps([user_id, *linked])
        events = await self._connection.execute(EVENTS, {"names": names})
        counts = {"purchase_events": events.rowcount}
        counts["costs_without_name"] = (await self._connection.execute(COSTS, user)).rowcount
        await self._connection.execute(DOERS, user)
        for table, statement in DELETES.items():
            counts[table] = (await self._connection.execute(statement, user)).rowcount
        counts["purchase_customers"] += (await self._connection.execute(NAMESAKE, user)).rowcount
        return counts


class PostgresErasing(PostgresUnits[PostgresErasingUnit]):
    """Implements ``Erasing``."""

    unit = PostgresErasingUnit
