"""What is known of users' purchases, in Postgres."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncConnection

from ab_entitlement.adapters.purchase_grants import customer_of
from ab_entitlement.domain.purchases import together
from ab_entitlement.domain.subscription import Grant, Subscription

# One round trip, by two indexes: this stands before every answer about an entitlement.
OF_USER = text("""
    SELECT s.source, s.expires_at, s.grace_until, c.id, c.user_id, c.linked_at, c.told_at,
           c.temporary_at, c.due_at, c.asked_at, c.answered_at, c.grants
    FROM (SELECT * FROM subscriptions WHERE user_id = :user_id) AS s
    FULL JOIN (SELECT * FROM purchase_customers WHERE user_id = :user_id) AS c
           ON c.user_id = s.user_id
    ORDER BY c.id
""")
GIVEN = "pro"
GIVEN_COLUMNS = ("whose", "source", "expires_at", "grace_until")


class SubscriptionRows:
    """Implements ``SubscriptionBook`` on one open transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def of(self, user_id: str) -> Subscription | None:
        """What an operator gave and what the store said, together."""
        rows = (await self._connection.execute(OF_USER, {"user_id": user_id})).mappings().all()
        return subscription_of(user_id, rows)


def subscription_of(user_id: str, rows: Sequence[RowMapping]) -> Subscription | None:
    """What rows of one user hold, together."""
    if not rows:
        return None
    given = [_given(rows[0])] if rows[0]["source"] is not None else []
    customers = [customer_of(_customer(row)) for row in rows if row["id"] is not None]
    return together(user_id, given, customers)


def _given(row: RowMapping) -> Grant:
    return Grant(
        GIVEN,
        row["source"],
        expires_at=row["expires_at"],
        grace_expires_at=row["grace_until"],
        # Nobody renews what an operator gave.
        will_renew=False,
    )


def _customer(row: RowMapping) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in GIVEN_COLUMNS}
