"""Counting the changes of a user's entitlement and telling the world, in the same transaction."""

from __future__ import annotations

from ab_shared.contracts.events import EntitlementChanged
from ab_shared.database.transaction import Transaction
from sqlalchemy import text

# The row is locked until the commit: versions are given out in the order of the commits.
COUNT = text("""
    INSERT INTO accounts AS a (user_id, version) VALUES (:user_id, 1)
    ON CONFLICT (user_id) DO UPDATE SET version = a.version + 1
    RETURNING version
""")


async def announce(transaction: Transaction, user_id: str) -> int:
    """As ``ports.Announces``, for any unit of work of this service."""
    counted = await transaction.connection.execute(COUNT, {"user_id": user_id})
    version = int(counted.scalar_one())
    await transaction.send(EntitlementChanged(user_id=user_id, version=version))
    return version
