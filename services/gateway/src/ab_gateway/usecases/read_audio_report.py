"""What was measured on a session's track."""

from __future__ import annotations

from uuid import UUID

from ab_shared.contracts import http, rpc
from ab_shared.messaging.ports import Caller

from ab_gateway.domain import presenting
from ab_gateway.domain.identity import Identity


class ReadAudioReport:
    """The report of a session's track."""

    def __init__(self, services: Caller) -> None:
        self._services = services

    async def __call__(self, caller: Identity, session_id: UUID) -> http.AudioReportOut:
        """The report; AudioNotReady until the session is rendered."""
        request = rpc.GetAudioReport(session_id=session_id, user_id=caller.user_id)
        return presenting.audio_report(await self._services.call(request))
