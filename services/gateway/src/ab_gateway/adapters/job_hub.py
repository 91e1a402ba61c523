"""Changes of jobs, passed from the one subscription of this process to all who watch through it."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from uuid import UUID

from ab_shared.contracts.jobs import JobSnapshot
from ab_shared.errors import Overloaded, RateLimited
from prometheus_client import Gauge

# A job tells of itself about 50 times in all: who is further behind only misses steps.
MAX_BEHIND = 64
# How long one who has too many open had better wait: streams end with their jobs.
FULL_SECONDS = 15
LISTENING = Gauge("ab_job_listeners", "Event streams that are open in this process.")


class Listener:
    """Implements ``JobListener``; one who is too slow loses the oldest changes, not the newest."""

    __slots__ = ("_changes", "_hub", "_waiting", "job_id", "user_id")

    def __init__(self, hub: JobHub, job_id: UUID, user_id: str) -> None:
        self.job_id = job_id
        self.user_id = user_id
        self._hub: JobHub | None = hub
        # Made with the first change: most listeners are never behind.
        self._changes: deque[JobSnapshot] | None = None
        self._waiting: asyncio.Future[None] | None = None

    @property
    def closed(self) -> bool:
        """Whether this listener or its hub has closed."""
        return self._hub is None or self._hub.closed

    async def next(self, within: float) -> JobSnapshot | None:
        """The next change, or None after ``within`` seconds or when the hub closes."""
        if not self._changes and not self.closed:
            loop = asyncio.get_running_loop()
            self._waiting = loop.create_future()
            # A bare timer: a timeout context would cost every heartbeat of everybody a task.
            timer = loop.call_later(within, self.wake)
            try:
                await self._waiting
            finally:
                timer.cancel()
                self._waiting = None
        return self._changes.popleft() if self._changes else None

    def hear(self, snapshot: JobSnapshot) -> None:
        """One more change."""
        if self._changes is None:
            self._changes = deque(maxlen=MAX_BEHIND)
        self._changes.append(snapshot)
        self.wake()

    def wake(self) -> None:
        """Ends the wait."""
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    def close(self) -> None:
        """Stops listening; once is enough."""
        hub, self._hub = self._hub, None
        if hub is not None:
            hub.leave(self)
            self.wake()


class JobHub:
    """Implements ``JobNews``: bounded in all and for each user."""

    def __init__(self, most: int = 10_000, most_of_one_user: int = 20) -> None:
        self._most = most
        self._most_of_one_user = most_of_one_user
        self._listeners: dict[UUID, set[Listener]] = {}
        self._of_user: Counter[str] = Counter()
        self._count = 0
        self.closed = False

    def listen(self, job_id: UUID, user_id: str) -> Listener:
        """A new listener, until it closes.

        Raises:
            RateLimited: the user listens often enough already.
            Overloaded: so does everybody together.
        """
        if self._of_user[user_id] >= self._most_of_one_user:
            wait = {"retry_after": FULL_SECONDS}
            raise RateLimited("You are watching too many jobs at once", details=wait)
        if self._count >= self._most:
            raise Overloaded("Too many are watching already")
        listener = Listener(self, job_id, user_id)
        self._listeners.setdefault(job_id, set()).add(listener)
        self._of_user[user_id] += 1
        self._counted(1)
        return listener

    def leave(self, listener: Listener) -> None:
        """Forgets a listener."""
        listeners = self._listeners[listener.job_id]
        listeners.discard(listener)
        if not listeners:
            del self._listeners[listener.job_id]
        self._of_user[listener.user_id] -= 1
        if not self._of_user[listener.user_id]:
            del self._of_user[listener.user_id]
        self._counted(-1)

    def tell(self, snapshot: JobSnapshot) -> None:
        """Passes a change on."""
        for listener in self._listeners.get(snapshot.id, ()):
            listener.hear(snapshot)

    def hang_up(self, user_id: str) -> None:
        """Ends a user's watches."""
        everybody = [one for listeners in self._listeners.values() for one in listeners]
        for listener in everybody:
            if listener.user_id == user_id:
                listener.close()

    def close(self) -> None:
        """Ends every watch: the process is about to stop."""
        self.closed = True
        for listeners in self._listeners.values():
            for listener in listeners:
                listener.wake()

    def __len__(self) -> int:
        return self._count

    def _counted(self, change: int) -> None:
        self._count += change
        LISTENING.set(self._count)
