"""What was found about one person's texts, and what they decided: told to them, and forgotten."""

from __future__ import annotations

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

ERASED = "erased"
"""Stands where somebody decided who is no longer here: the decision still holds for others."""

CHECKED = text("""
    SELECT * FROM (
        SELECT c.session_id::text || ' ' || c.part || to_char(c.position, ' FM0000') AS key,
            c.session_id AS "sessionId", c.part, c.position, c.text,
            c.original_text AS "originalText", v.status, v.reason, v.category, v.provider,
            v.checked_at AS "checkedAt"
        FROM checked_texts AS c LEFT JOIN text_verdicts AS v ON v.address = c.address
        WHERE c.owner_user_id = :user_id
    ) AS t WHERE key COLLATE "C" > :after ORDER BY key COLLATE "C" LIMIT :limit
""")
DECIDED = text("""
    SELECT id::text AS key, id, status, category, checked_at AS "decidedAt" FROM text_verdicts
    WHERE decided_by = :user_id AND id::text COLLATE "C" > :after
    ORDER BY id::text COLLATE "C" LIMIT :limit
""")
QUERIES: dict[str, TextClause] = {"checked-texts": CHECKED, "text-decisions": DECIDED}
FORGET_VERDICTS = text("""
    DELETE FROM text_verdicts AS v USING checked_texts AS c
    WHERE c.owner_user_id = :user_id AND v.address = c.address AND NOT EXISTS (
        SELECT FROM checked_texts AS o
        WHERE o.address = c.address AND o.owner_user_id <> :user_id
    )
""")
FORGET_TEXTS = text("DELETE FROM checked_texts WHERE owner_user_id = :user_id")
FORGET_DECIDER = text("UPDATE text_verdicts SET decided_by = :erased WHERE decided_by = :user_id")


async def forget_texts(connection: AsyncConnection, user_id: str) -> dict[str, int]:
    """Deletes a user's texts and what was found about those that are nobody else's."""
    counts: dict[str, int] = {}
    for table, statement in (("text_verdicts", FORGET_VERDICTS), ("checked_texts", FORGET_TEXTS)):
        if deleted := (await connection.execute(statement, {"user_id": user_id})).rowcount:
            counts[table] = deleted
    await connection.execute(FORGET_DECIDER, {"user_id": user_id, "erased": ERASED})
    return counts
