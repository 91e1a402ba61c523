"""Writes that a mixdown job moved and tells its owner, in the same transaction."""

from __future__ import annotations

from ab_shared.contracts.events import JobChanged
from ab_shared.contracts.mixdowns import CancelMixdown

from ab_session.domain.mixdown import Mixdown, snapshot, worth_telling
from ab_session.ports import Unit


async def record_mixdown(unit: Unit, before: Mixdown, after: Mixdown) -> None:
    """Keeps ``after`` unless nothing moved."""
    if after is before:
        return
    await unit.mixdowns.save(after)
    if worth_telling(before, after):
        await tell_mixdown(unit, after)


async def tell_mixdown(unit: Unit, job: Mixdown) -> None:
    """Lets watchers know how a job stands."""
    await unit.send(JobChanged(owner_user_id=job.owner_user_id, job=snapshot(job)))


async def call_off(unit: Unit, address: str) -> None:
    """Stops the work on a file that no live job waits for any more.

    Every ended job is named: the work may be done under the id of any of them.
    """
    if await unit.mixdowns.waiting(address):
        return
    ended = await unit.mixdowns.given_up(address)
    if ended:
        await unit.send(CancelMixdown(mixdown_address=address, job_ids=ended))
