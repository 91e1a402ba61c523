"""Counting requests in this process alone, for while the shared cache is away."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence

from ab_gateway.domain.rates import Allowance, Count, Policy, Wish, granted, refused

# Bounds memory: whoever makes up more addresses than this has others forgotten sooner.
MAX_SUBJECTS = 50_000


class LocalLimiter:
    """Implements ``RateLimiter``; the subject that was not heard of longest goes first."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        # The number of a window, the requests in it and in the one before.
        self._windows: OrderedDict[tuple[str, str], tuple[int, int, int]] = OrderedDict()

    async def take(self, wishes: Sequence[Wish]) -> list[Allowance]:
        """As the port says."""
        at_ms = int(self._monotonic() * 1000)
        counts = [self._count(wish, at_ms) for wish in wishes]
        rooms = [count.has_room(wish.policy) for wish, count in zip(wishes, counts, strict=True)]
        if not all(rooms):
            rows = zip(wishes, counts, rooms, strict=True)
            return [(granted if room else refused)(w.policy, c) for w, c, room in rows]
        return [
            granted(wish.policy, self._add(wish, count, at_ms))
            for wish, count in zip(wishes, counts, strict=True)
        ]

    def _count(self, wish: Wish, at_ms: int) -> Count:
        index, passed = divmod(at_ms, _window_ms(wish.policy))
        held, now, before = self._windows.get((wish.policy.name, wish.subject), (index, 0, 0))
        if held == index:
            return Count(now, before, passed)
        return Count(0, now if held == index - 1 else 0, passed)

    def _add(self, wish: Wish, count: Count, at_ms: int) -> Count:
        place = (wish.policy.name, wish.subject)
        index = at_ms // _window_ms(wish.policy)
        self._windows[place] = (index, count.now + 1, count.before)
        self._windows.move_to_end(place)
        if len(self._windows) > MAX_SUBJECTS:
            self._windows.popitem(last=False)
        return Count(count.now + 1, count.before, count.passed_ms)


def _window_ms(policy: Policy) -> int:
    return policy.window_seconds * 1000
