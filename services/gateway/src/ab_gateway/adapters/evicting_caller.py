"""Calls that change what a caller may do, and so make the gateway forget what it kept of that."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

from ab_shared.contracts import mixdowns, rpc, usage
from ab_shared.contracts.base import ReplyT, Request
from ab_shared.messaging.ports import Caller

from ab_gateway.ports import KeptEntitlements

# Whatever can take, give back or commit a generation.
WRITES = (
    *(rpc.CreateSession, rpc.EnsureAudio, rpc.CancelJob),
    *(mixdowns.RequestMixdown, usage.CorrectQuota),
)


class EvictingCaller:
    """Implements ``Caller``: passes every call on, and drops what was kept before it answers."""

    def __init__(self, services: Caller, kept: KeptEntitlements) -> None:
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
            if isinstance(request, WRITES):
                self._kept.drop(request.user_id)
