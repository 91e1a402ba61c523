"""Forgets sounds that are gone, so that the next wish for them makes them again."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from ab_shared.contracts.audit import AuditRecorded
from ab_shared.contracts.events import SessionChanged
from ab_shared.contracts.reconciling import ForgetSounds as Request
from ab_shared.contracts.reconciling import ForgottenSounds
from ab_shared.runtime.clock import Clock
from ab_shared.runtime.deeds import audited

from ab_session.ports import Store, Unit

logger = logging.getLogger("ab.session")


@dataclass(frozen=True, slots=True)
class ForgetSounds:
    """A session keeps its lines, its voice and its generation: making it again costs nothing."""

    store: Store
    clock: Clock

    async def __call__(self, request: Request) -> ForgottenSounds:
        """Doing it again forgets nothing more."""
        async with self.store.begin() as unit:
            sessions = await self._lose(unit, request) if request.kind == "track" else 0
            sounds = await unit.sounds.forget(request.kind, request.names)
            if sounds or sessions:
                await unit.send(_entry(request, sounds, sessions))
        if sounds:
            logger.warning("Sounds are gone", extra={"kind": request.kind, "sounds": sounds})
        return ForgottenSounds(sounds=sounds, sessions=sessions)

    async def _lose(self, unit: Unit, request: Request) -> int:
        lost = await unit.sessions.lose_tracks(request.names, self.clock())
        for session_id, owner, version in lost:
            changed = SessionChanged(session_id=session_id, owner_user_id=owner, version=version)
            await unit.send(changed)
        return len(lost)


def _entry(request: Request, sounds: int, sessions: int) -> AuditRecorded:
    return audited(
        "sounds.forget",
        f"sounds:{request.kind}",
        request.actor,
        "operator",
        after={"sounds": sounds, "sessions": sessions},
    )
