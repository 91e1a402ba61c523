"""A read is spoken: it is prepared at once, and its jobs move."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from ab_shared.contracts.events import ReadReady
from ab_shared.runtime.clock import Clock

from ab_session.domain.job import Made
from ab_session.domain.plan import prepare_read
from ab_session.ports import Store
from ab_session.usecases.erase_user import came_late
from ab_session.usecases.record_move import move_all


@dataclass(frozen=True, slots=True)
class OnReadReady:
    """Correlated by content address: every live job with this read is moved."""

    store: Store
    clock: Clock

    async def __call__(self, event: ReadReady) -> None:
        """Hearing it again finds nothing left to claim and nothing that moves."""
        address = event.speech_address
        async with self.store.begin() as unit:
            jobs = await unit.jobs.waiting_for_speech(address)
            if not jobs and await came_late(unit, "speech", address):
                return
            news = await unit.sounds.speech_ready(event)
            job_id = jobs[0].id if jobs else None
            for prepared in news.to_prepare:
                await unit.send(prepare_read(address, prepared, event.speech_key, job_id))
            await move_all(
                unit,
                jobs,
                self.clock(),
                made=_made(event) if news.made else None,
                took=timedelta(milliseconds=event.synthesis_ms),
            )


def _made(event: ReadReady) -> Made:
    return Made(spoken=1, characters=event.characters, micros=event.cost_micros)
