"""Makes sure that a session has audio, or one live job that makes it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ab_shared.contracts import rpc
from ab_shared.contracts.identifiers import job_id_for
from ab_shared.errors import Conflict, NotFound, TransientError
from ab_shared.runtime.clock import Clock

from ab_session.domain.job import Job, snapshot
from ab_session.domain.session import Generation, Session, news, pinned
from ab_session.domain.sounds import Wanted
from ab_session.ports import Generations, Store, Unit, Voices
from ab_session.usecases.admit_lines import playable, refuse_blocked
from ab_session.usecases.start_job import NewJob, StartJob

# Anybody can open the catalogue: a failing session must not be tried on every tap.
CATALOGUE_PAUSE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class EnsureAudio:
    """Spends a generation only where the last one was given back; the catalogue is free."""

    store: Store
    voices: Voices
    generations: Generations
    start: StartJob
    clock: Clock

    async def __call__(self, request: rpc.EnsureAudio) -> rpc.AudioState:
        """Ready, or the live job.

        Raises:
            NotFound: not a session of this user's.
            ValidationFailed: a text of it has been rejected since it was written.
            FreeLimitReached: a generation is needed and none is left.
            TransientError: others began and ended a job meanwhile; asking again helps.
        """
        async with self.store.begin() as unit:
            session = await playable(unit, request.session_id, request.user_id)
            ready = await is_ready(unit, session)
            job = await unit.jobs.latest(session.id)
        if ready:
            return rpc.AudioState(ready=True)
        if job is not None and job.live:
            return _state(job)
        return await self._start(session, job)

    async def for_catalogue(self, session: Session) -> None:
        """Starts the free job of a catalogue session; after a failure not before a minute."""
        async with self.store.begin() as unit:
            job = await unit.jobs.latest(session.id)
        ended = job.finished_at if job else None
        if ended is None or self.clock() - ended > CATALOGUE_PAUSE:
            await self._start(session, job)

    async def _start(self, session: Session, last: Job | None) -> rpc.AudioState:
        attempt = last.attempt + 1 if last else 1
        recipe = session.recipe or (await self.voices.resolve(session.voice_id)).recipe
        if session.generation is Generation.RELEASED and session.owner_user_id is not None:
            await self.generations.reserve(
                job_id_for(session.id, attempt),
                session.owner_user_id,
                lines=session.lines,
                voice_id=session.voice_id,
            )
        at = self.clock()
        async with self.store.begin() as unit:
            await unit.erasing.rely_on_sounds()
            found = await unit.sessions.find(session.id, hold=True)
            if found is None:
                raise NotFound("There is no such session")
            await refuse_blocked(unit, session.id)
            latest = await unit.jobs.latest(session.id)
            if latest is not None and latest.live:
                return _state(latest)
            # The reservation above is for this attempt: another one would need another.
            if latest is not None and latest.attempt >= attempt:
                raise TransientError("Another job of this session has just ended")
            held = pinned(_taken(found), recipe)
            plan = self.start.pinned_plan(held, held.recipe or recipe)
            new = await self.start.prepare(unit, held, plan, attempt=attempt, at=at)
            return await self._write(unit, found, new, at)

    async def _write(
        self, unit: Unit, before: Session, new: NewJob, at: datetime
    ) -> rpc.AudioState:
        if not await self.start.write(unit, new):
            raise Conflict("Another job of this session has just begun")
        after = new.session
        if after.audio != before.audio:
            after = replace(after, version=after.version + 1, updated_at=at)
            await unit.send(news(after))
        await unit.sessions.open_render(after)
        return _state(new.job)


async def is_ready(unit: Unit, session: Session) -> bool:
    """Whether everything of the session's default bundle exists."""
    if session.audio is None:
        return False
    known = await unit.sounds.known(Wanted(stems=frozenset(session.stem_ids)))
    return known.stems.issuperset(session.stem_ids)


def _taken(session: Session) -> Session:
    if session.generation is not Generation.RELEASED:
        return session
    return replace(session, generation=Generation.HELD)


def _state(job: Job) -> rpc.AudioState:
    return rpc.AudioState(ready=not job.live, job=snapshot(job) if job.live else None)
