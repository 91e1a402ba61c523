"""Waiting for somebody who waits for a lock."""

from __future__ import annotations

import asyncio

from ab_session.adapters.postgres import PostgresStore
from sqlalchemy import text

# Of this database alone: other tests use the same server.
WAITS = text("""
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'
""")


async def somebody_waits(store: PostgresStore) -> None:
    """Returns when somebody waits for a lock in this database, within 5 s."""
    async with asyncio.timeout(5):
        waiting = 0
        while not waiting:
            async with store._transactions.begin() as transaction:
                waiting = await transaction.connection.scalar(WAITS)
