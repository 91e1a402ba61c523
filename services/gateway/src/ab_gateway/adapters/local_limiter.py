"""Counting requests in this process alone, for while the shared cache is away."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable

from ab_gateway.domain.rates import Allowance, Policy

# Bounds memory: whoever makes up more addresses than this has others forgotten sooner.
MAX_SUBJECTS = 50_000


class LocalLimiter:
    """Implements ``RateLimiter`` with fixed windows; the longest unheard subject goes first."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._windows: OrderedDict[tuple[str, str], tuple[float, int]] = OrderedDict()

    async def take(self, policy: Policy, subject: str) -> Allowance:
        """Counts one request."""
        now = self._monotonic()
        place = (policy.name, subject)
        ends_at, used = self._windows.get(place, (0.0, 0))
        if now >= ends_at:
            ends_at, used = now + policy.window_seconds, 0
        self._windows[place] = (ends_at, used + 1)
        self._windows.move_to_end(place)
        if len(self._windows) > MAX_SUBJECTS:
            self._windows.popitem(last=False)
        return Allowance(policy, used + 1, math.ceil(ends_at - now))
