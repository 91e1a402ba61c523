"""Hearing every message once: its mark is written in the transaction of its effect."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, func, text
from sqlalchemy.ext.asyncio import AsyncConnection

from ab_shared.database.message_tables import INBOX

# As text: building the same statement for every message costs more than sending it.
_MARK = text(
    "INSERT INTO inbox (consumer, message_id) VALUES (:consumer, :message_id) "
    "ON CONFLICT DO NOTHING"
)


async def first_time(connection: AsyncConnection, consumer: str, message_id: str) -> bool:
    """Marks the message as heard by ``consumer``; False when the mark was there already.

    While another transaction holds the same mark this waits for its end.
    """
    result = await connection.execute(_MARK, {"consumer": consumer, "message_id": message_id})
    # No rollback and no second statement: the conflict itself is the answer.
    return result.rowcount == 1


async def purge(connection: AsyncConnection, older_than: timedelta) -> int:
    """Forgets marks older than any possible redelivery; returns how many."""
    result = await connection.execute(
        delete(INBOX).where(INBOX.c.seen_at < func.now() - older_than)
    )
    return result.rowcount
