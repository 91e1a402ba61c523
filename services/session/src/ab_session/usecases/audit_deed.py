"""Tells the audit trail what was done to a job, in the transaction that does it."""

from __future__ import annotations

from ab_shared.contracts.job_desk import JobDeed
from ab_shared.runtime.deeds import audited

from ab_session.domain.job import Job
from ab_session.domain.mixdown import Mixdown
from ab_session.ports import Unit


async def audit(
    unit: Unit, deed: JobDeed, action: str, before: Job | Mixdown, after: Job | Mixdown
) -> None:
    """One entry with the job's stages before and after."""
    entry = audited(
        action,
        f"job:{before.id}",
        deed.actor,
        deed.actor_kind,
        before={"stage": before.stage.value, "error": before.error},
        after={"stage": after.stage.value},
        reason=deed.reason,
    )
    await unit.send(entry)
