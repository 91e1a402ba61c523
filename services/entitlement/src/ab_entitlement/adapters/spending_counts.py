"""What was spent and who pays, in Postgres."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

from ab_shared.database.unit import PostgresUnitOfWork, PostgresUnits
from sqlalchemy import RowMapping, text

from ab_entitlement.adapters.subscription_rows import subscription_of
from ab_entitlement.domain.subscription import Subscription

# By the index of days.
GENERATIONS = text("""
    SELECT count(*) FROM reservations WHERE day = :day AND state IN ('pending', 'committed')
""")
# Everybody's, as subscription_rows reads one user's; whoever never bought anything has no row.
OF_ALL = text("""
    SELECT coalesce(s.user_id, c.user_id) AS whose, s.source, s.expires_at, s.grace_until,
        c.id, c.user_id, c.linked_at, c.told_at, c.temporary_at, c.due_at, c.asked_at,
        c.answered_at, c.grants
    FROM subscriptions AS s
    FULL JOIN (SELECT * FROM purchase_customers WHERE user_id IS NOT NULL) AS c
        ON c.user_id = s.user_id
    ORDER BY whose, c.id LIMIT :most
""")
# More payers than this are counted by the analytics of the store, not at a glance.
MOST_ROWS = 50_000


class PostgresSpendingCounts(PostgresUnitOfWork):
    """Implements ``CountUnit``."""

    async def generations_on(self, day: date) -> int:
        """One count."""
        return int((await self._connection.execute(GENERATIONS, {"day": day})).scalar_one())

    async def subscriptions(self) -> Sequence[Subscription]:
        """Read whole, which is why answers are kept for some seconds."""
        rows: dict[str, list[RowMapping]] = defaultdict(list)
        found: Any = (await self._connection.execute(OF_ALL, {"most": MOST_ROWS})).mappings()
        for row in found:
            rows[row["whose"]].append(row)
        built = (subscription_of(user_id, own) for user_id, own in rows.items())
        return [subscription for subscription in built if subscription is not None]


class PostgresCounts(PostgresUnits[PostgresSpendingCounts]):
    """Implements ``Counts``."""

    unit = PostgresSpendingCounts
