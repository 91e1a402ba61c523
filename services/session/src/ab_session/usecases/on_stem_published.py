"""A stem exists: jobs that waited for it only are done."""

from __future__ import annotations

from dataclasses import dataclass

from ab_shared.contracts.events import StemPublished
from ab_shared.runtime.clock import Clock

from ab_session.domain.sounds import PublishedStem
from ab_session.ports import Store
from ab_session.usecases.record_move import move_all


@dataclass(frozen=True, slots=True)
class OnStemPublished:
    """A stem made anew by a later recipe replaces the one before it."""

    store: Store
    clock: Clock

    async def __call__(self, event: StemPublished) -> None:
        """Nobody can wait for a stem that was there before, so its jobs are not even looked up."""
        async with self.store.begin() as unit:
            if await unit.sounds.stem_published(PublishedStem.heard(event)):
                jobs = await unit.jobs.waiting_for_stem(event.stem_id)
                await move_all(unit, jobs, self.clock())
