"""Edits a session: only what is new in it is spoken, and only that is paid for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ab_shared.contracts import editing
from ab_shared.contracts.commands import PublishStem
from ab_shared.contracts.events import GenerationSettled
from ab_shared.contracts.identifiers import job_id_for
from ab_shared.errors import Conflict
from ab_shared.runtime.clock import Clock

from ab_session.domain.editing import (
    draft_of,
    edited,
    in_voice,
    left_behind,
    new_reads,
    sounds_other,
    stamped,
    tracks_left,
)
from ab_session.domain.job import Job, cancel, snapshot
from ab_session.domain.moderation.verdict import Checked
from ab_session.domain.plan import Plan
from ab_session.domain.session import Generation, Session, news, view
from ab_session.domain.sounds import Wanted
from ab_session.ports import Generations, Store, Unit, Voices
from ab_session.usecases.admit_lines import AdmitLines, hold_admitted
from ab_session.usecases.check_draft import checked
from ab_session.usecases.get_session import shown
from ab_session.usecases.hold_session import Held, hold_session, owned
from ab_session.usecases.record_move import record_move
from ab_session.usecases.start_job import StartJob

# Each time round somebody else has changed the session meanwhile, or its audio got ready.
TRIES = 5


@dataclass(frozen=True, slots=True)
class Cost:
    """``attempt`` is that of the job an edit would begin, ``pays`` whether it is paid for."""

    plan: Plan
    attempt: int
    reads: int
    pays: bool


@dataclass(frozen=True, slots=True)
class EditSession:
    """Edits follow each other by the session's version: none is built on lines it has not seen.

    The audio of other lines is gone from the session at once, so that nobody hears what they no
    longer read; the sound itself stays, and taking an edit back costs nothing.
    """

    store: Store
    voices: Voices
    generations: Generations
    start: StartJob
    admit: AdmitLines
    clock: Clock

    async def __call__(self, wish: editing.EditSession) -> editing.EditedSession:
        """The session and the job that makes its audio; a job that was making it is stopped.

        Raises:
            NotFound, Forbidden: not a session of this user's; one of the catalogue.
            ValidationFailed: the edit breaks a rule, or a text of it is rejected; nothing is
                reserved or written.
            Conflict: ``if_version`` is not the session's, or others keep editing it.
            FreeLimitReached: a read has to be spoken and the day is spent; nothing is written.
        """
        for _ in range(TRIES):
            done = await self._try(wish)
            if done is not None:
                return done
        raise Conflict("Others are editing this session at the same moment")

    async def _try(self, wish: editing.EditSession) -> editing.EditedSession | None:
        async with self.store.begin() as unit:
            session = owned(await unit.sessions.find(wish.session_id), wish.user_id)
            seen = Held(session, await unit.jobs.latest(session.id))
        if wish.edit_id is not None and wish.edit_id == session.last_edit:
            return await self._as_it_is(seen)
        _check_version(wish, session)
        after = await self._edited(session, wish)
        if after == session:
            return await self._as_it_is(seen)
        quiet = not sounds_other(session, after)
        # Nothing is made of a session in which a rejected text stands, but it may be renamed.
        admitted = await self.admit(wish.user_id, after, session if quiet else None)
        if quiet:
            return await self._write_quietly(seen, stamped(after, wish, self.clock()), admitted)
        cost = await self._cost(seen, after)
        if cost.pays:
            await self.generations.reserve(
                job_id_for(session.id, cost.attempt),
                wish.user_id,
                lines=after.lines,
                voice_id=after.voice_id,
            )
        return await self._write(seen, stamped(after, wish, self.clock()), cost, admitted)

    async def _edited(self, session: Session, wish: editing.EditSession) -> Session:
        draft = checked(draft_of(session, wish))
        after = edited(session, wish, draft)
        if wish.voice_id is None:
            return after
        voice = await self.voices.resolve(draft.voice_id)
        return in_voice(after, voice.voice_id, voice.recipe)

    async def _cost(self, seen: Held, after: Session) -> Cost:
        plan = self._plan(after)
        async with self.store.begin() as unit:
            known = await unit.sounds.known(plan.wanted)
            reads = new_reads(plan, known)
            paid = seen.session.generation is Generation.COMMITTED
            # What a stopped job held goes back, and what a failed one held is back already: reads
            # that were spoken for it are nobody's yet, and only a whole track can be taken back.
            if not paid and known.track is not None:
                paid = await unit.library.paid(after.id)
        attempt = seen.job.attempt + 1 if seen.job else 1
        return Cost(plan, attempt, reads, pays=reads > 0 or not paid)

    async def _write_quietly(
        self, seen: Held, after: Session, admitted: Sequence[Checked]
    ) -> editing.EditedSession | None:
        """Another title, goal or bed: no job; whoever is making the track goes on."""
        async with self.store.begin() as unit:
            await unit.erasing.rely_on_sounds()
            await hold_admitted(unit, admitted, after.updated_at, seen.session)
            # Stems are locked before jobs everywhere.
            await self._ask_for_stems(unit, after, after.updated_at)
            held = await hold_session(unit, after.id)
            if held is None or held.session != seen.session:
                return None
            await unit.library.rewrite(after)
            await self._keep(unit, after, admitted)
            await unit.send(news(after))
            return await _answer(unit, after, held.job)

    async def _write(
        self, seen: Held, after: Session, cost: Cost, admitted: Sequence[Checked]
    ) -> editing.EditedSession | None:
        at = after.updated_at
        generation = Generation.HELD if cost.pays else Generation.COMMITTED
        after = replace(after, generation=generation, audio=None)
        async with self.store.begin() as unit:
            # In the order of an erasure: it holds the sounds first, then what was checked.
            await unit.erasing.rely_on_sounds()
            await hold_admitted(unit, admitted, at)
            new = await self.start.prepare(unit, after, cost.plan, attempt=cost.attempt, at=at)
            held = await hold_session(unit, after.id)
            if held is None or held.session != seen.session or _begun(held, seen):
                await self._give_back(unit, seen.session, cost)
                return None
            if held.job is not None and held.job.live:
                await record_move(unit, held.job, cancel(held.job, at), at)
            await unit.library.rewrite(new.session)
            await self._keep(unit, new.session, admitted)
            await unit.library.leave_lines(
                seen.session.owner_user_id or "", left_behind(seen.session, new.session), at
            )
            await unit.left.leave_tracks(
                seen.session.owner_user_id or "", tracks_left(seen.session, new.session), at
            )
            if not await self.start.write(unit, new):
                raise Conflict("Another job of this session has just begun")
            await unit.send(news(new.session))
        return editing.EditedSession(
            session=view(new.session), job=snapshot(new.job), new_reads=cost.reads
        )

    async def _as_it_is(self, seen: Held) -> editing.EditedSession:
        async with self.store.begin() as unit:
            return await _answer(unit, seen.session, seen.job)

    async def _keep(self, unit: Unit, session: Session, admitted: Sequence[Checked]) -> None:
        owner, at = session.owner_user_id or "", session.updated_at
        await unit.moderation.keep(session.id, owner, admitted, at)

    async def _give_back(self, unit: Unit, session: Session, cost: Cost) -> None:
        """Somebody was faster: where their job came without a generation, ours is nobody's."""
        reservation = job_id_for(session.id, cost.attempt)
        job = await unit.jobs.find(reservation)
        if cost.pays and job is not None and not job.holds_generation:
            await unit.send(
                GenerationSettled(
                    reservation_id=reservation,
                    user_id=session.owner_user_id or "",
                    outcome="released",
                ),
                message_id=f"generation-unused:{reservation}",
            )

    async def _ask_for_stems(self, unit: Unit, after: Session, at: datetime) -> None:
        known = await unit.sounds.known(Wanted(stems=frozenset(after.stem_ids)))
        missing = [stem for stem in after.stem_ids if stem not in known.stems]
        if missing:
            for stem_id in (await unit.sounds.ask_for_stems(missing, at)).to_ask:
                await unit.send(PublishStem(stem_id=stem_id))

    def _plan(self, after: Session) -> Plan:
        if after.recipe is None:
            raise Conflict("This session has no voice yet")
        return self.start.pinned_plan(after, after.recipe)


def _check_version(wish: editing.EditSession, session: Session) -> None:
    if wish.if_version is not None and wish.if_version != session.version:
        raise Conflict("This session was changed meanwhile; read it again")


def _begun(held: Held, seen: Held) -> bool:
    """Whether a job has begun since: its attempt would be ours."""
    return (held.job and held.job.id) != (seen.job and seen.job.id)


async def _answer(unit: Unit, session: Session, job: Job | None) -> editing.EditedSession:
    live = snapshot(job) if job is not None and job.live else None
    return editing.EditedSession(session=await shown(unit, session), job=live)
