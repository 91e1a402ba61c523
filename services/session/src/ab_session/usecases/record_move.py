"""Writes that a job moved and tells all who should know, in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from ab_shared.contracts.events import GenerationSettled, JobChanged, SessionChanged

from ab_session.domain.job import Job, Made, Stage, advance, snapshot, worth_telling
from ab_session.domain.plan import render_track
from ab_session.domain.session import Generation
from ab_session.ports import Unit
from ab_session.usecases.job_metrics import count_end
from ab_session.usecases.queue_notice import queue_track_notice
from ab_session.usecases.tell_cost import tell_cost


async def move_all(
    unit: Unit,
    jobs: Sequence[Job],
    at: datetime,
    *,
    made: Made | None = None,
    took: timedelta = timedelta(0),
) -> None:
    """Looks again at what exists for jobs that are held; the oldest is credited with ``made``."""
    if not jobs:
        return
    found = await unit.jobs.found([job.id for job in jobs])
    # Whoever asked first is credited, once: the others found it there.
    oldest = min(jobs, key=lambda job: (job.created_at, job.id))
    for job in jobs:
        credit = made if job is oldest else None
        after = advance(job, found[job.id], at, made=credit, took=took)
        await record_move(unit, job, after, at)


async def record_move(unit: Unit, before: Job, after: Job, at: datetime) -> None:
    """Keeps ``after``, asks for the track when its reads are there, ends what has ended."""
    if after is before:
        return
    if after.live and after.rendering and not before.rendering:
        sequence = await unit.jobs.sequence(after.id)
        await unit.send(render_track(after.track_address, sequence, after.id))
    await unit.jobs.save(after)
    if not after.live:
        await end(unit, after, at)
        count_end(unit, after, at)
        await queue_track_notice(unit, after, at)
    if worth_telling(before, after):
        await tell(unit, after)


async def tell(unit: Unit, job: Job) -> None:
    """Lets watchers know how a job stands."""
    await unit.send(JobChanged(owner_user_id=job.owner_user_id, job=snapshot(job)))


async def settle(unit: Unit, job: Job) -> Generation | None:
    """Tells the cost of a job that has ended and keeps or gives back its generation.

    Returns what became of the generation; None when the job held none.
    """
    await tell_cost(unit, job)
    if job.owner_user_id is None or not job.holds_generation:
        return None
    ready = job.stage is Stage.READY
    outcome = Generation.COMMITTED if ready else Generation.RELEASED
    await unit.send(
        GenerationSettled(
            reservation_id=job.id,
            user_id=job.owner_user_id,
            outcome="committed" if ready else "released",
        ),
        # One job settles once: the same id again is the same message to the inbox over there.
        message_id=f"generation-settled:{job.id}",
    )
    return outcome


async def end(unit: Unit, job: Job, at: datetime) -> None:
    """What a job's end means for its session and its generation."""
    version = await unit.sessions.end_render(
        job.session_id,
        generation=await settle(unit, job),
        track=job.track_address if job.stage is Stage.READY else None,
        at=at,
    )
    if version is not None:
        await unit.send(
            SessionChanged(
                session_id=job.session_id, owner_user_id=job.owner_user_id, version=version
            )
        )
