"""What a player needs of a session, with fresh URLs."""

from __future__ import annotations

from uuid import UUID

from ab_shared.contracts import http, rpc
from ab_shared.errors import NotFound
from ab_shared.messaging.ports import Caller

from ab_gateway.domain import presenting
from ab_gateway.domain.identity import Identity
from ab_gateway.usecases.read_session import as_seen_by
from ab_gateway.usecases.sign_urls import SignUrls


class ReadPlaybackBundle:
    """The bundle of a session: the caller's own or the catalogue's."""

    def __init__(self, services: Caller, sign_urls: SignUrls) -> None:
        self._services = services
        self._sign_urls = sign_urls

    async def __call__(self, caller: Identity | None, session_id: UUID) -> http.BundleEnvelope:
        """The bundle, signed now; AudioNotReady until the session is rendered."""
        user_id = caller.user_id if caller else None
        request = rpc.GetPlaybackBundle(session_id=session_id, user_id=user_id)
        try:
            made = await self._services.call(request)
        except NotFound as missing:
            raise as_seen_by(caller, missing) from None
        signing = self._sign_urls()
        bundle = presenting.bundle(made, signing.sign, signing.expires_at)
        return http.BundleEnvelope(bundle=bundle)
