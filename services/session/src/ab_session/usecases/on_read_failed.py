"""A line cannot be spoken: its jobs get another voice, or fail and say which line it was."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from ab_shared.contracts.events import ReadFailed
from ab_shared.runtime.clock import Clock

from ab_session.domain.job import fail
from ab_session.domain.plan import line_of
from ab_session.domain.reasons import line_failed
from ab_session.ports import Store
from ab_session.usecases.change_voice import ChangeVoice
from ab_session.usecases.record_move import record_move

logger = logging.getLogger("ab.session")


@dataclass(frozen=True, slots=True)
class OnReadFailed:
    """A read that exists after all has not failed, whatever an old message says."""

    store: Store
    change: ChangeVoice
    clock: Clock

    async def __call__(self, event: ReadFailed) -> None:
        """Acts on a message once: the next attempt must not fail by an echo of the last."""
        at = self.clock()
        voices = await self.change.voices_for(event)
        async with self.store.begin() as unit:
            if voices:
                # Another voice builds on what exists in it, which must not be going just now.
                await unit.erasing.rely_on_sounds()
            if not await unit.first_time("on_read_failed"):
                return
            for job in await unit.jobs.waiting_for_speech(event.speech_address):
                position = await unit.jobs.first_position(job.id, speech=event.speech_address)
                if position is None or await self.change(unit, job, event, voices, at):
                    continue
                logger.warning("A read failed", extra={"job": str(job.id), "code": event.code})
                reason = line_failed(line_of(position), event.message)
                await record_move(unit, job, fail(job, reason, at), at)
