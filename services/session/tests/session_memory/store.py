"""A store in memory, held to the same tests as the one in Postgres."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Container, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from ab_session.domain.job import Job, Stage
from ab_session.domain.paging import ANYTHING, Listed, Place, Sought
from ab_session.domain.plan import PlannedRead
from ab_session.domain.session import Generation, Session
from ab_session.domain.sounds import Found
from ab_shared.contracts.base import Message
from ab_shared.contracts.rpc import SessionAudio
from ab_shared.errors import Conflict
from ab_shared.testing.memory_transactions import (
    Hears,
    MemoryTransaction,
    MemoryTransactions,
    MemoryUnitOfWork,
)

from session_memory.erasing import MemoryErasing
from session_memory.left import MemoryLeft
from session_memory.library import MemoryLibrary
from session_memory.listening import MemoryListening, MemoryShelves, MemoryZones
from session_memory.mixdowns import MemoryMixdowns
from session_memory.moderation import MemoryModeration
from session_memory.notices import MemoryNotices
from session_memory.offline import MemoryOffline
from session_memory.personal import MemoryPersonal
from session_memory.selves import MemoryEnrolments, MemorySelves
from session_memory.sounds import MemorySounds, Rows
from session_memory.writing import MemoryPrompts, MemoryWriting


class MemorySessions:
    """Implements ``Sessions``; transactions run one by one, so holding is only noted."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self.held: list[UUID] = []

    async def add(self, session: Session) -> bool:
        if session.id in self._rows.sessions:
            return False
        self._rows.sessions[session.id] = session
        return True

    async def find(self, session_id: UUID, *, hold: bool = False) -> Session | None:
        if hold:
            self.held.append(session_id)
        return self._rows.sessions.get(session_id)

    async def find_many(self, session_ids: Collection[UUID]) -> list[Session]:
        return [held for held in map(self._rows.sessions.get, session_ids) if held is not None]

    async def open_render(self, session: Session) -> None:
        before = self._rows.sessions[session.id]
        self._rows.sessions[session.id] = replace(
            before,
            generation=session.generation,
            recipe=session.recipe,
            wanted_track=session.wanted_track,
            audio=session.audio,
            version=session.version,
            updated_at=session.updated_at,
        )

    async def end_render(
        self, session_id: UUID, *, generation: Generation | None, track: str | None, at: datetime
    ) -> int | None:
        session = self._rows.sessions[session_id]
        if generation is not None:
            session = replace(session, generation=generation)
        had = session.audio.track_address if session.audio else None
        changed = track is not None and track == session.wanted_track and track != had
        if changed and track is not None:
            audio = SessionAudio(
                track=self._rows.tracks[track].asset, track_address=track, generated_at=at
            )
            session = replace(session, audio=audio, version=session.version + 1, updated_at=at)
        self._rows.sessions[session_id] = session
        return session.version if changed else None

    async def lose_tracks(
        self, tracks: Sequence[str], at: datetime
    ) -> list[tuple[UUID, str | None, int]]:
        lost = []
        for session in list(self._rows.sessions.values()):
            if session.audio is not None and session.audio.track_address in tracks:
                after = replace(session, audio=None, updated_at=at, version=session.version + 1)
                self._rows.sessions[session.id] = after
                lost.append((after.id, after.owner_user_id, after.version))
        return lost

    async def page(
        self,
        user_id: str | None,
        limit: int,
        offset: int,
        behind: Place | None = None,
        sought: Sought = ANYTHING,
    ) -> list[Listed]:
        rows = self._rows.sessions.values()
        places = self._rows.places
        catalogue = sorted(
            (row for row in rows if row.owner_user_id is None),
            key=lambda row: (places.get(row.id, 10**6), row.id),
        )
        own = [row for row in rows if user_id is not None and row.owner_user_id == user_id]
        own.sort(key=lambda row: row.id)
        own.sort(key=lambda row: row.created_at, reverse=True)
        listed = [
            Listed(
                row.id,
                row.title,
                row.goal_tag,
                Place(place, row.created_at, row.id),
                favourite=(user_id, row.id) in self._rows.favourites,
            )
            for part in ([(row, places.get(row.id)) for row in catalogue], [(r, None) for r in own])
            for row, place in part
        ]
        listed = [r for r in listed if sought.matches(r.title, r.goal_tag, favourite=r.favourite)]
        if behind is not None:
            listed = [row for row in listed if _order(row.place) > _order(behind)]
        return listed[offset : offset + limit]

    async def seed(self, sessions: Sequence[Session]) -> dict[UUID, int]:
        versions: dict[UUID, int] = {}
        for place, session in enumerate(sessions):
            before = self._rows.sessions.get(session.id)
            after = _seeded(before, session) if before else session
            if after != before or self._rows.places.get(session.id) != place:
                if before is not None:
                    after = replace(
                        after, version=before.version + 1, updated_at=session.updated_at
                    )
                self._rows.sessions[session.id] = after
                self._rows.places[session.id] = place
                versions[session.id] = after.version
        return versions


def _order(place: Place) -> tuple[bool, int, float, UUID]:
    if place.position is None:
        return True, 0, -place.created_at.timestamp(), place.id
    return False, place.position, 0.0, UUID(int=0)


def _seeded(before: Session, entry: Session) -> Session:
    after = replace(
        before,
        title=entry.title,
        goal_tag=entry.goal_tag,
        lines=entry.lines,
        voice_id=entry.voice_id,
        layer=entry.layer,
    )
    if (before.lines, before.voice_id) == (entry.lines, entry.voice_id):
        return after
    return replace(after, recipe=None, wanted_track=None, audio=None)


class MemoryJobs:
    """Implements ``Jobs``; transactions run one by one, so holding is only noted."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self.held: list[UUID] = []

    async def add(self, job: Job, reads: Sequence[PlannedRead], preparing: Container[str]) -> bool:
        jobs = self._rows.jobs.values()
        if job.id in self._rows.jobs:
            return False
        if job.live and any(j.live and j.session_id == job.session_id for j in jobs):
            return False
        self._rows.jobs[job.id] = job
        if job.live:
            self._rows.reads[job.id] = tuple(reads)
            self._rows.preparing[job.id] = frozenset(
                read.prepared_address for read in reads if read.prepared_address in preparing
            )
        return True

    async def find(self, job_id: UUID, *, hold: bool = False) -> Job | None:
        if hold:
            self.held.append(job_id)
        return self._rows.jobs.get(job_id)

    async def latest(self, session_id: UUID) -> Job | None:
        jobs = [job for job in self._rows.jobs.values() if job.session_id == session_id]
        return max(jobs, key=lambda job: job.attempt, default=None)

    async def save(self, job: Job) -> None:
        self._rows.jobs[job.id] = job
        if not job.live:
            self._rows.reads.pop(job.id, None)
            self._rows.preparing.pop(job.id, None)

    async def reopen(self, job: Job, reads: Sequence[PlannedRead]) -> None:
        if any(j.live and j.session_id == job.session_id for j in self._rows.jobs.values()):
            raise Conflict("A newer job of this session is live")
        self._rows.jobs[job.id] = job
        if job.live:
            self._rows.reads[job.id] = tuple(reads)
            self._rows.preparing[job.id] = frozenset()

    async def replan(self, job: Job, reads: Sequence[PlannedRead]) -> None:
        self._rows.jobs[job.id] = job
        self._rows.reads[job.id] = tuple(reads)
        self._rows.preparing[job.id] = frozenset()

    async def page(self, stages: Sequence[Stage], before: datetime | None, limit: int) -> list[Job]:
        found = [
            job
            for job in self._rows.jobs.values()
            if (not stages or job.stage in stages) and (not before or job.created_at < before)
        ]
        return sorted(found, key=lambda j: (-j.created_at.timestamp(), j.id))[:limit]

    async def waiting_for_speech(self, speech_address: str) -> list[Job]:
        return self._with_read("speech_address", speech_address)

    async def waiting_for_prepared(self, prepared_address: str) -> list[Job]:
        return self._with_read("prepared_address", prepared_address)

    async def waiting_for_track(self, track_address: str) -> list[Job]:
        return [job for job in self._live() if job.track_address == track_address]

    async def waiting_for_stem(self, stem_id: str) -> list[Job]:
        return [job for job in self._live() if stem_id in job.stem_ids]

    async def found(self, job_ids: Iterable[UUID]) -> dict[UUID, Found]:
        return {job_id: self._found(self._rows.jobs[job_id]) for job_id in job_ids}

    async def sequence(self, job_id: UUID) -> tuple[str, ...]:
        return tuple(read.prepared_address for read in self._rows.reads.get(job_id, ()))

    async def first_position(
        self, job_id: UUID, *, speech: str | None = None, prepared: str | None = None
    ) -> int | None:
        for read in self._rows.reads.get(job_id, ()):
            named = read.speech_address == speech or read.prepared_address == prepared
            spoken = speech is not None and read.speech_address in self._rows.speech
            if named and not spoken and read.prepared_address not in self._rows.prepared:
                return read.position
        return None

    async def overdue(self, now: datetime) -> Job | None:
        due = [job for job in self._live() if job.due_at <= now]
        return min(due, key=lambda job: job.due_at, default=None)

    def _live(self) -> list[Job]:
        return sorted((job for job in self._rows.jobs.values() if job.live), key=lambda j: j.id)

    def _with_read(self, name: str, address: str) -> list[Job]:
        reads = self._rows.reads
        return [
            job
            for job in self._live()
            if any(getattr(read, name) == address for read in reads.get(job.id, ()))
        ]

    def _found(self, job: Job) -> Found:
        rows = self._rows
        reads = rows.reads.get(job.id, ())
        prepared = [read.prepared_address in rows.prepared for read in reads]
        spoken = [
            done or read.speech_address in rows.speech
            for read, done in zip(reads, prepared, strict=True)
        ]
        return Found(
            spoken=sum(spoken),
            prepared=sum(prepared),
            track=job.track_address in rows.tracks,
            stems=rows.stems.keys() >= set(job.stem_ids),
        )


class MemoryUnit(MemoryUnitOfWork):
    """Implements ``Unit``."""

    def __init__(self, rows: Rows, transaction: MemoryTransaction) -> None:
        super().__init__(transaction)
        self.sessions = MemorySessions(rows)
        self.jobs = MemoryJobs(rows)
        self.sounds = MemorySounds(rows)
        self.mixdowns = MemoryMixdowns(rows)
        self.offline = MemoryOffline(rows)
        self.notices = MemoryNotices(rows)
        self.personal = MemoryPersonal(rows)
        self.erasing = MemoryErasing(rows.erased)
        self.library = MemoryLibrary(rows)
        self.left = MemoryLeft(rows)
        self.selves = MemorySelves(rows)
        self.prompts = MemoryPrompts(rows)
        self.writing = MemoryWriting(rows)
        self.enrolments = MemoryEnrolments(rows)
        self.zones = MemoryZones(rows)
        self.listening = MemoryListening(rows)
        self.shelves = MemoryShelves(rows)
        self.moderation = MemoryModeration(rows)


class MemoryStore:
    """Implements ``Store``; its transactions run one after the other."""

    def __init__(self, publisher: Hears | None = None) -> None:
        self.transactions = MemoryTransactions(producer="session", publisher=publisher)
        self.rows = Rows()
        self._alone = asyncio.Lock()

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[MemoryUnit]:
        async with self._alone:
            before = self.rows.copy()
            try:
                async with self.transactions.begin() as transaction:
                    yield MemoryUnit(self.rows, transaction)
            except BaseException:
                self.rows = before
                raise

    async def sent(self) -> list[Message]:
        return list(self.transactions.sent)
