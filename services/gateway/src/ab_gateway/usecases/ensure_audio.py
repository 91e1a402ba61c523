"""Making sure that a session has audio, or one live job that makes it."""

from __future__ import annotations

from uuid import UUID

from ab_shared.contracts import http, rpc
from ab_shared.messaging.ports import Caller

from ab_gateway.domain import presenting
from ab_gateway.domain.identity import Identity


class EnsureAudio:
    """Asks the session service; asking again changes nothing."""

    def __init__(self, services: Caller) -> None:
        self._services = services

    async def __call__(self, caller: Identity, session_id: UUID) -> http.EnsureAudioOut:
        """Ready, or pending with the job to watch."""
        request = rpc.EnsureAudio(session_id=session_id, user_id=caller.user_id)
        return presenting.audio_state(await self._services.call(request))
