"""Makes a session's audio again because an operator says so, at no cost to its owner."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ab_shared.contracts.audit import AuditRecorded
from ab_shared.contracts.reconciling import Kind
from ab_shared.contracts.session_desk import RebuildAudio as Request
from ab_shared.contracts.session_desk import RebuiltAudio
from ab_shared.contracts.speech import SpeechRecipe
from ab_shared.errors import Conflict, NotFound
from ab_shared.runtime.clock import Clock
from ab_shared.runtime.deeds import audited

from ab_session.domain.job import Job, snapshot
from ab_session.domain.session import Generation, Session, news, pinned
from ab_session.domain.sounds import Wanted
from ab_session.ports import Store, Unit, Voices
from ab_session.usecases.admit_lines import refuse_blocked
from ab_session.usecases.ensure_audio import is_ready
from ab_session.usecases.start_job import StartJob


@dataclass(frozen=True, slots=True)
class RebuildAudio:
    """What is gone is forgotten, then a job makes what is not there, in the session's own voice.

    The job holds no generation, so nothing is spent or given back by how it ends. Whoever else
    has the same track waits with this session, and has it again with the same render.
    """

    store: Store
    voices: Voices
    start: StartJob
    clock: Clock

    async def __call__(self, request: Request) -> RebuiltAudio:
        """The new job; none where nothing is missing and nothing was forced.

        Raises:
            NotFound: there is no such session.
            Conflict: a job of it is live already.
        """
        async with self.store.begin() as unit:
            session = await _session(unit, request)
        recipe = session.recipe or (await self.voices.resolve(session.voice_id)).recipe
        at = self.clock()
        async with self.store.begin() as unit:
            await unit.erasing.rely_on_sounds()
            before = await _session(unit, request, hold=True)
            latest = await unit.jobs.latest(before.id)
            if latest is not None and latest.live:
                raise Conflict("A job of this session is at work: wait for it, or cancel it")
            await refuse_blocked(unit, before.id)
            forgotten = await _forget(unit, self._gone(request, pinned(before, recipe), recipe))
            found = await _session(unit, request)
            job = None
            if request.force or not await is_ready(unit, found):
                job = await self._begin(unit, pinned(found, recipe), recipe, latest, at)
            if job is not None or forgotten:
                await unit.send(_entry(request, before, job, forgotten))
        told = snapshot(job) if job else None
        return RebuiltAudio(session_id=before.id, forgotten=forgotten, job=told)

    def _gone(
        self, request: Request, session: Session, recipe: SpeechRecipe
    ) -> Mapping[Kind, Sequence[str]]:
        gone: dict[Kind, list[str]] = defaultdict(list)
        for sound in request.gone:
            gone[sound.kind].append(sound.name)
        if request.force:
            gone["track"].append(self.start.pinned_plan(session, recipe).track_address)
        return gone

    async def _begin(
        self, unit: Unit, session: Session, recipe: SpeechRecipe, latest: Job | None, at: datetime
    ) -> Job:
        plan = self.start.pinned_plan(session, recipe)
        attempt = latest.attempt + 1 if latest else 1
        # A generation that was spent stays so; one that went back stays with its owner.
        free = replace(session, generation=Generation.FREE, audio=None)
        new = await self.start.prepare(unit, free, plan, attempt=attempt, at=at)
        if not await self.start.write(unit, new):
            raise Conflict("Another job of this session has just begun")
        after = replace(
            new.session,
            generation=session.generation,
            version=session.version + 1,
            updated_at=at,
        )
        await unit.sessions.open_render(after)
        await unit.send(news(after))
        return new.job


async def _session(unit: Unit, request: Request, *, hold: bool = False) -> Session:
    found = await unit.sessions.find(request.session_id, hold=hold)
    if found is None:
        raise NotFound("There is no such session")
    return found


async def _forget(unit: Unit, gone: Mapping[Kind, Sequence[str]]) -> int:
    """How many of them were known."""
    forgotten = 0
    for kind, names in gone.items():
        known = await _known(unit, kind, names)
        forgotten += await unit.sounds.forget(kind, known) if known else 0
    return forgotten


async def _known(unit: Unit, kind: Kind, names: Sequence[str]) -> list[str]:
    wanted = frozenset(names)
    # Reads are forgotten without being counted.
    if kind == "speech":
        return sorted((await unit.sounds.known(Wanted(speech=wanted))).speech)
    if kind == "prepared":
        return sorted((await unit.sounds.known(Wanted(prepared=wanted))).prepared)
    return sorted(wanted)


def _entry(request: Request, before: Session, job: Job | None, forgotten: int) -> AuditRecorded:
    return audited(
        "session.rebuild_audio",
        f"session:{before.id}",
        request.actor,
        request.actor_kind,
        before={"track": before.audio.track_address if before.audio else None},
        after={
            "job": str(job.id) if job else None,
            "forgotten": forgotten,
            "forced": request.force,
        },
        reason=request.reason,
    )
