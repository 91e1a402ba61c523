"""What callers may do, kept for a few seconds in this process and evicted by news of changes."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

from ab_shared.contracts.rpc import Entitlement
from ab_shared.runtime.clock import Clock
from prometheus_client import Counter

# Some hundred bytes each. Beyond this the user who was away longest is asked for again.
MOST = 10_000
# News comes within milliseconds; this bounds what a lost one costs, and plans that change.
FRESH = timedelta(seconds=10)
LOOKUPS = Counter("ab_entitlement_cache_total", "Looks into the cache, by outcome.", ("outcome",))


@dataclass(slots=True)
class _Slot:
    """``floor`` is the newest version heard of, ``dropped`` the mark of the last drop."""

    held: Entitlement | None = None
    until: datetime | None = None
    floor: int = 0
    dropped: int = 0


class EntitlementCache:
    """Implements ``KeptEntitlements``.

    Old data cannot come back: an answer older than the newest version heard of is not kept, nor is
    one that was asked for before the caller's own last write.
    """

    def __init__(self, now: Clock, most: int = MOST) -> None:
        self._now = now
        self._most = most
        self._slots: OrderedDict[str, _Slot] = OrderedDict()
        self._mark = 0
        # What slots that had to make room knew: whoever asked before that is not kept either.
        self._forgotten = 0

    def find(self, user_id: str) -> Entitlement | None:
        """What is kept and still holds."""
        slot = self._slots.get(user_id)
        if slot is None or slot.held is None or slot.until is None or self._now() >= slot.until:
            LOOKUPS.labels("miss").inc()
            return None
        self._slots.move_to_end(user_id)
        LOOKUPS.labels("hit").inc()
        return slot.held

    def ticket(self) -> int:
        """To be drawn before asking, and handed in with the answer."""
        return self._mark

    def keep(self, user_id: str, answer: Entitlement, ticket: int) -> bool:
        """Keeps an answer; False when something newer is known of."""
        slot = self._slots.get(user_id)
        dropped, floor = (slot.dropped, slot.floor) if slot else (self._forgotten, 0)
        if dropped > ticket or answer.version < floor:
            return False
        slot = self._slot(user_id)
        slot.held, slot.floor = answer, answer.version
        slot.until = self._holds_until(answer)
        return True

    def evict(self, user_id: str, version: int) -> None:
        """Hears that a user's entitlement has this version; an echo of what is kept is nothing."""
        slot = self._slot(user_id)
        if slot.held is not None and version and slot.held.version >= version:
            return
        slot.held, slot.floor = None, max(slot.floor, version)
        if not version:
            self._drop(slot)

    def drop(self, user_id: str) -> None:
        """Forgets a user, and what is being asked for them at this moment."""
        slot = self._slot(user_id)
        slot.held = None
        self._drop(slot)

    def _drop(self, slot: _Slot) -> None:
        self._mark += 1
        slot.dropped = self._mark

    def _slot(self, user_id: str) -> _Slot:
        slot = self._slots.setdefault(user_id, _Slot())
        self._slots.move_to_end(user_id)
        while len(self._slots) > self._most:
            self._slots.popitem(last=False)
            self._mark += 1
            self._forgotten = self._mark
        return slot

    def _holds_until(self, answer: Entitlement) -> datetime:
        now = self._now()
        # Nobody tells when a day or a subscription ends: time does.
        turns = [turn for turn in (answer.resets_at, answer.renews_at) if turn and turn > now]
        return min([now + FRESH, *turns])
