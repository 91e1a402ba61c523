"""How many people there are, in Postgres."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from ab_shared.contracts.desk_stats import PeopleStats
from ab_shared.database.unit import PostgresUnitOfWork, PostgresUnits
from sqlalchemy import text

COUNT = text("""
    SELECT count(*) AS users, count(*) FILTER (WHERE created_at >= :today) AS new_today,
        count(*) FILTER (WHERE created_at >= :week) AS new_week,
        (SELECT count(*) FROM privacy_jobs WHERE finished_at IS NULL) AS privacy_jobs_live
    FROM users
""")
ROLES = text("SELECT role, count(*) AS number FROM admins WHERE role IS NOT NULL GROUP BY role")


class PostgresPeopleCounts(PostgresUnitOfWork):
    """Implements ``CountUnit``."""

    async def people(self, now: datetime) -> PeopleStats:
        """Reads the users through, which is why answers are kept for some seconds."""
        today = datetime.combine(now.astimezone(UTC).date(), time.min, UTC)
        since = {"today": today, "week": today - timedelta(days=6)}
        counts = (await self._connection.execute(COUNT, since)).mappings().one()
        roles = {row.role: row.number for row in await self._connection.execute(ROLES)}
        return PeopleStats(**counts, roles=roles)


class PostgresCounts(PostgresUnits[PostgresPeopleCounts]):
    """Implements ``Counts``."""

    unit = PostgresPeopleCounts
