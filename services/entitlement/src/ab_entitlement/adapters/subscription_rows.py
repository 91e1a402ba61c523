"""What is known of users' purchases, in Postgres."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from ab_entitlement.domain.subscription import Grant, Subscription

OF_USER = text("SELECT source, expires_at, grace_until FROM subscriptions WHERE user_id = :user_id")
GIVEN = "pro"


class SubscriptionRows:
    """Implements ``SubscriptionBook`` on one open transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def of(self, user_id: str) -> Subscription | None:
        """By primary key."""
        row = (await self._connection.execute(OF_USER, {"user_id": user_id})).one_or_none()
        if row is None:
            return None
        given = Grant(
            GIVEN,
            row.source,
            expires_at=row.expires_at,
            grace_expires_at=row.grace_until,
            # Nobody renews what an operator gave.
            will_renew=False,
        )
        return Subscription(user_id, grants=(given,))
