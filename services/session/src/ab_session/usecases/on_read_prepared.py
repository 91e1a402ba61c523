"""A read can be spliced: the job whose last read it was asks for its track."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from ab_shared.contracts.events import ReadPrepared
from ab_shared.runtime.clock import Clock

from ab_session.domain.job import Made
from ab_session.ports import Store
from ab_session.usecases.erase_user import came_late
from ab_session.usecases.record_move import move_all


@dataclass(frozen=True, slots=True)
class OnReadPrepared:
    """Jobs are held before anybody counts, so two last reads cannot both miss each other."""

    store: Store
    clock: Clock

    async def __call__(self, event: ReadPrepared) -> None:
        """Hearing it again moves nothing."""
        async with self.store.begin() as unit:
            jobs = await unit.jobs.waiting_for_prepared(event.prepared_address)
            if not jobs and await came_late(unit, "prepared", event.prepared_address):
                return
            made = await unit.sounds.read_prepared(event)
            await move_all(
                unit,
                jobs,
                self.clock(),
                made=Made(prepared=1) if made else None,
                took=timedelta(milliseconds=event.preparation_ms),
            )
