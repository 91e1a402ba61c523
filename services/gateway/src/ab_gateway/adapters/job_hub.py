"""Changes of jobs, passed from the one subscription of this process to all who watch through it."""

from __future__ import annotations

import asyncio
from collections import deque
from uuid import UUID
from weakref import WeakSet

from ab_shared.contracts.jobs import JobSnapshot
from ab_shared.errors import Overloaded

# An open stream costs a socket and a few KB; beyond this a process had better be two.
MAX_LISTENERS = 2000
# A job tells of itself about 50 times in all: who is further behind only misses steps.
MAX_BEHIND = 64


class Listener:
    """Implements ``JobListener``; one who is too slow loses the oldest changes, not the newest."""

    def __init__(self, hub: JobHub) -> None:
        self._hub = hub
        self._changes: deque[JobSnapshot] = deque(maxlen=MAX_BEHIND)
        self._something = asyncio.Event()

    @property
    def closed(self) -> bool:
        """Whether the hub has closed."""
        return self._hub.closed

    async def next(self, within: float) -> JobSnapshot | None:
        """The next change, or None after ``within`` seconds or when the hub closes."""
        if not self._changes and not self.closed:
            self._something.clear()
            try:
                async with asyncio.timeout(within):
                    await self._something.wait()
            except TimeoutError:
                return None
        return self._changes.popleft() if self._changes else None

    def hear(self, snapshot: JobSnapshot) -> None:
        """One more change."""
        self._changes.append(snapshot)
        self.wake()

    def wake(self) -> None:
        """Ends the wait."""
        self._something.set()


class JobHub:
    """Implements ``JobNews``. Forgets a listener when nobody holds it any more."""

    def __init__(self, most: int = MAX_LISTENERS) -> None:
        self._most = most
        self._listeners: dict[UUID, WeakSet[Listener]] = {}
        self.closed = False

    def listen(self, job_id: UUID) -> Listener:
        """A new listener; Overloaded beyond the bound."""
        self._forget_deserted()
        if len(self) >= self._most:
            raise Overloaded("Too many are watching already")
        listener = Listener(self)
        self._listeners.setdefault(job_id, WeakSet()).add(listener)
        return listener

    def tell(self, snapshot: JobSnapshot) -> None:
        """Passes a change on."""
        for listener in self._listeners.get(snapshot.id, ()):
            listener.hear(snapshot)

    def close(self) -> None:
        """Ends every watch: the process is about to stop."""
        self.closed = True
        for listeners in self._listeners.values():
            for listener in listeners:
                listener.wake()

    def __len__(self) -> int:
        return sum(len(listeners) for listeners in self._listeners.values())

    def _forget_deserted(self) -> None:
        deserted = [job_id for job_id, listeners in self._listeners.items() if not listeners]
        for job_id in deserted:
            del self._listeners[job_id]
