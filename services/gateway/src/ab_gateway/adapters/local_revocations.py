"""What this process has heard of tokens that are believed no more."""

from __future__ import annotations

from collections import OrderedDict

from ab_shared.runtime.clock import Clock

from ab_gateway.domain.identity import Verified
from ab_gateway.domain.revocations import Revocation

# The shared cache remembers all; this is for while it is away.
MOST_USERS = 10_000
MOST_OF_A_USER = 100


class LocalRevocations:
    """Implements ``Revocations``; the user who was heard of longest ago is forgotten first."""

    def __init__(self, now: Clock, most: int = MOST_USERS) -> None:
        self._now = now
        self._most = most
        self._held: OrderedDict[str, list[Revocation]] = OrderedDict()

    async def revoke(self, revocation: Revocation) -> None:
        """Remembers one."""
        now = self._now().timestamp()
        before = self._held.get(revocation.user_id, [])
        live = [held for held in before if held.forget_at > now and held != revocation]
        self._held[revocation.user_id] = [*live, revocation][-MOST_OF_A_USER:]
        self._held.move_to_end(revocation.user_id)
        if len(self._held) > self._most:
            self._held.popitem(last=False)

    async def is_revoked(self, token: Verified) -> bool:
        """Whether a token was heard of."""
        return self.covers(token)

    def covers(self, token: Verified) -> bool:
        """As ``is_revoked``, without giving anybody else a turn."""
        held = self._held.get(token.identity.user_id)
        return held is not None and any(one.covers(token) for one in held)
