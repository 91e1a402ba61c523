"""Tells which stored sounds a session needs, so that their makers can be asked about each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ab_shared.contracts.reconciling import Kind
from ab_shared.contracts.session_desk import (
    MAX_NEEDED,
    NeededObject,
    NeededObjectList,
    ObjectRole,
)
from ab_shared.contracts.session_desk import ListNeededObjects as Request
from ab_shared.errors import NotFound

from ab_session.back_office_ports import Desk
from ab_session.domain.desk import state_of
from ab_session.domain.plan import Plan
from ab_session.domain.session import Session
from ab_session.domain.sounds import PublishedStem
from ab_session.ports import Store
from ab_session.usecases.start_job import StartJob


@dataclass(frozen=True, slots=True)
class ListNeededObjects:
    """Session has no rights at any bucket: it only knows what there should be."""

    store: Store
    desk: Desk
    start: StartJob

    async def __call__(self, request: Request) -> NeededObjectList:
        """Track, stems and offline files first, then what the track is made of.

        Raises:
            NotFound: there is no such session.
        """
        async with self.store.begin() as unit:
            session = await unit.sessions.find(request.session_id)
            if session is None:
                raise NotFound("There is no such session")
            stems = await unit.sounds.stems(session.stem_ids)
            newest = await unit.jobs.latest(session.id)
        async with self.desk.begin() as reading:
            files = await reading.files_of(session.id)
        wanted = [*_played(session, stems), *files, *_made_of(self.start.plan(session))]
        return NeededObjectList(
            session_id=session.id,
            state=state_of(newest, has_track=session.audio is not None),
            objects=tuple(wanted[:MAX_NEEDED]),
            truncated=len(wanted) > MAX_NEEDED,
        )


def _played(session: Session, stems: dict[str, PublishedStem]) -> Iterator[NeededObject]:
    if session.audio is not None:
        track = session.audio.track
        yield _of("track", session.audio.track_address, "plays", track.bytes, track.sha256)
    for stem_id in session.stem_ids:
        stem = stems.get(stem_id)
        if stem is None:
            yield _of("stem", stem_id, "plays")
        else:
            yield _of("stem", stem_id, "plays", stem.asset.bytes, stem.asset.sha256)


def _made_of(plan: Plan | None) -> Iterator[NeededObject]:
    # A line that stands twice is spoken once.
    reads = plan.reads if plan else ()
    for address in dict.fromkeys(read.prepared_address for read in reads):
        yield _of("prepared", address, "makes")
    for address in dict.fromkeys(read.speech_address for read in reads):
        yield _of("speech", address, "makes")


def _of(
    kind: Kind, name: str, role: ObjectRole, size: int | None = None, sha256: str | None = None
) -> NeededObject:
    return NeededObject(kind=kind, name=name, role=role, bytes=size, sha256=sha256)
