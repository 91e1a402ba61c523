"""What callers may do, kept for a few seconds in this process and evicted by news of changes."""

from __future__ import annotations

from datetime import datetime

from ab_shared.contracts.rpc import Entitlement
from ab_shared.runtime.clock import Clock

from ab_gateway.adapters.kept_answers import FRESH, MOST, KeptAnswers


class EntitlementCache(KeptAnswers[str, Entitlement]):
    """Implements ``KeptEntitlements``: by user, and not beyond the day or the subscription."""

    def __init__(self, now: Clock, most: int = MOST) -> None:
        super().__init__("entitlement", now, most)

    def _holds_until(self, answer: Entitlement) -> datetime:
        now = self._now()
        # Nobody tells when a day or a subscription ends: time does.
        turns = [turn for turn in (answer.resets_at, answer.renews_at) if turn and turn > now]
        return min([now + FRESH, *turns])
