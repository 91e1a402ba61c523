"""Settles generations whose job never came to be, or whose end was never heard."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from ab_shared.contracts.events import GenerationSettled
from ab_shared.contracts.usage import HeldReservation
from ab_shared.runtime.clock import Clock
from ab_shared.runtime.reconciliation_metrics import reconciled

from ab_session.backlog_ports import JobBacklog
from ab_session.ports import Reservations, Store
from ab_session.usecases.job_metrics import QUOTA_DRIFT
from ab_session.usecases.record_move import settle

# Far longer than a create may take between its reservation and its commit.
GRACE = timedelta(minutes=2)
logger = logging.getLogger("ab.session")


@dataclass(frozen=True, slots=True)
class SettleOrphans:
    """A reservation carries its job's id, so that looking for the job is all there is to do.

    Settling one that is settled meanwhile changes nothing, and a commit counts after a release.
    """

    store: Store
    reservations: Reservations
    clock: Clock
    backlog: JobBacklog | None = None

    async def __call__(self) -> int:
        """How many were settled."""
        before, settled, seen = self.clock() - GRACE, 0, set[UUID]()
        async for held in self.reservations.held_since(before):
            seen.add(held.reservation_id)
            settled += await self._look_after(held)
        # Asked for afterwards: a job that is open now was open while its reservation was read.
        holding = await self.backlog.holding(before) if self.backlog else set()
        QUOTA_DRIFT.set(settled + len(holding - seen))
        reconciled("quota")
        return settled

    async def _look_after(self, held: HeldReservation) -> bool:
        async with self.store.begin() as unit:
            job = await unit.jobs.find(held.reservation_id)
            if job is not None and job.live:
                return False
            if job is not None and await settle(unit, job) is not None:
                return True
            logger.warning("A generation had no job", extra={"job": str(held.reservation_id)})
            await unit.send(
                GenerationSettled(
                    reservation_id=held.reservation_id, user_id=held.user_id, outcome="released"
                ),
                # Reserved again later it is another matter, and another message.
                message_id=f"generation-orphaned:{held.reservation_id}:{int(held.reserved_at.timestamp())}",
            )
        return True
