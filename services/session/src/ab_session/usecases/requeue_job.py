"""Has a job that failed begin again, or one that stands still asked for everything at once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID

from ab_shared.contracts.commands import PublishStem
from ab_shared.contracts.job_desk import RequeueJob as Request
from ab_shared.contracts.jobs import JobSnapshot
from ab_shared.errors import Conflict, NotFound
from ab_shared.runtime.clock import Clock

from ab_session.domain.job import Job, advance, requeue, snapshot
from ab_session.domain.plan import Plan
from ab_session.domain.sounds import Known
from ab_session.ports import Store, Unit
from ab_session.usecases.admit_lines import refuse_blocked
from ab_session.usecases.ask_again import AskAgain
from ab_session.usecases.audit_deed import audit
from ab_session.usecases.record_move import end, tell


@dataclass(frozen=True, slots=True)
class RequeueJob:
    """For the people who run the stack: whatever was wrong is mended, its owner pays nothing."""

    store: Store
    again: AskAgain
    clock: Clock

    async def __call__(self, request: Request) -> JobSnapshot:
        """The job as it stands now.

        Raises:
            NotFound: there is no such job.
            ValidationFailed: a text of its session has been rejected.
            Conflict: it is finished, or a newer job or other lines have taken its place.
        """
        at = self.clock()
        async with self.store.begin() as unit:
            plan = await self._plan(unit, request.job_id)
            # In the order of all locks: stems, the session, its job.
            known = await unit.sounds.known(plan.wanted)
            news = await unit.sounds.ask_for_stems(plan.missing_stems(known), at)
            known = replace(known, stems=known.stems | news.published)
            before = await self._held(unit, request.job_id)
            after = advance(requeue(before, at), plan.found(known), at)
            await self._write(unit, before, after, plan, known)
            for stem_id in news.to_ask:
                await unit.send(PublishStem(stem_id=stem_id))
            await audit(unit, request, "job.requeue", before, after)
            if not after.live:
                await end(unit, after, at)
        return snapshot(after)

    async def _plan(self, unit: Unit, job_id: UUID) -> Plan:
        job = await unit.jobs.find(job_id)
        if job is None and await unit.mixdowns.find(job_id) is not None:
            # Its command went with its end; its owner asks for the file anew, at no cost.
            raise Conflict("An offline file is begun again by asking for it, not by its job")
        if job is None:
            raise NotFound("There is no such job")
        plan = await self.again.plan(unit, job)
        if plan is None:
            raise Conflict("The session says something else by now")
        return plan

    async def _held(self, unit: Unit, job_id: UUID) -> Job:
        found = await unit.jobs.find(job_id)
        if found is not None:
            await unit.sessions.find(found.session_id, hold=True)
            await refuse_blocked(unit, found.session_id)
            found = await unit.jobs.find(job_id, hold=True)
        latest = await unit.jobs.latest(found.session_id) if found else None
        if found is None or latest is None:
            raise NotFound("There is no such job")
        if latest.id != found.id:
            raise Conflict("A newer job of this session has taken its place")
        return found

    async def _write(self, unit: Unit, before: Job, after: Job, plan: Plan, known: Known) -> None:
        if before.live:
            await unit.jobs.save(after)
        else:
            await unit.jobs.reopen(after, plan.reads)
        if after.live:
            await self.again.send(unit, after, plan, known)
        if after.version != before.version:
            await tell(unit, after)
