"""Watching a job through the hub: heartbeats, slow watchers, endings."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from ab_gateway.adapters.job_hub import MAX_BEHIND, JobHub
from ab_gateway.domain.identity import Identity
from ab_gateway.usecases.follow_job import Feed, FollowJob
from ab_gateway.usecases.keep_job import KeepJob
from ab_gateway.usecases.read_job import ReadJob
from ab_shared.contracts import rpc
from ab_shared.contracts.jobs import JobSnapshot
from ab_shared.contracts.privacy import GetPrivacyJob
from ab_shared.errors import NotFound, Overloaded, RateLimited

ANA, BEA = Identity("user_1", "issuer"), Identity("user_2", "issuer")
JobOf = Callable[..., JobSnapshot]


class Sessions:
    """The session service as ``Caller``: one job, or none."""

    def __init__(self, job: JobSnapshot | None) -> None:
        self.job = job
        self.asked = 0

    async def call(self, _request: Any, **_options: Any) -> Any:
        self.asked += 1
        if self.job is None:
            raise NotFound("There is no such job")
        return self.job


def following(services: Any, store: Any, hub: JobHub, heartbeat: float = 5.0) -> FollowJob:
    def now() -> datetime:
        return datetime.now(UTC)

    keep = KeepJob(store, hub, now)
    return FollowJob(ReadJob(services, store, keep, now), hub, heartbeat)


async def versions(feed: Feed) -> list[int | None]:
    return [change.version if change else None async for change in feed.changes]


@pytest.fixture
def hub() -> JobHub:
    return JobHub()


async def test_silence_gives_a_heartbeat_and_another_look(
    hub: JobHub, memory_store: Any, new_job: JobOf, aged: Any
) -> None:
    job = new_job(uuid4())
    sessions = Sessions(job)
    feed = await following(sessions, memory_store, hub, heartbeat=0.01)(ANA, job.id, 0)
    first = await anext(feed.changes)
    beat = await anext(feed.changes)
    assert (first, beat) == (job, None)
    # The end was told while this process did not hear: only looking again finds it.
    sessions.job = job.model_copy(update={"version": 2, "status": "completed"})
    memory_store.jobs[job.id] = aged(memory_store.jobs[job.id], 60)
    rest = await versions(feed)
    assert rest[-1] == 2


async def test_one_who_is_slow_still_sees_the_end(
    hub: JobHub, memory_store: Any, new_job: JobOf
) -> None:
    job = new_job(uuid4())
    feed = await following(Sessions(job), memory_store, hub)(ANA, job.id, 0)
    for version in range(2, 500):
        hub.tell(job.model_copy(update={"version": version}))
    hub.tell(job.model_copy(update={"version": 500, "status": "completed"}))
    seen = await versions(feed)
    assert seen == sorted(set(seen))
    assert (seen[0], seen[-1]) == (1, 500)
    assert len(seen) <= MAX_BEHIND + 1


async def test_two_who_watch_see_the_same(hub: JobHub, memory_store: Any, new_job: JobOf) -> None:
    job, other = new_job(uuid4()), new_job(uuid4())
    follow = following(Sessions(job), memory_store, hub)
    feeds = [await follow(ANA, job.id, 0) for _ in range(2)]
    hub.tell(other.model_copy(update={"version": 50}))
    hub.tell(job.model_copy(update={"version": 2, "status": "failed"}))
    assert [await versions(feed) for feed in feeds] == [[1, 2], [1, 2]]


async def test_the_end_of_the_process_ends_every_watch(
    hub: JobHub, memory_store: Any, new_job: JobOf
) -> None:
    job = new_job(uuid4())
    feed = await following(Sessions(job), memory_store, hub)(ANA, job.id, 0)
    await anext(feed.changes)
    waiting = asyncio.ensure_future(anext(feed.changes, "over"))
    await asyncio.sleep(0)
    hub.close()
    await asyncio.wait_for(waiting, 1)
    assert await anext(feed.changes, "over") == "over"


async def test_nobody_is_remembered_who_has_gone(memory_store: Any, new_job: JobOf) -> None:
    hub, job = JobHub(most=1), new_job(uuid4())
    follow = following(Sessions(job), memory_store, hub)
    feed = await follow(ANA, job.id, 0)
    with pytest.raises(Overloaded):
        await follow(BEA, job.id, 0)
    feed.close()
    feed.close()
    assert len(hub) == 0
    await follow(ANA, job.id, 0)


async def test_one_user_cannot_take_every_place(memory_store: Any, new_job: JobOf) -> None:
    hub, job = JobHub(most=10, most_of_one_user=2), new_job(uuid4())
    follow = following(Sessions(job), memory_store, hub)
    feeds = [await follow(ANA, job.id, 0) for _ in range(2)]
    with pytest.raises(RateLimited) as refused:
        await follow(ANA, job.id, 0)
    assert int(str(refused.value.details["retry_after"])) >= 1
    assert len(hub) == 2
    hub.listen(job.id, BEA.user_id)
    feeds[0].close()
    await follow(ANA, job.id, 0)


async def test_closing_ends_the_wait_of_one_who_has_left(
    hub: JobHub, memory_store: Any, new_job: JobOf
) -> None:
    job = new_job(uuid4())
    feed = await following(Sessions(job), memory_store, hub)(ANA, job.id, 0)
    await anext(feed.changes)
    waiting = asyncio.ensure_future(anext(feed.changes, "over"))
    await asyncio.sleep(0)
    feed.close()
    assert await asyncio.wait_for(waiting, 1) == "over"
    assert await anext(feed.changes, "over") == "over"


async def test_a_job_that_is_not_there_leaves_no_listener(hub: JobHub, memory_store: Any) -> None:
    with pytest.raises(NotFound):
        await following(Sessions(None), memory_store, hub)(ANA, uuid4(), 0)
    assert len(hub) == 0


async def test_the_request_names_the_caller(services: Any, memory_store: Any, hub: JobHub) -> None:
    class Caller:
        def __init__(self) -> None:
            self.asked: list[Any] = []

        async def call(self, request: Any, **_: Any) -> Any:
            self.asked.append(request)
            raise NotFound("no")

    caller, job_id = Caller(), uuid4()
    with pytest.raises(NotFound):
        await following(caller, memory_store, hub)(ANA, job_id, 0)
    assert caller.asked == [
        rpc.GetJob(job_id=job_id, user_id="user_1"),
        GetPrivacyJob(job_id=job_id, user_id="user_1"),
    ]
    assert not services.asked
