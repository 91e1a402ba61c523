"""A session as it is."""

from __future__ import annotations

from uuid import UUID

from ab_shared.contracts import rpc
from ab_shared.errors import NotFound, Unauthorized
from ab_shared.messaging.ports import Caller

from ab_gateway.domain.identity import Identity
from ab_gateway.domain.rendered import Rendered, RenderedSession, rendered_session
from ab_gateway.ports import KeptSessions
from ab_gateway.usecases.sign_urls import SignUrls

# News may overtake the answer to a question that was asked before it, but hardly twice.
TRIES = 2


class ReadSession:
    """One session: the caller's own or the catalogue's; asked for again when it has changed."""

    def __init__(self, services: Caller, kept: KeptSessions, sign_urls: SignUrls) -> None:
        self._services = services
        self._kept = kept
        self._sign_urls = sign_urls

    async def __call__(self, caller: Identity | None, session_id: UUID) -> Rendered:
        """A ``SessionV3``, its URL signed now.

        NotFound for anybody else's, Unauthorized for nobody's question after it.
        """
        user_id = caller.user_id if caller else None
        found = self._kept.find(session_id)
        # Somebody else's is asked for like one that does not exist: neither shows in the time.
        if found is None or not found.visible_to(user_id):
            try:
                found = await self._ask(session_id, user_id)
            except NotFound as missing:
                raise as_seen_by(caller, missing) from None
        return Rendered(found.body(self._sign_urls().sign), found.etag, found.version)

    async def _ask(self, session_id: UUID, user_id: str | None) -> RenderedSession:
        request = rpc.GetSession(session_id=session_id, user_id=user_id)
        for _ in range(TRIES):
            ticket = self._kept.ticket()
            answer = rendered_session(await self._services.call(request))
            if self._kept.keep(session_id, answer, ticket):
                break
        return answer


def as_seen_by(caller: Identity | None, missing: NotFound) -> NotFound | Unauthorized:
    """What is not in the catalogue needs a token, whether it exists or not."""
    return Unauthorized("Sign in to open this session") if caller is None else missing
