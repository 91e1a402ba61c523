"""What an outage of the shared cache costs: one wait, for all that stand on it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from ab_shared.errors import DependencyUnavailable
from valkey.exceptions import ValkeyError

REST_SECONDS = 1.0
AWAY = "The shared cache is away"


class SharedCache:
    """The way to the cache.

    After a failure it is left alone for a second and every command fails at once, so that an
    outage costs a request microseconds and not the timeout.
    """

    def __init__(self) -> None:
        self._resting_until = 0.0

    async def ask(self, command: Callable[[], Any]) -> Any:
        """What a command of the driver's answers; DependencyUnavailable while the cache is away."""
        if time.monotonic() < self._resting_until:
            raise DependencyUnavailable(AWAY)
        try:
            return await command()
        # uvloop refuses to write to a connection that was reset with a bare RuntimeError, which
        # the driver passes on.
        except (ValkeyError, OSError, TimeoutError, RuntimeError):
            self._resting_until = time.monotonic() + REST_SECONDS
            raise DependencyUnavailable(AWAY) from None
