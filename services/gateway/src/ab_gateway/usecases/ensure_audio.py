"""Making sure that a session has audio, or one live job that makes it."""

from __future__ import annotations

from uuid import UUID

from ab_shared.contracts import http, rpc
from ab_shared.messaging.ports import Caller

from ab_gateway.domain import presenting
from ab_gateway.domain.identity import Identity
from ab_gateway.domain.request_keys import keyed
from ab_gateway.usecases.answer_once import AnswerOnce

ROUTE = "POST /sessions/{id}/ensure-audio"


class EnsureAudio:
    """Asks the session service; asking again changes nothing."""

    def __init__(self, services: Caller, once: AnswerOnce) -> None:
        self._services = services
        self._once = once

    async def __call__(
        self, caller: Identity, session_id: UUID, key: str | None
    ) -> http.EnsureAudioOut:
        """Ready, or pending with the job to watch; under a key the answer it had before."""
        request = rpc.EnsureAudio(session_id=session_id, user_id=caller.user_id)
        asked = keyed(caller.user_id, ROUTE, key, str(session_id))
        state = await self._once(asked, rpc.AudioState, lambda: self._services.call(request))
        return presenting.audio_state(state)
