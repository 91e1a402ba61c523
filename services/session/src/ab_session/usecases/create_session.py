"""Makes a session and starts its audio, once, however often it is asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ab_shared.contracts import rpc
from ab_shared.contracts.identifiers import job_id_for
from ab_shared.errors import Conflict
from ab_shared.runtime.clock import Clock

from ab_session.domain.job import snapshot
from ab_session.domain.moderation.verdict import Checked
from ab_session.domain.session import drafted, news, view
from ab_session.ports import Generations, Store, Unit, Voice, Voices
from ab_session.usecases.admit_lines import AdmitLines, hold_admitted
from ab_session.usecases.check_draft import checked
from ab_session.usecases.get_session import shown
from ab_session.usecases.job_metrics import SESSIONS
from ab_session.usecases.start_job import NewJob, StartJob


@dataclass(frozen=True, slots=True)
class CreateSession:
    """Answers in one transaction; where every sound exists the job is finished in it."""

    store: Store
    voices: Voices
    generations: Generations
    start: StartJob
    admit: AdmitLines
    clock: Clock

    async def __call__(self, request: rpc.CreateSession) -> rpc.CreatedSession:
        """The session and its job; ``created`` is False for a request that was answered before.

        Raises:
            ValidationFailed: the draft breaks a rule, or a text of it is rejected; nothing is
                reserved or written.
            FreeLimitReached: the user's day is spent; nothing is written.
            Conflict: the id belongs to somebody else.
        """
        draft = checked(request.draft)
        existing = await self._existing(request)
        if existing is not None:
            return existing
        admitted = await self.admit(request.user_id, draft)
        voice = await self.voices.resolve(draft.voice_id)
        # Outside the transaction, whose locks would last as long as the call. If writing fails,
        # the retry finds the reservation again, and unused it lapses.
        await self.generations.reserve(
            job_id_for(request.session_id, 1),
            request.user_id,
            lines=draft.lines,
            voice_id=voice.voice_id,
        )
        new = await self._write(request, draft, voice, admitted)
        if new is not None:
            SESSIONS.inc()
            job = snapshot(new.job)
            return rpc.CreatedSession(session=view(new.session), job=job, created=True)
        # Somebody else wrote it between our two looks: the same request, twice at once.
        existing = await self._existing(request)
        if existing is None:
            raise Conflict("This session is being made elsewhere")
        return existing

    async def _write(
        self,
        request: rpc.CreateSession,
        draft: rpc.SessionDraft,
        voice: Voice,
        admitted: Sequence[Checked],
    ) -> NewJob | None:
        at = self.clock()
        spoken = draft.model_copy(update={"voice_id": voice.voice_id})
        session = drafted(request.session_id, request.user_id, spoken, voice.recipe, at)
        plan = self.start.pinned_plan(session, voice.recipe)
        async with self.store.begin() as unit:
            # In the order of an erasure: it holds the sounds first, then what was checked.
            await unit.erasing.rely_on_sounds()
            await hold_admitted(unit, admitted, at)
            new = await self.start.prepare(unit, session, plan, attempt=1, at=at)
            if not await unit.sessions.add(new.session):
                return None
            # Looked for after the insert, which waits for whoever is deleting it.
            await _not_deleted(unit, request)
            await unit.moderation.keep(session.id, request.user_id, admitted, at)
            await unit.send(news(new.session))
            await self.start.write(unit, new)
        return new

    async def _existing(self, request: rpc.CreateSession) -> rpc.CreatedSession | None:
        async with self.store.begin() as unit:
            session = await unit.sessions.find(request.session_id)
            if session is None:
                await _not_deleted(unit, request)
                return None
            if session.owner_user_id != request.user_id:
                raise Conflict("This id belongs to another session")
            job = await unit.jobs.latest(session.id)
            seen = await shown(unit, session)
        if job is None:
            raise Conflict("This session has no job")
        return rpc.CreatedSession(session=seen, job=snapshot(job), created=False)


async def _not_deleted(unit: Unit, request: rpc.CreateSession) -> None:
    """A retry from before a deletion must not bring the session back: Conflict."""
    if await unit.library.buried(request.session_id) is not None:
        raise Conflict("This session was deleted")
