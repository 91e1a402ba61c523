"""Another log level for a while, set from outside while the process runs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime

from ab_shared.contracts.log_levels import LogLevelSet

ROOT = "ab"
"""The logger above all of ours; libraries are heard from WARNING on, whatever is set."""

logger = logging.getLogger("ab.logs")


class LogLevels:
    """The level of one process: its setting's, or an operator's until that one's time is over."""

    def __init__(
        self,
        service: str,
        configured: str,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._service = service
        self._configured = configured
        self._now = now
        self._newest: datetime | None = None
        self._ending: asyncio.TimerHandle | None = None

    async def take(self, event: LogLevelSet) -> None:
        """Follows an operator, unless it is for others, over, or older than what was heard."""
        left = (event.until - self._now()).total_seconds()
        stale = self._newest is not None and event.set_at <= self._newest
        if event.service not in {None, self._service} or left <= 0 or stale:
            return
        self._newest = event.set_at
        self.close()
        self._ending = asyncio.get_running_loop().call_later(left, self._end)
        # A warning, so that it stands in the log whichever way the level went.
        logger.warning(
            "The log level is another now",
            extra={"to": event.level, "until": event.until, "actor": event.actor},
        )
        logging.getLogger(ROOT).setLevel(event.level)

    def close(self) -> None:
        """Waits for no end any more."""
        if self._ending is not None:
            self._ending.cancel()

    def _end(self) -> None:
        logging.getLogger(ROOT).setLevel(self._configured)
        logger.warning("The log level is that of the settings again")
