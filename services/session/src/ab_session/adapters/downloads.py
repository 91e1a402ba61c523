"""What a user's plan says of offline files, asked at the entitlement service."""

from __future__ import annotations

from ab_shared.contracts.rpc import GetEntitlement
from ab_shared.messaging.ports import Caller

from ab_session.domain.downloads import DownloadPermit

CALL_SECONDS = 5.0


class RpcDownloads:
    """Implements ``Downloads``."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    async def permit(self, user_id: str) -> DownloadPermit:
        """Asks once; without an answer nothing is allowed, the request fails as unavailable."""
        request = GetEntitlement(user_id=user_id)
        held = await self._caller.call(request, timeout=CALL_SECONDS)
        return DownloadPermit(
            held.offline_downloads,
            held.mixdown_minutes,
            until=held.paid_until,
            grace=held.status == "grace",
        )
