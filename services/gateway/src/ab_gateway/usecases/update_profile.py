"""Changes the caller's profile."""

from __future__ import annotations

import logging

from ab_shared.contracts import http, profiles, rpc
from ab_shared.contracts.http_profile import ProfileIn
from ab_shared.errors import AbError
from ab_shared.messaging.ports import Caller

from ab_gateway.domain.identity import Identity

logger = logging.getLogger("ab.gateway")
LONGEST_WAIT_SECONDS = 2.0


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
        if wanted.timezone is not None and kept.version:
            await self._tell(kept)
        return http.ProfileOut(id=kept.user_id, timezone=kept.timezone, created_at=kept.created_at)

    async def _tell(self, kept: rpc.Profile) -> None:
        """Session knows the zone before the caller is answered: their next read is counted in it.

        It hears of it as an event too, so that nothing is lost where it does not answer in time.
        """
        news = profiles.KeepZone(user_id=kept.user_id, timezone=kept.timezone, version=kept.version)
        try:
            await self._services.call(news, timeout=LONGEST_WAIT_SECONDS)
        except AbError as error:
            kind = type(error).__name__
            logger.warning("a zone is known a little later", extra={"error": kind})
