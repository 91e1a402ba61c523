"""Holds a session and the job that is making its audio, in the order of all locks."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from ab_shared.errors import Forbidden, NotFound

from ab_session.domain.job import Job
from ab_session.domain.session import Session
from ab_session.ports import Unit


@dataclass(frozen=True, slots=True)
class Held:
    """A session and its last job; a job that is live is held too."""

    session: Session
    job: Job | None


async def hold_session(unit: Unit, session_id: UUID) -> Held | None:
    """Both; None where a job began meanwhile, which asks for a new transaction.

    Events hold a job before its session: whoever held them the other way round would wait for an
    event that waits for them.

    Raises:
        NotFound: there is no such session.
    """
    job = await unit.jobs.latest(session_id)
    if job is not None and job.live:
        job = await unit.jobs.find(job.id, hold=True)
    session = await unit.sessions.find(session_id, hold=True)
    if session is None:
        raise NotFound("There is no such session")
    latest = await unit.jobs.latest(session_id)
    if latest is not None and latest.live and (job is None or latest.id != job.id):
        return None
    return Held(session, latest)


def owned(session: Session | None, user_id: str) -> Session:
    """A session that this user may change.

    Raises:
        NotFound: there is none, or it is somebody else's.
        Forbidden: it is the catalogue's, which everybody sees and nobody changes.
    """
    if session is None or not session.readable_by(user_id):
        raise NotFound("There is no such session")
    if session.owner_user_id is None:
        raise Forbidden("A session of the catalogue is everybody's; duplicate it to change it")
    return session
