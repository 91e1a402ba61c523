"""What jobs cost, in Postgres."""

from __future__ import annotations

from datetime import date, datetime

from ab_shared.contracts.usage import JobCosted
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from ab_entitlement.adapters.tables import JobCostRow

ADD = insert(JobCostRow).on_conflict_do_nothing(index_elements=["job_id"])


class CostRows:
    """Keeps the cost of each job once, on one open transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, cost: JobCosted, day: date, at: datetime) -> bool:
        """False when this job's cost is known."""
        row = {**cost.model_dump(), "day": day, "at": at}
        return (await self._connection.execute(ADD.values(row))).rowcount == 1
