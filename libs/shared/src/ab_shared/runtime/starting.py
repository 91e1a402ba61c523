"""Whether every address of this process is open: said on /readyz, which opens before the others."""

from __future__ import annotations


class Starting:
    """Counts the listeners that are not open yet.

    The internal port answers while the parts behind the public one are still being opened: a
    balancer that heard "ready" then would knock at a closed door.
    """

    def __init__(self) -> None:
        self._closed = 0

    @property
    def over(self) -> bool:
        """Whether all that was begun is open; True for who never began."""
        return self._closed == 0

    def begin(self, listeners: int) -> None:
        """Waits for so many listeners from now on."""
        self._closed = listeners

    def opened(self) -> None:
        """One of them listens."""
        self._closed -= 1


STARTING = Starting()
"""Of this process."""
