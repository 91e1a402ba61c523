"""Jobs over HTTP: polling that asks nobody, watching that misses nothing."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from ab_shared.contracts import rpc
from ab_shared.contracts.events import JobChanged
from ab_shared.contracts.jobs import JobSnapshot

JobOf = Callable[..., JobSnapshot]


async def tell(world: Any, owner: str | None, *snapshots: JobSnapshot) -> None:
    for snapshot in snapshots:
        await world.broker.send(JobChanged(owner_user_id=owner, job=snapshot))
    await world.broker.settle()


def events_of(text: str) -> list[tuple[int, dict[str, Any]]]:
    blocks = [block.split("\n") for block in text.split("\n\n") if block.startswith("id:")]
    return [
        (int(b[0].removeprefix("id: ")), json.loads(b[1].removeprefix("data: "))) for b in blocks
    ]


async def test_polling_costs_no_other_service(world: Any, new_job: JobOf) -> None:
    job = new_job(uuid4(), version=4, status="processing", stage="speaking", progress=0.25)
    await tell(world, "user_1", job)
    answer = await world.client.get(f"/v1/jobs/{job.id}", headers=world.auth())
    assert answer.json() == {
        "job": {
            "id": str(job.id),
            "type": "audio",
            "status": "processing",
            "progress": 0.25,
            "stage": "speaking",
            "sessionId": str(job.session_id),
            "createdAt": "2026-01-05T12:30:15.123Z",
            "counts": {},
            "stageMs": {},
        }
    }
    assert not world.services.asked_for(rpc.GetJob)


async def test_asks_when_nothing_was_heard_and_keeps_the_answer(world: Any, new_job: JobOf) -> None:
    job = new_job(uuid4())
    world.services.jobs[job.id] = ("user_1", job)
    for _ in range(3):
        answer = await world.client.get(f"/jobs/{job.id}", headers=world.auth())
        assert answer.json()["job"]["status"] == "pending"
    assert len(world.services.asked_for(rpc.GetJob)) == 1


async def test_asks_again_when_an_unfinished_job_has_long_been_silent(
    world: Any, new_job: JobOf, aged: Any
) -> None:
    job = new_job(uuid4(), version=2)
    await tell(world, "user_1", job)
    world.store.jobs[job.id] = aged(world.store.jobs[job.id], 60)
    done = job.model_copy(update={"version": 9, "status": "completed", "stage": "ready"})
    world.services.jobs[job.id] = ("user_1", done)
    answer = await world.client.get(f"/jobs/{job.id}", headers=world.auth())
    assert answer.json()["job"]["status"] == "completed"
    world.store.jobs[job.id] = aged(world.store.jobs[job.id], 60)
    await world.client.get(f"/jobs/{job.id}", headers=world.auth())
    assert len(world.services.asked_for(rpc.GetJob)) == 1


async def test_reads_jobs_while_the_cache_is_away(world: Any, new_job: JobOf) -> None:
    job = new_job(uuid4())
    world.services.jobs[job.id] = ("user_1", job)
    world.store.down = True
    answer = await world.client.get(f"/v1/jobs/{job.id}", headers=world.auth())
    assert answer.status_code == 200


async def test_somebody_elses_job_does_not_exist_on_either_path(world: Any, new_job: JobOf) -> None:
    kept, asked, rebuilt = new_job(uuid4()), new_job(uuid4()), new_job(uuid4())
    await tell(world, "user_2", kept)
    await tell(world, None, rebuilt)
    for job in (kept, asked):
        world.services.jobs[job.id] = ("user_2", job)
    for job_id in (kept.id, asked.id, rebuilt.id, uuid4()):
        for path in (f"/v1/jobs/{job_id}", f"/v1/jobs/{job_id}/events"):
            answer = await world.client.get(path, headers=world.auth())
            assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")
        answer = await world.client.post(f"/v1/jobs/{job_id}/cancel", headers=world.auth())
        assert answer.status_code == 404


async def test_an_older_version_never_overwrites_a_newer_one(world: Any, new_job: JobOf) -> None:
    new = new_job(uuid4(), version=5, progress=0.5)
    await tell(world, "user_1", new, new.model_copy(update={"version": 3, "progress": 0.1}))
    answer = await world.client.get(f"/v1/jobs/{new.id}", headers=world.auth())
    assert answer.json()["job"]["progress"] == 0.5


async def test_cancels_a_live_job_and_refuses_a_finished_one(world: Any, new_job: JobOf) -> None:
    job = new_job(uuid4())
    world.services.jobs[job.id] = ("user_1", job)
    first = await world.client.post(f"/v1/jobs/{job.id}/cancel", headers=world.auth())
    assert (first.json()["job"]["status"], first.json()["job"]["error"]) == ("failed", "Cancelled")
    again = await world.client.post(f"/v1/jobs/{job.id}/cancel", headers=world.auth())
    assert (again.status_code, again.json()["code"]) == (409, "CONFLICT")


async def test_streams_every_change_in_order_until_the_end(world: Any, new_job: JobOf) -> None:
    job = new_job(uuid4())
    world.services.jobs[job.id] = ("user_1", job)
    watching = asyncio.create_task(
        world.client.get(f"/v1/jobs/{job.id}/events", headers=world.auth())
    )
    await world.services.job_asked.wait()
    steps = [job.model_copy(update={"version": v, "progress": v / 10}) for v in (2, 4, 3, 4, 6)]
    end = job.model_copy(update={"version": 7, "status": "completed", "stage": "ready"})
    for step in (*steps, end):
        await tell(world, "user_1", step)
    answer = await watching
    events = events_of(answer.text)
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert "content-encoding" not in answer.headers
    assert [number for number, _ in events] == [1, 2, 4, 6, 7]
    assert events[-1][1]["job"]["status"] == "completed"
    polled = await world.client.get(f"/v1/jobs/{job.id}", headers=world.auth())
    assert events[-1][1] == polled.json()


async def test_resumes_after_the_last_version_seen(world: Any, new_job: JobOf) -> None:
    done = new_job(uuid4(), version=7, status="failed", stage="failed", error="Line 3: silence")
    await tell(world, "user_1", done)
    path, headers = f"/v1/jobs/{done.id}/events", world.auth()
    resumed = await world.client.get(path, headers={**headers, "Last-Event-ID": "5"})
    assert [number for number, _ in events_of(resumed.text)] == [7]
    over = await world.client.get(path, headers={**headers, "Last-Event-ID": "7"})
    assert (over.status_code, over.content) == (204, b"")
    odd = await world.client.get(path, headers={**headers, "Last-Event-ID": b"\xb2"})
    assert odd.status_code == 200
