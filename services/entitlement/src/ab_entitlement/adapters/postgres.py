"""The ledger in Postgres: one transaction, one user after the other."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from ab_shared.contracts.usage import JobCosted
from ab_shared.database.transaction import Transaction
from ab_shared.database.unit import PostgresUnitOfWork, PostgresUnits
from sqlalchemy import text

from ab_entitlement.adapters.announcing import announce
from ab_entitlement.adapters.cost_rows import CostRows
from ab_entitlement.adapters.ledger_rows import LedgerRows
from ab_entitlement.adapters.reservation_rows import ReservationRows
from ab_entitlement.adapters.subscription_rows import SubscriptionRows
from ab_entitlement.domain.day import zone_to_keep, zone_told
from ab_entitlement.domain.ledger import Entry
from ab_entitlement.domain.reservation import Reservation
from ab_entitlement.domain.standing import Standing, Usage

# The lock and what is read under it are two statements: each sees what was committed before it.
HOLD_USER = text("SELECT pg_advisory_xact_lock(hashtextextended(:user_id, 0))")
STANDING = text("""
    SELECT held.generations + given.corrected AS generations, held.promised_characters,
        spent.*, (SELECT version FROM accounts WHERE user_id = :user_id) AS version
    FROM (
        SELECT count(*) AS generations,
            CAST(coalesce(sum(r.characters) FILTER (
                WHERE r.state = 'pending'
                  AND NOT EXISTS (SELECT FROM job_costs AS c WHERE c.job_id = r.id)
            ), 0) AS bigint) AS promised_characters
        FROM reservations AS r
        WHERE r.user_id = :user_id AND r.day = :day AND (r.state = 'committed' OR (
            r.state = 'pending'
            AND coalesce(r.expires_at, r.reserved_at + interval '1 hour') > :now
        ))
    ) AS held, (
        SELECT coalesce(sum(amount), 0) AS corrected FROM ledger_entries
        WHERE user_id = :user_id AND day = :day AND kind = 'correct'
    ) AS given, (
        SELECT CAST(coalesce(sum(characters), 0) AS bigint) AS characters,
            coalesce(sum(reads_made), 0) AS reads_made,
            coalesce(sum(reads_reused), 0) AS reads_reused,
            CAST(coalesce(sum(rendered_ms), 0) AS bigint) AS rendered_ms,
            CAST(coalesce(sum(render_ms), 0) AS bigint) AS render_ms, count(*) AS jobs
        FROM job_costs WHERE user_id = :user_id AND day = :day
    ) AS spent
""")
ZONE = text("""
    SELECT timezone, timezone_since, profile_timezone FROM accounts WHERE user_id = :user_id
""")
KEEP_PROFILE_ZONE = text("""
    INSERT INTO accounts AS a (user_id, profile_timezone, profile_version)
    VALUES (:user_id, :zone, :version)
    ON CONFLICT (user_id) DO UPDATE SET profile_timezone = :zone, profile_version = :version
    WHERE a.profile_version < :version
""")
KEEP_ZONE = text("""
    INSERT INTO accounts (user_id, timezone, timezone_since) VALUES (:user_id, :zone, :now)
    ON CONFLICT (user_id) DO UPDATE SET timezone = :zone, timezone_since = :now
""")


class PostgresLedgerUnit(PostgresUnitOfWork):
    """Implements ``LedgerUnit`` on one open transaction."""

    def __init__(self, transaction: Transaction) -> None:
        super().__init__(transaction)
        self._reservations = ReservationRows(self._connection)
        self._ledger = LedgerRows(self._connection)
        self._costs = CostRows(self._connection)
        self._subscriptions = SubscriptionRows(self._connection)
        self._announced: dict[str, int] = {}

    async def announce(self, user_id: str) -> int:
        """Once a user and transaction."""
        if user_id not in self._announced:
            self._announced[user_id] = await announce(self._transaction, user_id)
        return self._announced[user_id]

    async def hold(self, user_id: str) -> None:
        """Takes the user's advisory lock until the transaction ends."""
        await self._connection.execute(HOLD_USER, {"user_id": user_id})

    async def zone(self, user_id: str, told: str | None, now: datetime) -> str | None:
        """Reads, and writes only what the rules let change."""
        row = (await self._connection.execute(ZONE, {"user_id": user_id})).one_or_none()
        kept, since, profile = row or (None, None, None)
        zone = zone_to_keep(kept, since, zone_told(told, profile), now)
        if zone is not None and zone != kept:
            values = {"user_id": user_id, "zone": zone, "now": now}
            await self._connection.execute(KEEP_ZONE, values)
        return zone

    async def keep_profile_zone(self, user_id: str, zone: str, version: int) -> bool:
        """One statement, so that late news never comes in between."""
        values = {"user_id": user_id, "zone": zone, "version": version}
        return (await self._connection.execute(KEEP_PROFILE_ZONE, values)).rowcount == 1

    async def standing(self, user_id: str, day: date, now: datetime) -> Standing:
        """Two statements: all that was spent, and what was bought."""
        wanted = {"user_id": user_id, "day": day, "now": now}
        # The version first: what is read after it can only be newer, and then its news is still
        # to come. The other way round an old subscription could carry a new version.
        row = (await self._connection.execute(STANDING, wanted)).mappings().one()
        subscription = await self._subscriptions.of(user_id)
        spent = {name: int(amount) for name, amount in row.items() if name != "version"}
        return Standing(subscription, Usage(**spent), row["version"] or 0)

    async def reservation(self, reservation_id: UUID) -> Reservation | None:
        """By id."""
        return await self._reservations.find(reservation_id)

    async def keep(self, reservation: Reservation, written: Iterable[Entry]) -> None:
        """Both or neither."""
        await self._reservations.keep(reservation)
        await self._ledger.add(written)

    async def correct(self, entry: Entry) -> bool:
        """Once a request."""
        return await self._ledger.correct(entry)

    async def pending(
        self, before: datetime, after: tuple[datetime, UUID] | None, limit: int
    ) -> list[Reservation]:
        """A page."""
        return await self._reservations.pending(before, after, limit)

    async def lapsed(self, now: datetime, limit: int) -> list[Reservation]:
        """The oldest."""
        return await self._reservations.lapsed(now, limit)

    async def add_cost(self, cost: JobCosted, day: date, at: datetime) -> bool:
        """Once a job."""
        return await self._costs.add(cost, day, at)

    async def entries(self, user_id: str, limit: int) -> list[Entry]:
        """Newest first."""
        return await self._ledger.of_user(user_id, limit)

    async def balance(self, user_id: str, day: date) -> int:
        """From the entries alone."""
        return await self._ledger.balance(user_id, day)

    async def drift(self, since: date, user_id: str | None = None) -> int:
        """Of one user or of all."""
        return await self._ledger.drift(since, user_id)


class PostgresLedger(PostgresUnits[PostgresLedgerUnit]):
    """Implements ``Ledger``."""

    unit = PostgresLedgerUnit
