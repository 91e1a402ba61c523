"""Starts the audio job of a session: asks for exactly what is not there yet."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from ab_shared.contracts.base import Command
from ab_shared.contracts.commands import PrepareRead, PublishStem
from ab_shared.contracts.rpc import SessionAudio
from ab_shared.contracts.speech import SpeechRecipe

from ab_session.domain.job import Job, Stage, advance, new_job
from ab_session.domain.plan import Plan, make_plan
from ab_session.domain.session import Generation, Session, with_audio
from ab_session.domain.sounds import Known
from ab_session.ports import Unit
from ab_session.usecases.job_metrics import count_end
from ab_session.usecases.record_move import settle, tell


@dataclass(frozen=True, slots=True)
class NewJob:
    """A job and its session as they are to be written, and what to ask for."""

    session: Session
    job: Job
    plan: Plan
    commands: tuple[Command, ...]


@dataclass(frozen=True, slots=True)
class StartJob:
    """``key`` is the deployment's key for content addresses."""

    key: bytes

    def plan(self, session: Session) -> Plan | None:
        """What a session's audio is made of; None before its voice is pinned."""
        return self.pinned_plan(session, session.recipe) if session.recipe else None

    def pinned_plan(self, session: Session, recipe: SpeechRecipe) -> Plan:
        """What a session's audio is made of in one voice."""
        return make_plan(self.key, session.lines, recipe, session.stem_ids)

    async def prepare(
        self, unit: Unit, session: Session, plan: Plan, *, attempt: int, at: datetime
    ) -> NewJob:
        """Looks at what exists; nothing of the session is written yet."""
        session = replace(session, wanted_track=plan.track_address)
        known = await unit.sounds.known(plan.wanted)
        known, to_ask = await self._ask_for_stems(unit, plan, known, at)
        queued = new_job(
            plan,
            session.id,
            session.owner_user_id,
            attempt=attempt,
            holds_generation=session.generation is Generation.HELD,
            at=at,
        )
        job = advance(queued, plan.found(known), at)
        if job.stage is Stage.READY and known.track is not None:
            audio = SessionAudio(
                track=known.track, track_address=plan.track_address, generated_at=at
            )
            session = with_audio(session, audio)
        return NewJob(session, job, plan, plan.next_commands(known, job.id) + to_ask)

    async def write(self, unit: Unit, new: NewJob) -> bool:
        """Keeps the job and sends its commands; False when the session has a live job."""
        preparing = {
            command.prepared_address for command in new.commands if isinstance(command, PrepareRead)
        }
        if not await unit.jobs.add(new.job, new.plan.reads, preparing):
            return False
        for command in new.commands:
            await unit.send(command)
        await tell(unit, new.job)
        if not new.job.live:
            await settle(unit, new.job)
            count_end(unit, new.job, new.job.moved_at)
        return True

    async def _ask_for_stems(
        self, unit: Unit, plan: Plan, known: Known, at: datetime
    ) -> tuple[Known, tuple[Command, ...]]:
        missing = plan.missing_stems(known)
        if not missing:
            return known, ()
        news = await unit.sounds.ask_for_stems(missing, at)
        commands = tuple(PublishStem(stem_id=stem) for stem in news.to_ask)
        return replace(known, stems=known.stems | news.published), commands
