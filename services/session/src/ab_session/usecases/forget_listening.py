"""Deletes events that are too old to be kept, and what was shown long ago."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from ab_shared.runtime.clock import Clock

from ab_session.ports import Store

# An event is accepted until ``kept``; whole days of it are counted anew, in any zone.
MARGIN = timedelta(days=2)
# Two days decide what is shown; a zone may change by a day, and somebody may want to look.
SHOWN_FOR = timedelta(days=14)
AT_ONCE = 5_000
MOST_ROUNDS = 20


@dataclass(frozen=True, slots=True)
class ForgetListening:
    """A chore, in short transactions; how often who listened to what stays counted."""

    store: Store
    clock: Clock
    kept: timedelta

    async def __call__(self) -> int:
        """How many events and shown recipes went; what is left over goes the next time."""
        now = self.clock()
        total = 0
        for _ in range(MOST_ROUNDS):
            async with self.store.begin() as unit:
                gone = await unit.listening.forget_events(now - self.kept - MARGIN, AT_ONCE)
                gone += await unit.shelves.forget_shown((now - SHOWN_FOR).date(), AT_ONCE)
            total += gone
            if gone < AT_ONCE:
                break
        return total
