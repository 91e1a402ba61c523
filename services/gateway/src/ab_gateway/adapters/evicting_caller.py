"""Calls that change what is kept here, and so make the gateway forget it before it answers."""

from __future__ import annotations

from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

from ab_shared.contracts import editing, mixdowns, rpc, usage
from ab_shared.contracts.base import ReplyT, Request
from ab_shared.messaging.ports import Caller

from ab_gateway.ports import KeptEntitlements, KeptLists, KeptSessions

# Whatever can take, give back or commit a generation.
SPENDING = (
    *(rpc.CreateSession, rpc.EnsureAudio, rpc.CancelJob),
    *(mixdowns.RequestMixdown, usage.CorrectQuota),
    *(editing.EditSession, editing.DeleteSession, editing.DuplicateSession),
)
# Whatever can change a session or the list of them.
EDITING = (
    *(rpc.CreateSession, rpc.EnsureAudio),
    *(editing.EditSession, editing.DeleteSession),
    *(editing.DuplicateSession, editing.SetFavourite),
)


@dataclass(frozen=True, slots=True)
class KeptHere:
    """All that this process keeps of what services said."""

    entitlements: KeptEntitlements
    sessions: KeptSessions
    lists: KeptLists

    async def forget_user(self, user_id: str) -> int:
        """As ``ForgetsUsers.forget_user``; sessions themselves go as their own news comes."""
        self.entitlements.drop(user_id)
        self.lists.drop(user_id)
        return 0


class EvictingCaller:
    """Implements ``Caller``: passes every call on, and drops what was kept before it answers."""

    def __init__(self, services: Caller, kept: KeptHere) -> None:
        self._services = services
        self._kept = kept

    def call(
        self, request: Request[ReplyT], *, timeout: float = 5.0
    ) -> Coroutine[Any, Any, ReplyT]:
        """As ``Caller.call``; a call that failed may have changed something too."""
        return self._call(request, timeout)

    async def _call(self, request: Request[ReplyT], seconds: float) -> ReplyT:
        try:
            return await self._services.call(request, timeout=seconds)
        finally:
            if isinstance(request, SPENDING):
                self._kept.entitlements.drop(request.user_id)
            if isinstance(request, EDITING):
                self._kept.sessions.drop(request.session_id)
                self._kept.lists.drop(request.user_id)
