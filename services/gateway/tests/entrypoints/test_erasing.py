"""Erasing the caller on the public API, and watching that without a token."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from ab_shared.contracts.events import JobChanged
from ab_shared.contracts.privacy import (
    Erased,
    ErasureRequested,
    GetPrivacyJob,
    PrivacyJob,
    PrivacyJobChanged,
    PrivacyJobState,
    RequestErasure,
)
from ab_shared.errors import DependencyUnavailable
from gateway_memory.machines import Machines
from gateway_memory.samples import job_of

PATHS = ("/v1/jobs/{}", "/jobs/{}", "/v1/jobs/{}/events", "/jobs/{}/events")
DAY = timedelta(days=1)


def erasure(**changes: Any) -> PrivacyJob:
    begun = PrivacyJob(
        id=uuid4(),
        kind="erasure",
        state="processing",
        stage="erasing",
        progress=0.2,
        created_at=datetime.now(UTC),
        version=1,
    )
    return begun.model_copy(update=changes)


def ended(job: PrivacyJob, ago: timedelta = timedelta(0)) -> PrivacyJob:
    over = {"state": "completed", "stage": "ready", "progress": 1.0, "version": job.version + 3}
    return job.model_copy(update={**over, "finished_at": datetime.now(UTC) - ago})


class Auth:
    """Begins erasures, and forgets none."""

    def __init__(self, services: Any) -> None:
        self.job, self._services = erasure(), services

    def __call__(self, _request: RequestErasure) -> PrivacyJobState:
        self._services.erasures[self.job.id] = self.job
        return PrivacyJobState(job=self.job)


@pytest.fixture
def auth(services: Any) -> Auth:
    made = Auth(services)
    services.more.append(("auth", RequestErasure, made))
    return made


async def tell(world: Any, job: PrivacyJob) -> None:
    await world.broker.send(PrivacyJobChanged(job=job))
    await world.broker.settle()


@pytest.mark.parametrize("path", ["/v1/me", "/me"])
async def test_the_answer_names_the_job_and_the_token_is_dead(
    auth: Auth, world: Any, path: str
) -> None:
    token = world.auth("user_1")
    answer = await world.client.delete(path, headers=token)
    assert (answer.status_code, answer.json()) == (202, {"jobId": str(auth.job.id)})
    assert answer.headers["cache-control"] == "no-store"
    (asked,) = world.services.asked_for(RequestErasure)
    assert (asked.user_id, asked.requested_by, asked.actor) == ("user_1", "user", None)
    for method, refused in (("DELETE", path), ("GET", path), ("GET", "/v1/me/entitlement")):
        again = await world.client.request(method, refused, headers=token)
        assert (again.status_code, again.json()["code"]) == (401, "UNAUTHORIZED")
    assert len(world.services.asked_for(RequestErasure)) == 1
    assert (await world.client.get("/v1/me", headers=world.auth("user_2"))).status_code == 200


async def test_who_signs_in_again_meanwhile_is_told_of_the_same_job(auth: Auth, world: Any) -> None:
    await world.client.delete("/v1/me", headers=world.auth("user_1"))
    later = int(time.time()) + 3
    again = await world.client.delete("/v1/me", headers=world.auth("user_1", iat=later))
    assert (again.status_code, again.json()) == (202, {"jobId": str(auth.job.id)})


async def test_only_people_themselves_erase_themselves(
    auth: Auth, services: Any, start: Any
) -> None:
    machines = Machines()
    machines.install(services)
    world = await start()
    key = machines.make("sessions:read", "sessions:write", "me:read", "admin")
    for headers, status, code in (
        (world.auth("user_1", act={"sub": "support_1"}), 403, "FORBIDDEN"),
        ({"Authorization": f"Bearer {key}"}, 403, "FORBIDDEN"),
        ({}, 401, "UNAUTHORIZED"),
        ({"Authorization": "Bearer nonsense"}, 401, "UNAUTHORIZED"),
    ):
        answer = await world.client.delete("/v1/me", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not world.services.asked_for(RequestErasure)
    assert (await world.client.get("/v1/me", headers=world.auth("user_1"))).status_code == 200
    assert auth.job.id not in world.services.erasures


async def test_without_auth_nothing_begins(auth: Auth, world: Any) -> None:
    world.refuse(DependencyUnavailable("auth is away"))
    answer = await world.client.delete("/v1/me", headers=world.auth("user_1"))
    assert (answer.status_code, answer.json()["code"]) == (503, "SERVICE_UNAVAILABLE")
    world.services.fails_with = None
    again = await world.client.delete("/v1/me", headers=world.auth("user_1"))
    assert again.json() == {"jobId": str(auth.job.id)}


async def test_without_the_cache_this_process_believes_the_token_no_more(
    auth: Auth, world: Any
) -> None:
    token = world.auth("user_1")
    world.store.down = True
    assert (await world.client.delete("/v1/me", headers=token)).status_code == 202
    assert (await world.client.get("/v1/me", headers=token)).status_code == 401
    answer = await world.client.get(f"/v1/jobs/{auth.job.id}", headers=token)
    assert answer.status_code == 200


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("kept", [True, False])
async def test_nobody_needs_a_token_to_read_it_and_it_tells_nothing_but_how_it_stands(
    world: Any, path: str, *, kept: bool
) -> None:
    job = ended(erasure())
    if kept:
        await tell(world, job)
    else:
        world.services.erasures[job.id] = job
    for headers in ({}, world.auth("user_9"), {"Authorization": "Bearer dead"}):
        answer = await world.client.get(path.format(job.id), headers=headers)
        assert answer.status_code == 200, answer.text
        if path.endswith("events"):
            assert answer.text.count("id: ") == 1
            assert '"type":"erasure"' in answer.text
            assert '"status":"completed"' in answer.text
            continue
        seen = answer.json()["job"]
        assert (seen["type"], seen["status"], seen["progress"]) == ("erasure", "completed", 1)
        told = {"id", "type", "status", "progress", "stage", "createdAt", "finishedAt"}
        assert seen.keys() - {"counts", "stageMs"} == told
        assert (seen["counts"], seen["stageMs"]) == ({}, {})
    assert bool(world.services.asked_for(GetPrivacyJob)) is not kept


@pytest.mark.parametrize("path", PATHS)
async def test_without_a_token_any_other_job_is_like_none(world: Any, path: str) -> None:
    audio, unheard, export = job_of(uuid4()), job_of(uuid4()), erasure(kind="export")
    await world.broker.send(JobChanged(owner_user_id="user_1", job=audio))
    await world.broker.send(PrivacyJobChanged(user_id="user_1", job=export))
    await world.broker.settle()
    world.services.jobs[unheard.id] = ("user_1", unheard)
    asked = erasure(kind="export")
    world.services.erasures[asked.id] = asked
    bodies = set[tuple[int, str, str]]()
    for job_id in (audio.id, unheard.id, export.id, asked.id, uuid4()):
        answer = await world.client.get(path.format(job_id))
        bodies.add((answer.status_code, answer.json()["code"], answer.json()["message"]))
    assert len(bodies) == 1
    assert next(iter(bodies))[:2] == (401, "UNAUTHORIZED")
    kept = await world.client.get(path.format(export.id), headers=world.auth("user_2"))
    assert kept.json()["code"] in {"NOT_FOUND", "UNAUTHORIZED"}


async def test_nobody_cancels_it(world: Any) -> None:
    job = erasure()
    await tell(world, job)
    for headers, status in (({}, 401), (world.auth("user_9"), 404)):
        answer = await world.client.post(f"/v1/jobs/{job.id}/cancel", headers=headers)
        assert answer.status_code == status


@pytest.mark.parametrize("path", PATHS)
async def test_a_day_after_its_end_it_is_no_more(world: Any, path: str) -> None:
    young, old = ended(erasure(), DAY - timedelta(minutes=5)), ended(erasure(), DAY)
    # The cache may hold it for longer, when it was last read shortly before.
    for job in (young, old):
        await tell(world, job)
    assert (await world.client.get(path.format(young.id))).status_code == 200
    assert (await world.client.get(path.format(old.id))).status_code == 401
    signed_in = await world.client.get(path.format(old.id), headers=world.auth())
    assert signed_in.status_code == 404


async def test_strangers_learn_of_no_outage(world: Any) -> None:
    world.refuse(DependencyUnavailable("auth is away"))
    assert (await world.client.get(f"/v1/jobs/{uuid4()}")).status_code == 401


@pytest.mark.parametrize("prefix", ["/v1", ""])
async def test_it_is_watched_to_its_end_without_a_token(
    auth: Auth, world: Any, prefix: str
) -> None:
    await world.client.delete(f"{prefix}/me", headers=world.auth("user_1"))
    watching = asyncio.create_task(world.client.get(f"{prefix}/jobs/{auth.job.id}/events"))
    steps = [auth.job.model_copy(update={"version": v, "progress": v / 5}) for v in (2, 3)]
    for step in (*steps, ended(auth.job)):
        await tell(world, step)
        await asyncio.sleep(0)
    text = (await watching).text
    numbers = [int(n.removeprefix("id: ")) for n in text.split("\n") if n.startswith("id: ")]
    assert numbers == sorted(set(numbers))
    assert numbers[-1] == 4
    assert '"status":"completed"' in text.rstrip().split("\n\n")[-1]


async def test_the_gateway_forgets_snapshots_and_says_so_again(world: Any) -> None:
    mine, theirs = job_of(uuid4()), job_of(uuid4())
    for owner, job in (("user_1", mine), ("user_2", theirs)):
        await world.broker.send(JobChanged(owner_user_id=owner, job=job))
    await world.broker.settle()
    asked = ErasureRequested(erasure_id=UUID(int=7), user_id="user_1")
    for _ in range(2):
        await world.broker.send(asked)
        await world.broker.settle()
    assert set(world.store.jobs) == {theirs.id}
    said = world.broker.messages(Erased)
    assert [(one.service, one.part, one.counts) for one in said] == [
        ("gateway", 0, {"snapshots": 1}),
        ("gateway", 0, {"snapshots": 0}),
    ]
