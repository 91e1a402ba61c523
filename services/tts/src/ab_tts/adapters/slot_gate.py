"""Lets as many calls of a vendor run at once as it has slots for, and learns how many that is."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from ab_shared.runtime import vendor_metrics

from ab_tts.domain import slots
from ab_tts.domain.errors import NoSlot

SPEECH = "speech"
MAXIMUM, CURRENT = "maximum-concurrent-requests", "current-concurrent-requests"


@dataclass(eq=False, slots=True)
class Turn:
    """One call; ``most`` of ours ran at once while it did."""

    most: int = 0


class SlotGate:
    """First come, first served; waiting ends with the read's deadline."""

    def __init__(self, provider: str, begin: slots.Slots) -> None:
        self._provider = provider
        self._slots = begin
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._turns: set[Turn] = set()
        self.busy = 0

    @property
    def open(self) -> int:
        """How many calls may run at once now."""
        return self._slots.open

    @property
    def told(self) -> bool:
        """Whether the vendor itself says how many."""
        return self._slots.told is not None

    @asynccontextmanager
    async def one(self, deadline: float) -> AsyncIterator[Turn]:
        """A slot inside the block; NoSlot when none was free in time."""
        try:
            async with asyncio.timeout_at(deadline):
                await self._enter()
        except TimeoutError as late:
            raise NoSlot("The voice had no slot for the line in time") from late
        turn = Turn()
        self._turns.add(turn)
        for other in self._turns:
            other.most = max(other.most, self.busy)
        try:
            yield turn
        finally:
            self._turns.discard(turn)
            self._leave()

    def answered(self, headers: Mapping[str, str], turn: Turn) -> None:
        """A call went well."""
        self._slots = slots.answered(self._slots)
        self.heard(headers, turn)

    def crowded(self, headers: Mapping[str, str], turn: Turn) -> None:
        """The vendor had no slot, whatever we thought."""
        self.heard(headers, turn)
        self._slots = slots.crowded(self._slots, self.busy)
        self._wake()

    def heard(self, headers: Mapping[str, str], turn: Turn) -> None:
        """Believes what the vendor says of its slots, if it says anything.

        It counted at some moment of the call: whatever we ran at once then were not others'.
        """
        maximum, current = headers.get(MAXIMUM, ""), headers.get(CURRENT, "")
        if maximum.isdecimal() and current.isdecimal():
            self._slots = slots.heard(self._slots, int(maximum), int(current), turn.most)
        self._wake()

    async def _enter(self) -> None:
        if not self._waiting and self.busy < self.open:
            self.busy += 1
            self._tell()
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        self._tell()
        try:
            await turn
        except BaseException:
            # Its turn may have come in the very moment it was given up.
            if turn.done() and not turn.cancelled():
                self._leave()
            raise

    def _leave(self) -> None:
        self.busy -= 1
        self._wake()

    def _wake(self) -> None:
        while self._waiting and self.busy < self.open:
            turn = self._waiting.popleft()
            if not turn.done():
                self.busy += 1
                turn.set_result(None)
        self._tell()

    def _tell(self) -> None:
        counts = {"limit": self.open, "busy": self.busy, "waiting": len(self._waiting)}
        for kind, count in counts.items():
            vendor_metrics.SLOTS.labels(self._provider, SPEECH, kind).set(count)
