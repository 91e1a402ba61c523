"""Gives a track whose voice cannot speak to the next provider's voice, all of it."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import datetime

from ab_shared.contracts.events import PROVIDER_DOWN, VOICE_GONE, ReadFailed

from ab_session.domain.editing import left_behind
from ab_session.domain.job import Job, advance
from ab_session.domain.session import Session
from ab_session.domain.stand_in import revoiced, stand_in
from ab_session.ports import Store, Unit, Voice, Voices
from ab_session.usecases.ask_again import AskAgain
from ab_session.usecases.record_move import record_move

CODES = frozenset({PROVIDER_DOWN, VOICE_GONE})
logger = logging.getLogger("ab.session")


@dataclass(frozen=True, slots=True)
class ChangeVoice:
    """A track is one voice: nothing of the old one is spliced in, and the change is disclosed.

    The job goes on under its id and its generation. Reads in the old voice stay for as
    long as what was edited out, paid for; whoever erases the user before finds them too.
    """

    store: Store
    voices: Voices
    again: AskAgain

    async def voices_for(self, event: ReadFailed) -> dict[str, Voice]:
        """The voices of the jobs that wait for a read, asked for before anything is held."""
        if event.code not in CODES:
            return {}
        async with self.store.begin() as unit:
            jobs = await unit.jobs.waiting_for_speech(event.speech_address)
            found = [await unit.sessions.find(job.session_id) for job in jobs]
        names = {session.voice_id for session in found if session is not None}
        return {name: await self.voices.resolve(name) for name in names}

    async def __call__(
        self, unit: Unit, job: Job, event: ReadFailed, voices: dict[str, Voice], at: datetime
    ) -> bool:
        """Whether another voice has taken over; ``job`` is held and live."""
        session = await unit.sessions.find(job.session_id, hold=bool(voices))
        voice = voices.get(session.voice_id) if session else None
        if session is None or session.recipe is None or voice is None:
            return False
        chain = (voice.recipe, *voice.instead)
        recipe = stand_in(chain, session.recipe, gone=event.code == VOICE_GONE)
        if recipe is None:
            return False
        logger.warning(
            "Another voice takes over a track",
            extra={"job": str(job.id), "from": session.recipe.provider, "to": recipe.provider},
        )
        await self._render_anew(unit, job, session, replace(session, recipe=recipe), at)
        return True

    async def _render_anew(
        self, unit: Unit, job: Job, before: Session, after: Session, at: datetime
    ) -> None:
        plan = self.again.start.plan(after)
        if plan is None:
            return
        after = replace(after, wanted_track=plan.track_address)
        known = await unit.sounds.known(plan.wanted)
        begun = revoiced(job, plan, at)
        await unit.sessions.open_render(after)
        if before.owner_user_id is not None:
            await unit.library.leave_lines(before.owner_user_id, left_behind(before, after), at)
        await unit.jobs.replan(begun, plan.reads)
        moved = advance(begun, plan.found(known), at)
        await record_move(unit, begun, moved, at)
        if moved.live and not moved.rendering:
            await self.again.send(unit, moved, plan, known)
