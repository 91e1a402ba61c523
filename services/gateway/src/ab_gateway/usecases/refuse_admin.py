"""Counts and records that somebody tried the admin surface who may not."""

from __future__ import annotations

import logging
from collections import OrderedDict
from datetime import datetime, timedelta
from typing import Literal

from ab_shared.contracts.admin import Role
from ab_shared.errors import AbError
from ab_shared.runtime.clock import Clock
from ab_shared.runtime.deeds import audited
from prometheus_client import Counter

from ab_gateway.domain.identity import Identity
from ab_gateway.domain.roles import Action
from ab_gateway.ports import Trail

Reason = Literal["role", "impersonated"]
REFUSED = Counter("ab_admin_refused_total", "Tries of the admin surface, refused.", ("reason",))
# The trail can't be cleared: whoever knocks a thousand times leaves one entry in it, and a crowd
# no more than this many an hour from each process. The metric counts them all.
ONCE_IN = timedelta(hours=1)
MOST = 200
logger = logging.getLogger("ab.gateway")


class RefuseAdmin:
    """One entry a person and hour; a trail that is away keeps nobody from being refused."""

    def __init__(self, trail: Trail, now: Clock, most: int = MOST) -> None:
        self._trail = trail
        self._now = now
        self._most = most
        self._told: OrderedDict[str, datetime] = OrderedDict()

    async def __call__(
        self, caller: Identity, action: Action, role: Role | None, reason: Reason
    ) -> None:
        """Counts the try, and writes it down where there is room for it."""
        REFUSED.labels(reason).inc()
        if not self._room_for(caller.user_id):
            return
        try:
            entry = audited(
                "admin.refused",
                f"right:{action}",
                caller.user_id,
                "user" if role is None else "admin",
                after={"reason": reason, "role": role},
            )
            await self._trail.record(entry)
        except AbError as error:
            logger.warning("A refusal left no entry", extra={"error": type(error).__name__})

    def _room_for(self, user_id: str) -> bool:
        now = self._now()
        # In the order they were told, so the oldest are first.
        while self._told and next(iter(self._told.values())) + ONCE_IN <= now:
            self._told.popitem(last=False)
        if user_id in self._told or len(self._told) >= self._most:
            return False
        self._told[user_id] = now
        return True
