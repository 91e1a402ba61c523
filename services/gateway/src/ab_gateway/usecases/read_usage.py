"""What the caller has used today."""

from __future__ import annotations

from ab_shared.contracts import http_usage, usage
from ab_shared.messaging.ports import Caller

from ab_gateway.domain.identity import Identity
from ab_gateway.domain.presenting_usage import usage_out


class ReadUsage:
    """Asks entitlement each time: nobody looks at it every second."""

    def __init__(self, services: Caller) -> None:
        self._services = services

    async def __call__(self, caller: Identity, timezone: str | None) -> http_usage.UsageOut:
        """The day so far beside its limits."""
        request = usage.GetUsage(user_id=caller.user_id, timezone=timezone)
        return usage_out(await self._services.call(request))
