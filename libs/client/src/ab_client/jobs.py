"""Following an audio job until it ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from uuid import UUID

from ab_shared.contracts.http import JobOut

from ab_client.api import ApiClient
from ab_client.errors import JobFailed

FINISHED = frozenset({"completed", "failed"})
Watcher = Callable[[JobOut], None]


def _unwatched(_job: JobOut) -> None:
    """Looks away."""


async def follow(
    client: ApiClient, job_id: UUID, *, every_seconds: float = 0.1, patience_seconds: float = 600.0
) -> AsyncIterator[JobOut]:
    """Yields the job each time it is asked, the last one finished.

    Raises:
        TimeoutError: when it has not ended after ``patience_seconds``.
    """
    async with asyncio.timeout(patience_seconds):
        while True:
            job = await client.job(job_id)
            yield job
            if job.status in FINISHED:
                return
            await asyncio.sleep(every_seconds)


async def wait_for(
    client: ApiClient, job_id: UUID, watch: Watcher = _unwatched, *, every_seconds: float = 0.1
) -> JobOut:
    """The job once it is completed, shown to ``watch`` each time it was asked.

    Raises:
        JobFailed: with the job's reason.
    """
    async for job in follow(client, job_id, every_seconds=every_seconds):
        watch(job)
        if job.status == "completed":
            return job
        if job.status == "failed":
            raise JobFailed(job.error or "the job ended without a reason")
    raise JobFailed("the job never ended")
