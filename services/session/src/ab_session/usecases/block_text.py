"""What a text that is rejected after it was written means for the sessions it stands in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from ab_shared.contracts.events import SessionChanged

from ab_session.domain.job import fail
from ab_session.domain.reasons import NOT_APPROVED
from ab_session.ports import Unit
from ab_session.usecases.hold_session import hold_session
from ab_session.usecases.moderation_metrics import STOPPED
from ab_session.usecases.record_move import record_move


async def block_text(unit: Unit, address: str, at: datetime) -> tuple[int, int]:
    """Stops live jobs, whose generation goes back, and has every cache forget the sessions.

    Returns how many sessions and how many stopped jobs. The sound itself stays: it is served to
    nobody, and where the text is approved after all nothing has to be made again. Files for offline
    use that are in the making are left: they are refused when somebody asks for them.
    """
    sessions = await unit.moderation.sessions_with(address)
    stopped = 0
    for session_id in sessions:
        stopped += await _stop(unit, session_id, at)
    STOPPED.inc(stopped)
    await _tell(unit, sessions, at)
    return len(sessions), stopped


async def unblock_text(unit: Unit, address: str, at: datetime) -> int:
    """Has every cache look again; how many sessions."""
    sessions = await unit.moderation.sessions_with(address)
    await _tell(unit, sessions, at)
    return len(sessions)


async def _stop(unit: Unit, session_id: UUID, at: datetime) -> bool:
    held = await hold_session(unit, session_id)
    # Held now: whoever begins a job from here on sees that the text is rejected.
    job = held.job if held else await unit.jobs.latest(session_id)
    job = await unit.jobs.find(job.id, hold=True) if job else None
    if job is None or not job.live:
        return False
    await record_move(unit, job, fail(job, NOT_APPROVED, at), at)
    return True


async def _tell(unit: Unit, sessions: Sequence[UUID], at: datetime) -> None:
    for session_id, owner, version in await unit.moderation.touch(sessions, at):
        changed = SessionChanged(session_id=session_id, owner_user_id=owner, version=version)
        await unit.send(changed)
