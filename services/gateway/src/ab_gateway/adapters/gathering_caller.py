"""Reads of sessions that come at once, asked of the session service in one call."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any, cast

from ab_shared.contracts import rpc
from ab_shared.contracts.base import ReplyT, Request
from ab_shared.contracts.session_reads import MOST_SESSIONS, AskedSession, GetSessions
from ab_shared.errors import DependencyUnavailable, NotFound
from ab_shared.messaging.ports import Caller
from ab_shared.runtime.gathering import Gathered

# Two: while one is answered the next is being written.
FLIGHTS = 2


class GatheringCaller:
    """Implements ``Caller``: what comes alone goes as it is."""

    def __init__(self, services: Caller) -> None:
        self._services = services
        self._sessions: Gathered[rpc.GetSession, rpc.SessionView | None] = Gathered(
            self._ask, most=MOST_SESSIONS, flights=FLIGHTS
        )

    def call(
        self, request: Request[ReplyT], *, timeout: float = 5.0
    ) -> Coroutine[Any, Any, ReplyT]:
        """As ``Caller.call``."""
        if isinstance(request, rpc.GetSession):
            return cast("Coroutine[Any, Any, ReplyT]", self._session(request))
        return self._services.call(request, timeout=timeout)

    async def _session(self, request: rpc.GetSession) -> rpc.SessionView:
        found = await self._sessions(request)
        if found is None:
            raise NotFound("There is no such session")
        return found

    async def _ask(self, batch: Sequence[rpc.GetSession]) -> Sequence[rpc.SessionView | None]:
        if len(batch) == 1:
            return [await self._alone(batch[0])]
        asked = [AskedSession(session_id=one.session_id, user_id=one.user_id) for one in batch]
        try:
            return (await self._services.call(GetSessions(asked=tuple(asked)))).sessions
        except DependencyUnavailable:
            # In a rolling release the session service may be one that knows single reads only.
            return await asyncio.gather(*map(self._alone, batch))

    async def _alone(self, request: rpc.GetSession) -> rpc.SessionView | None:
        try:
            return await self._services.call(request)
        except NotFound:
            return None
