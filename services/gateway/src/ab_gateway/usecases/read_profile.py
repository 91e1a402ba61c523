"""The caller's profile."""

from __future__ import annotations

from functools import cache
from zoneinfo import available_timezones

from ab_shared.contracts import http, rpc
from ab_shared.messaging.ports import Caller

from ab_gateway.domain.identity import Identity
from ab_gateway.domain.rendered import Rendered, rendered


# Listing the zones reads a folder; it is the same all day.
@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


class ReadProfile:
    """Asks auth, which makes a user it sees for the first time."""

    def __init__(self, services: Caller) -> None:
        self._services = services

    async def __call__(self, caller: Identity, timezone: str | None) -> Rendered:
        """A ``ProfileOut``; a valid IANA ``timezone`` of the request goes before the kept one."""
        request = rpc.GetProfile(
            user_id=caller.user_id, issuer=caller.issuer, issued_at=caller.issued_at
        )
        profile = await self._services.call(request)
        zone = timezone if timezone in _zones() else profile.timezone
        shown = http.ProfileOut(id=profile.user_id, timezone=zone, created_at=profile.created_at)
        return rendered(shown)
