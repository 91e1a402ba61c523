"""Sends what a live job still waits for, once more: everybody who hears it answers again."""

from __future__ import annotations

from dataclasses import dataclass

from ab_session.domain.job import Job
from ab_session.domain.plan import Plan
from ab_session.domain.sounds import Known
from ab_session.ports import Unit
from ab_session.usecases.start_job import StartJob


@dataclass(frozen=True, slots=True)
class AskAgain:
    """Works from the session's lines, for a job keeps only addresses."""

    start: StartJob

    async def plan(self, unit: Unit, job: Job) -> Plan | None:
        """The plan a job carries out; None when its session says something else by now."""
        session = await unit.sessions.find(job.session_id)
        plan = self.start.plan(session) if session else None
        return plan if plan and plan.track_address == job.track_address else None

    async def send(self, unit: Unit, job: Job, plan: Plan, known: Known) -> None:
        """Sends the outstanding commands, those for stems excepted."""
        for command in plan.next_commands(known, job.id):
            await unit.send(command)
