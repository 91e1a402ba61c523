"""Offline files and cancelled jobs, in Postgres."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from ab_shared.contracts.mixdowns import MixdownRendered
from ab_shared.database.unit import PostgresUnitOfWork, PostgresUnits
from ab_shared.runtime.context import current
from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from ab_stitching.adapters.asked import asked_now
from ab_stitching.adapters.tables import CancelledMixdownRow, MixdownRow

# Longer than any message of a cancelled job can be on its way.
_REMEMBERED = timedelta(days=2)


class PostgresMixdownUnit(PostgresUnitOfWork):
    """Implements ``MixdownUnit`` on one open transaction."""

    async def mixdown(self, mixdown_address: str) -> MixdownRendered | None:
        """The file under this address, noting that it was asked for."""
        wanted = update(MixdownRow).where(col(MixdownRow.mixdown_address) == mixdown_address)
        asked = asked_now(col(MixdownRow.asked_at))
        noted = wanted.values(asked_at=asked).returning(col(MixdownRow.announcement))
        found = (await self._connection.execute(noted)).scalar_one_or_none()
        return MixdownRendered.model_validate(found) if found else None

    async def keep_mixdown(self, mixdown: MixdownRendered) -> None:
        """Inserts or replaces: it is made again where its object was lost."""
        announcement = mixdown.model_dump(mode="json")
        changed = {"announcement": announcement, "made_at": func.now()}
        address, asked = mixdown.mixdown_address, asked_now(col(MixdownRow.asked_at))
        await self._connection.execute(
            insert(MixdownRow)
            .values(mixdown_address=address, asked_at=current().sent_at, **changed)
            .on_conflict_do_update(
                index_elements=["mixdown_address"], set_={**changed, "asked_at": asked}
            )
        )

    async def cancelled(self, job_id: UUID) -> bool:
        """By the job."""
        query = select(col(CancelledMixdownRow.job_id)).where(
            col(CancelledMixdownRow.job_id) == job_id
        )
        return (await self._connection.execute(query)).scalar_one_or_none() is not None

    async def cancel(self, job_ids: Sequence[UUID]) -> None:
        """Inserts these and deletes those that are past."""
        past = col(CancelledMixdownRow.cancelled_at) < func.now() - _REMEMBERED
        await self._connection.execute(delete(CancelledMixdownRow).where(past))
        values = [{"job_id": job_id} for job_id in job_ids]
        statement = insert(CancelledMixdownRow).values(values).on_conflict_do_nothing()
        await self._connection.execute(statement)


class PostgresMixdowns(PostgresUnits[PostgresMixdownUnit]):
    """Implements ``Mixdowns``."""

    unit = PostgresMixdownUnit
