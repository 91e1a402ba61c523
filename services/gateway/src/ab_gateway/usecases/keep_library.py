"""What callers do with sessions besides: delete, duplicate, mark as a favourite."""

from __future__ import annotations

from uuid import UUID, uuid4

from ab_shared.contracts import editing, http, rpc
from ab_shared.contracts.http_library import DuplicateIn
from ab_shared.contracts.identifiers import session_id_for
from ab_shared.messaging.ports import Caller

from ab_gateway.domain import presenting
from ab_gateway.domain.identity import Identity
from ab_gateway.domain.request_keys import keyed
from ab_gateway.usecases.answer_once import AnswerOnce
from ab_gateway.usecases.create_session import CREATE_SECONDS
from ab_gateway.usecases.sign_urls import SignUrls

DUPLICATE = "POST /sessions/{id}/duplicate"
DUPLICATE_SHARED = "POST /shared/{token}/duplicate"


class KeepLibrary:
    """The session service decides; what is asked for twice is done once."""

    def __init__(self, services: Caller, once: AnswerOnce, sign_urls: SignUrls) -> None:
        self._services = services
        self._once = once
        self._sign_urls = sign_urls

    async def delete(self, caller: Identity, session_id: UUID) -> None:
        """Gone for ever; again is no error, NotFound for one that never was the caller's."""
        await self._services.call(
            editing.DeleteSession(session_id=session_id, user_id=caller.user_id)
        )

    async def mark(self, caller: Identity, session_id: UUID, *, favourite: bool) -> None:
        """A favourite from now on, or none; NotFound for what the caller cannot see."""
        request = editing.SetFavourite(
            session_id=session_id, user_id=caller.user_id, favourite=favourite
        )
        await self._services.call(request)

    async def duplicate(
        self, caller: Identity, source_id: UUID, wanted: DuplicateIn, key: str | None
    ) -> http.CreatedSessionV3:
        """A session of the caller's own, as ``CreateSession`` makes one."""
        request = editing.DuplicateSession(
            session_id=_copy_id(caller, str(source_id), wanted, key),
            user_id=caller.user_id,
            source_id=source_id,
            title=wanted.title,
        )
        return await self._make(caller, request, DUPLICATE, key, str(source_id), wanted)

    async def duplicate_shared(
        self, caller: Identity, token_hash: str, wanted: DuplicateIn, key: str | None
    ) -> http.CreatedSessionV3:
        """The same of what a link shows; NotFound where it does not hold."""
        request = editing.DuplicateSession(
            session_id=_copy_id(caller, token_hash, wanted, key),
            user_id=caller.user_id,
            token_hash=token_hash,
            title=wanted.title,
        )
        return await self._make(caller, request, DUPLICATE_SHARED, key, token_hash, wanted)

    async def _make(
        self,
        caller: Identity,
        request: editing.DuplicateSession,
        route: str,
        key: str | None,
        source: str,
        wanted: DuplicateIn,
    ) -> http.CreatedSessionV3:
        asked = keyed(caller.user_id, route, key, source, wanted.model_dump_json())
        made = await self._once(
            asked,
            rpc.CreatedSession,
            lambda: self._services.call(request, timeout=CREATE_SECONDS),
        )
        return presenting.created_session(made.session, made.job.id, self._sign_urls().sign)


def _copy_id(caller: Identity, source: str, wanted: DuplicateIn, key: str | None) -> UUID:
    """As for a create; a copy of something else under the same name is another session."""
    name = f"draft {wanted.local_draft_id}" if wanted.local_draft_id else f"key {key or uuid4()}"
    return session_id_for(caller.user_id, f"copy of {source} {name}")
