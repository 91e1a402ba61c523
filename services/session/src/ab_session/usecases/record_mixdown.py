"""Writes that a mixdown job moved and tells its owner, in the same transaction."""

from __future__ import annotations

from datetime import datetime

from ab_shared.contracts.events import JobChanged
from ab_shared.contracts.mixdowns import CancelMixdown

from ab_session.domain.mixdown import Mixdown, cancel, snapshot, worth_telling
from ab_session.ports import Unit
from ab_session.usecases.job_metrics import count_end
from ab_session.usecases.queue_notice import queue_file_notice


async def record_mixdown(unit: Unit, before: Mixdown, after: Mixdown) -> None:
    """Keeps ``after`` unless nothing moved."""
    if after is before:
        return
    await unit.mixdowns.save(after)
    if before.live and not after.live:
        count_end(unit, after, after.moved_at)
        await queue_file_notice(unit, after, after.moved_at)
    if worth_telling(before, after):
        await tell_mixdown(unit, after)


async def tell_mixdown(unit: Unit, job: Mixdown) -> None:
    """Lets watchers know how a job stands."""
    await unit.send(JobChanged(owner_user_id=job.owner_user_id, job=snapshot(job)))


async def stop_mixdown(unit: Unit, job: Mixdown, at: datetime) -> tuple[Mixdown, Mixdown]:
    """Cancels a job; it before and after. Conflict when it has ended already."""
    # Held in the order of all news of this file, so that nobody waits in a circle.
    await unit.mixdowns.waiting(job.mixdown_address)
    before = await unit.mixdowns.find(job.id, hold=True) or job
    stopped = cancel(before, at)
    await record_mixdown(unit, before, stopped)
    await call_off(unit, stopped.mixdown_address)
    return before, stopped


async def call_off(unit: Unit, address: str) -> None:
    """Stops the work on a file that no live job waits for any more.

    Every ended job is named: the work may be done under the id of any of them.
    """
    if await unit.mixdowns.waiting(address):
        return
    ended = await unit.mixdowns.given_up(address)
    if ended:
        await unit.send(CancelMixdown(mixdown_address=address, job_ids=ended))
