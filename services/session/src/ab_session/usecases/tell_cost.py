"""Tells what a job cost once it has ended, however it ended."""

from __future__ import annotations

from typing import Literal

from ab_shared.contracts.usage import JobCosted

from ab_session.domain.job import Job, Stage
from ab_session.ports import Unit

OUTCOMES: dict[Stage, Literal["completed", "failed", "cancelled"]] = {
    Stage.READY: "completed",
    Stage.CANCELLED: "cancelled",
}


async def tell_cost(unit: Unit, job: Job) -> None:
    """Once a job; what is spoken for a job that was given up is on nobody's account."""
    cost = JobCosted(
        job_id=job.id,
        session_id=job.session_id,
        user_id=job.owner_user_id,
        outcome=OUTCOMES.get(job.stage, "failed"),
        characters=job.made.characters,
        reads_made=job.made.spoken,
        # A read that was spoken for another job in the meantime was found, too.
        reads_reused=max(0, job.ready_reads - job.made.spoken),
        rendered_ms=job.made.rendered_ms,
        render_ms=job.made.render_ms,
        micros=job.made.micros,
    )
    await unit.send(cost, message_id=f"job-costed:{job.id}")
