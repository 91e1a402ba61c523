"""Whether this process has been told to end: said on /readyz before anything stops."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Leaving:
    """Told once; who is told again is in a hurry.

    A balancer sends requests for as long as it believes that a process is ready: only after it had
    time to look does the process stop listening.
    """

    def __init__(self) -> None:
        self.begun = False

    def begin(self, seconds: float, stop: Callable[[], None]) -> None:
        """Is not ready from now on, and calls ``stop`` after ``seconds`` (at once the 2nd time)."""
        hurry, self.begun = self.begun, True
        if seconds > 0 and not hurry:
            asyncio.get_running_loop().call_later(seconds, stop)
        else:
            stop()

    def forget(self) -> None:
        """As at the start of a process: a test's process serves again and again."""
        self.begun = False


LEAVING = Leaving()
"""Of this process."""
