"""Watching a job: each change as it is heard, until the job ends."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from uuid import UUID

from ab_shared.contracts.jobs import JobSnapshot
from ab_shared.errors import NotFound, TransientError
from ab_shared.runtime.context import Context, bound, current

from ab_gateway.domain.identity import Identity
from ab_gateway.domain.jobs import is_over
from ab_gateway.ports import JobListener, JobNews
from ab_gateway.usecases.read_job import ReadJob

# Below the 30 s and more after which proxies and phones cut a silent stream.
HEARTBEAT_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Feed:
    """A job that is being watched; ``over`` when there is nothing left to see of it.

    Whoever has it closes it: an open one counts against the user's bound.
    """

    over: bool
    changes: AsyncIterator[JobSnapshot | None]
    close: Callable[[], None]


class FollowJob:
    """Listens first and reads then, so that nothing falls between."""

    def __init__(
        self, read_job: ReadJob, news: JobNews, heartbeat_seconds: float = HEARTBEAT_SECONDS
    ) -> None:
        self._read_job = read_job
        self._news = news
        self._heartbeat = heartbeat_seconds

    async def __call__(self, caller: Identity, job_id: UUID, after: int) -> Feed:
        """Versions above ``after`` in rising order, None as a heartbeat, ending with the job.

        Raises NotFound before anything is sent when the job is not the caller's, RateLimited and
        Overloaded when too many streams are open.
        """
        # In this order: a change between reading and listening would never be seen.
        listener = self._news.listen(job_id, caller.user_id)
        try:
            newest = await self._read_job(caller, job_id)
        except BaseException:
            listener.close()
            raise
        over = is_over(newest) and newest.version <= after
        return Feed(over, self._changes(caller, listener, newest, after), listener.close)

    async def _changes(
        self, caller: Identity, listener: JobListener, newest: JobSnapshot, after: int
    ) -> AsyncIterator[JobSnapshot | None]:
        seen = after
        while True:
            if newest.version > seen:
                seen = newest.version
                yield newest
            if is_over(newest):
                return
            heard = await listener.next(self._heartbeat)
            if heard is None and listener.closed:
                return
            if heard is None:
                yield None
                heard = await self._read_again(caller, newest)
            if heard is None:
                return
            if heard.version > newest.version:
                newest = heard

    async def _read_again(self, caller: Identity, newest: JobSnapshot) -> JobSnapshot | None:
        # A request has a deadline, a stream has none: each look gets its own.
        with bound(Context(request_id=current().request_id)):
            try:
                return await self._read_job(caller, newest.id)
            except TransientError:
                return newest
            except NotFound:
                return None
