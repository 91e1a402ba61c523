"""Following an audio job until it ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, suppress
from uuid import UUID

from ab_shared.contracts.http import JobOut

from ab_client.api import ApiClient
from ab_client.errors import ApiUnreachable, JobFailed

FINISHED = frozenset({"completed", "failed"})
PAUSE_SECONDS = 0.5
Watcher = Callable[[JobOut], None]


def _unwatched(_job: JobOut) -> None:
    """Looks away."""


async def follow(
    client: ApiClient, job_id: UUID, *, patience_seconds: float = 600.0
) -> AsyncIterator[JobOut]:
    """Yields the job each time it changes, the last one finished.

    Listens to the server's events, and listens again when a stream ends early.

    Raises:
        TimeoutError: when it has not ended after ``patience_seconds``.
    """
    async with asyncio.timeout(patience_seconds):
        while True:
            with suppress(ApiUnreachable):
                async with aclosing(client.job_events(job_id)) as events:
                    async for job in events:
                        yield job
                        if job.status in FINISHED:
                            return
            await asyncio.sleep(PAUSE_SECONDS)


async def wait_for(client: ApiClient, job_id: UUID, watch: Watcher = _unwatched) -> JobOut:
    """The job once it is completed, shown to ``watch`` each time it changes.

    Raises:
        JobFailed: with the job's reason.
    """
    last: JobOut | None = None
    async for job in follow(client, job_id):
        watch(job)
        last = job
    if last is None or last.status != "completed":
        raise JobFailed((last and last.error) or "the job ended without a reason")
    return last
