"""Roles of callers, kept for seconds in this process and evicted by news of changes."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

from ab_shared.contracts.admin import HeldRole
from ab_shared.runtime.clock import Clock

# Whoever tries an admin route gets a slot, whether they hold a role or not.
MOST = 10_000
# News comes within milliseconds; this bounds how long a lost one leaves somebody their role.
FRESH = timedelta(seconds=30)


@dataclass(slots=True)
class _Slot:
    """``floor`` is the newest version heard of: an older answer is late, and wrong."""

    held: HeldRole | None = None
    until: datetime | None = None
    floor: int = 0


class RoleCache:
    """Implements ``KeptRoles``."""

    def __init__(self, now: Clock, most: int = MOST) -> None:
        self._now = now
        self._most = most
        self._slots: OrderedDict[str, _Slot] = OrderedDict()

    def find(self, user_id: str) -> HeldRole | None:
        """What is kept and still holds."""
        slot = self._slots.get(user_id)
        if slot is None or slot.until is None or self._now() >= slot.until:
            return None
        self._slots.move_to_end(user_id)
        return slot.held

    def keep(self, held: HeldRole) -> bool:
        """Keeps an answer; False when a newer version was heard of meanwhile."""
        slot = self._slot(held.user_id)
        if held.version < slot.floor:
            return False
        slot.held, slot.floor, slot.until = held, held.version, self._now() + FRESH
        return True

    def evict(self, user_id: str, version: int) -> None:
        """Hears that a user's role has this version now; late news of what is kept is nothing."""
        slot = self._slot(user_id)
        if slot.held is not None and slot.held.version >= version:
            return
        slot.held, slot.until, slot.floor = None, None, max(slot.floor, version)

    def _slot(self, user_id: str) -> _Slot:
        slot = self._slots.setdefault(user_id, _Slot())
        self._slots.move_to_end(user_id)
        while len(self._slots) > self._most:
            self._slots.popitem(last=False)
        return slot
