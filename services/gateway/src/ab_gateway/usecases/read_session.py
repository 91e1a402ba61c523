"""A session as it is."""

from __future__ import annotations

from uuid import UUID

from ab_shared.contracts import http, rpc
from ab_shared.errors import NotFound, Unauthorized
from ab_shared.messaging.ports import Caller

from ab_gateway.domain import presenting
from ab_gateway.domain.identity import Identity
from ab_gateway.usecases.sign_urls import SignUrls


class ReadSession:
    """One session: the caller's own or the catalogue's."""

    def __init__(self, services: Caller, sign_urls: SignUrls) -> None:
        self._services = services
        self._sign_urls = sign_urls

    async def __call__(self, caller: Identity | None, session_id: UUID) -> http.SessionV3:
        """The session; NotFound for anybody else's, Unauthorized for nobody's question after it."""
        user_id = caller.user_id if caller else None
        request = rpc.GetSession(session_id=session_id, user_id=user_id)
        try:
            view = await self._services.call(request)
        except NotFound as missing:
            raise as_seen_by(caller, missing) from None
        return presenting.session(view, self._sign_urls().sign)


def as_seen_by(caller: Identity | None, missing: NotFound) -> NotFound | Unauthorized:
    """What is not in the catalogue needs a token, whether it exists or not."""
    return Unauthorized("Sign in to open this session") if caller is None else missing
