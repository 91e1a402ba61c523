"""What may be shown to listeners, and what was, in Postgres."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import RowMapping, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from ab_session.adapters.listening_tables import SHOWN_RECIPES
from ab_session.domain.brain_layer import BrainLayer
from ab_session.domain.curation.facts import Candidate, Recipe

CANDIDATES = text("""
    WITH mine AS (
        (
            SELECT id FROM sessions WHERE owner_user_id = :user_id
            ORDER BY created_at DESC, id LIMIT :limit
        )
        UNION
        (
            SELECT session_id FROM listening_tallies WHERE user_id = :user_id
            GROUP BY session_id ORDER BY sum(completes) DESC, sum(starts) DESC LIMIT :limit
        )
    )
    SELECT id, title, goal_tag, voice_id, frequency_hz, brainwave_state, solfeggio_hz,
        owner_user_id IS NOT NULL AS own, cardinality(lines) AS lines
    FROM sessions
    WHERE owner_user_id IS NULL OR (owner_user_id = :user_id AND id IN (SELECT id FROM mine))
""")
FORGET_SHOWN = text("""
    DELETE FROM shown_recipes WHERE ctid = ANY(ARRAY(
        SELECT ctid FROM shown_recipes
        WHERE day < :before ORDER BY day LIMIT :limit FOR UPDATE SKIP LOCKED
    ))
""")
SHOWN = SHOWN_RECIPES.c


class ShelfRows:
    """Implements ``Shelves``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def candidates(self, user_id: str, limit: int) -> Sequence[Candidate]:
        """One statement over the indexes of owners."""
        wanted = {"user_id": user_id, "limit": limit}
        rows = await self._connection.execute(CANDIDATES, wanted)
        return [_candidate(row) for row in rows.mappings()]

    async def shown(self, user_id: str, since: date) -> Sequence[tuple[date, Recipe]]:
        """A range of the primary key."""
        query = select(SHOWN.day, SHOWN.session_id, SHOWN.background_id).where(
            SHOWN.user_id == user_id, SHOWN.day >= since
        )
        rows = await self._connection.execute(query)
        return [(day, Recipe(session_id, background)) for day, session_id, background in rows]

    async def show(self, user_id: str, day: date, recipes: Collection[Recipe]) -> None:
        """One statement, unless there is nothing to remember."""
        # In one order, so that two processes which show the same never wait in a circle.
        ordered = sorted(recipes, key=lambda one: (one.session_id, one.background_id))
        values = [
            {
                "user_id": user_id,
                "day": day,
                "session_id": recipe.session_id,
                "background_id": recipe.background_id,
            }
            for recipe in ordered
        ]
        if values:
            statement = insert(SHOWN_RECIPES).values(values).on_conflict_do_nothing()
            await self._connection.execute(statement)

    async def forget_shown(self, before: date, limit: int) -> int:
        """The oldest, by the index of days."""
        wanted = {"before": before, "limit": limit}
        return (await self._connection.execute(FORGET_SHOWN, wanted)).rowcount


def _candidate(row: RowMapping) -> Candidate:
    return Candidate(
        session_id=row["id"],
        title=row["title"],
        goal_tag=row["goal_tag"],
        voice_id=row["voice_id"],
        layer=BrainLayer(row["frequency_hz"], row["brainwave_state"], row["solfeggio_hz"]),
        own=row["own"],
        lines=row["lines"],
    )
