"""How many jobs wait, since when, and which of them hold a generation; in Postgres."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime
from uuid import UUID

from ab_shared.database.transaction import Transactions
from sqlalchemy import case, func, literal, select, text

from ab_session.adapters.tables import JOBS, LIVE, MIXDOWN_JOBS, MIXDOWN_LIVE
from ab_session.backlog_ports import Waiting

# The kinds of ``job_metrics.kind_of``; open jobs are few, and have partial indexes.
_KIND = case((JOBS.c.owner_user_id.is_(None), "catalogue"), else_="audio")
TRACKS = (
    select(_KIND.label("kind"), func.count(), func.min(JOBS.c.created_at))
    .where(text(LIVE))
    .group_by(text("kind"))
)
FILES = (
    select(literal("mixdown").label("kind"), func.count(), func.min(MIXDOWN_JOBS.c.created_at))
    .where(text(MIXDOWN_LIVE))
    .group_by(text("kind"))
)


class PostgresJobBacklog:
    """Implements ``JobBacklog``."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    async def waiting(self) -> Mapping[str, Waiting]:
        """Two looks at live jobs."""
        async with self._transactions.begin() as transaction:
            tracks = (await transaction.connection.execute(TRACKS)).all()
            files = (await transaction.connection.execute(FILES)).all()
        return {kind: Waiting(number, oldest) for kind, number, oldest in (*tracks, *files)}

    async def holding(self, before: datetime) -> AbstractSet[UUID]:
        """Of sessions' jobs: files cost no generation."""
        live = select(JOBS.c.id).where(
            text(LIVE), JOBS.c.holds_generation, JOBS.c.created_at < before
        )
        async with self._transactions.begin() as transaction:
            return set((await transaction.connection.execute(live)).scalars())
