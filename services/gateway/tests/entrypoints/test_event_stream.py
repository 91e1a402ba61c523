"""Event streams as ASGI: who leaves, who takes nothing, and what is written once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
from ab_gateway.adapters.job_hub import JobHub
from ab_gateway.entrypoints.http.event_stream import EventStream, Frames
from ab_gateway.usecases.follow_job import Feed
from ab_shared.contracts.jobs import JobSnapshot
from starlette.requests import ClientDisconnect


class Client:
    """The other side of a stream; ``deaf`` takes nothing after the head."""

    def __init__(self, *, deaf: bool = False) -> None:
        self.sent: list[dict[str, Any]] = []
        self.left = asyncio.Event()
        self.took_one = asyncio.Event()
        self._deaf = deaf

    async def receive(self) -> dict[str, Any]:
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        if self._deaf and message["type"] == "http.response.body":
            await asyncio.Event().wait()
        self.sent.append(message)
        if message.get("body"):
            self.took_one.set()


def watched(hub: JobHub, job: JobSnapshot) -> Feed:
    listener = hub.listen(job.id, "user_1")

    async def changes() -> AsyncIterator[JobSnapshot | None]:
        yield job
        while not listener.closed:
            heard = await listener.next(60)
            if heard is not None:
                yield heard

    return Feed(over=False, changes=changes(), close=listener.close)


async def run(stream: EventStream, client: Client) -> None:
    await stream({"type": "http"}, client.receive, client.send)


async def test_who_leaves_is_forgotten_at_once(new_job: Any) -> None:
    hub, job, client = JobHub(), new_job(uuid4()), Client()
    running = asyncio.create_task(run(EventStream(watched(hub, job), Frames()), client))
    await client.took_one.wait()
    assert len(hub) == 1
    client.left.set()
    await asyncio.wait_for(running, 1)
    assert len(hub) == 0
    assert client.sent[0]["status"] == 200
    assert dict(client.sent[0]["headers"])[b"content-type"].startswith(b"text/event-stream")


async def test_who_takes_nothing_is_let_go(new_job: Any) -> None:
    hub, job, client = JobHub(), new_job(uuid4()), Client(deaf=True)
    stream = EventStream(watched(hub, job), Frames(), send_seconds=0.01)
    with pytest.raises(ClientDisconnect):
        await asyncio.wait_for(run(stream, client), 1)
    assert len(hub) == 0


async def test_a_stream_that_is_cut_off_leaves_nothing_behind(new_job: Any) -> None:
    hub, job, client = JobHub(), new_job(uuid4()), Client()
    running = asyncio.create_task(run(EventStream(watched(hub, job), Frames()), client))
    await client.took_one.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert len(hub) == 0
    assert len(asyncio.all_tasks()) == 1


def test_an_event_is_written_once_for_all_who_watch(new_job: Any) -> None:
    frames, job = Frames(most=2), new_job(uuid4(), version=3)
    first = frames.of(job)
    assert first.startswith(b'id: 3\ndata: {"job":{')
    assert frames.of(job.model_copy()) is first
    for version in (4, 5):
        frames.of(job.model_copy(update={"version": version}))
    assert frames.of(job) == first
    assert frames.of(job.model_copy(update={"version": 5})) != first
