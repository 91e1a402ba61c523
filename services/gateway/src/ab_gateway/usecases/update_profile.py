"""Changes the caller's profile."""

from __future__ import annotations

from ab_shared.contracts import http, profiles
from ab_shared.contracts.http_profile import ProfileIn
from ab_shared.messaging.ports import Caller

from ab_gateway.domain.identity import Identity


class UpdateProfile:
    """Asks auth, which owns profiles and knows the zones there are."""

    def __init__(self, services: Caller) -> None:
        self._services = services

    async def __call__(self, caller: Identity, wanted: ProfileIn) -> http.ProfileOut:
        """The profile as it is kept now."""
        request = profiles.UpdateProfile(
            user_id=caller.user_id,
            issuer=caller.issuer,
            timezone=wanted.timezone,
            issued_at=caller.issued_at,
        )
        kept = await self._services.call(request)
        return http.ProfileOut(id=kept.user_id, timezone=kept.timezone, created_at=kept.created_at)
