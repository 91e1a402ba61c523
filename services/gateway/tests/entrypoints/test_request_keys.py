"""Idempotency-Key on every POST that makes or changes something, as clients see it."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from ab_gateway.usecases import answer_once
from ab_shared.contracts import mixdowns, rpc
from ab_shared.errors import DependencyUnavailable, FreeLimitReached
from gateway_memory.samples import asset

DRAFT = {"title": "Calm", "voiceId": "nova", "affirmations": ["I rest with ease"]}
KEY = {"Idempotency-Key": '"try-1"'}
USER = "user_pro"


def cases(world: Any, job: Any) -> dict[str, tuple[str, Any, type[Any]]]:
    """What is posted, and what the services are asked for by it."""
    world.services.jobs[job.id] = (USER, job)
    session = world.services.add_session(USER)
    return {
        "create": ("/v1/sessions", DRAFT, rpc.CreateSession),
        "ensure": (f"/v1/sessions/{session}/ensure-audio", None, rpc.EnsureAudio),
        "mixdown": (f"/v1/sessions/{session}/mixdown", {"minutes": 30}, mixdowns.RequestMixdown),
        "cancel": (f"/v1/jobs/{job.id}/cancel", None, rpc.CancelJob),
    }


async def post(world: Any, path: str, body: Any, user: str = USER, **headers: str) -> Any:
    sent = {**world.auth(user), **KEY, **headers}
    return await world.client.post(path, json=body, headers=sent)


@pytest.mark.parametrize("case", ["create", "ensure", "mixdown", "cancel"])
async def test_twice_is_done_once_and_answered_the_same(
    world: Any, new_job: Any, case: str
) -> None:
    path, body, kind = cases(world, new_job(uuid4()))[case]
    first, second = await post(world, path, body), await post(world, path, body)
    assert first.is_success
    assert second.status_code == first.status_code
    assert second.json() == first.json()
    assert second.headers.get("location") == first.headers.get("location")
    assert len(world.services.asked_for(kind)) == 1


@pytest.mark.parametrize("case", ["create", "ensure", "mixdown", "cancel"])
async def test_at_the_same_time_all_but_one_are_told_to_wait(
    world: Any, new_job: Any, case: str
) -> None:
    path, body, kind = cases(world, new_job(uuid4()))[case]
    answers = await asyncio.gather(*(post(world, path, body) for _ in range(5)))
    waiting = [a for a in answers if not a.is_success]
    assert len(world.services.asked_for(kind)) == 1
    assert all((a.status_code, a.json()["code"]) == (409, "CONFLICT") for a in waiting)
    assert all(int(a.headers["retry-after"]) >= 1 for a in waiting)
    assert (await post(world, path, body)).is_success


async def test_another_body_or_thing_under_the_key_is_refused(world: Any, new_job: Any) -> None:
    path, body, kind = cases(world, new_job(uuid4()))["mixdown"]
    await post(world, path, body)
    other = world.services.add_session(USER)
    for where, said in ((path, {"minutes": 60}), (f"/v1/sessions/{other}/mixdown", body)):
        answer = await post(world, where, said)
        assert (answer.status_code, answer.json()["code"]) == (422, "CONFLICT")
    assert len(world.services.asked_for(kind)) == 1


async def test_a_key_belongs_to_its_user_and_route(world: Any, new_job: Any) -> None:
    path, body, _ = cases(world, new_job(uuid4()))["create"]
    mine, theirs = await post(world, path, body), await post(world, path, body, "user_2")
    assert theirs.status_code == 201
    assert theirs.json()["id"] != mine.json()["id"]
    ensured = await post(world, f"/v1/sessions/{mine.json()['id']}/ensure-audio", None)
    assert ensured.status_code == 200


async def test_a_refusal_leaves_the_key_free(world: Any) -> None:
    world.refuse(FreeLimitReached("Both generations of today are spent"))
    assert (await post(world, "/v1/sessions", DRAFT)).status_code == 403
    world.services.fails_with = None
    changed = {**DRAFT, "title": "Other"}
    assert (await post(world, "/v1/sessions", changed)).status_code == 201


async def test_a_try_that_came_to_nothing_can_be_repeated_but_not_changed(world: Any) -> None:
    world.refuse(DependencyUnavailable("The database is away"))
    assert (await post(world, "/v1/sessions", DRAFT)).status_code == 503
    # It may have been done all the same: a refusal of the second try frees nothing.
    world.refuse(FreeLimitReached("Both generations of today are spent"))
    assert (await post(world, "/v1/sessions", DRAFT)).status_code == 403
    world.services.fails_with = None
    changed = {**DRAFT, "title": "Other"}
    assert (await post(world, "/v1/sessions", changed)).status_code == 422
    assert (await post(world, "/v1/sessions", DRAFT)).status_code == 201


async def test_a_replay_has_urls_that_are_signed_now(world: Any) -> None:
    created = await post(world, "/v1/sessions", DRAFT)
    held = next(iter(world.answers.slots.values()))
    kept = rpc.CreatedSession.model_validate_json(held.answer)
    audio = rpc.SessionAudio(
        track=asset(f"tracks/{'a' * 64}/affirmations.m4a"),
        track_address="a" * 64,
        generated_at=kept.session.created_at,
    )
    session = kept.session.model_copy(update={"audio": audio})
    held.answer = kept.model_copy(update={"session": session}).model_dump_json().encode()
    assert b"Signature" not in held.answer
    replayed = (await post(world, "/v1/sessions", DRAFT)).json()
    assert replayed["id"] == created.json()["id"]
    assert "X-Amz-Signature=" in urlsplit(replayed["audio"]["affirmationsMergedUrl"]).query


async def test_an_answer_of_another_release_is_no_answer(world: Any) -> None:
    first = await post(world, "/v1/sessions", DRAFT)
    next(iter(world.answers.slots.values())).answer = b'{"from": "another time"}'
    again = await post(world, "/v1/sessions", DRAFT)
    assert (again.status_code, again.json()) == (201, first.json())


async def test_without_the_cache_only_the_check_is_lost(world: Any) -> None:
    unchecked = answer_once.SEEN.labels("POST /sessions", "unchecked")
    before = unchecked.collect()[0].samples[0].value
    world.store.down = True
    first = await post(world, "/v1/sessions", DRAFT)
    second = await post(world, "/v1/sessions", DRAFT)
    assert (first.status_code, second.json()) == (201, first.json())
    assert unchecked.collect()[0].samples[0].value == before + 2


async def test_a_request_that_is_cut_off_does_not_hold_its_key(world: Any) -> None:
    entered, stuck = asyncio.Event(), asyncio.Event()
    usecase = world.gateway.parts.create_session
    services = usecase._services

    class Stuck:
        async def call(self, *_: Any, **__: Any) -> Any:
            entered.set()
            await stuck.wait()

    usecase._services = Stuck()
    cut = asyncio.create_task(post(world, "/v1/sessions", DRAFT))
    await entered.wait()
    cut.cancel()
    await asyncio.wait([cut])
    usecase._services = services
    assert (await post(world, "/v1/sessions", DRAFT)).status_code == 201


async def test_no_key_is_no_promise(world: Any) -> None:
    session = world.services.add_session(USER)
    path = f"/v1/sessions/{session}/ensure-audio"
    for _ in range(2):
        await world.client.post(path, headers=world.auth(USER))
    assert len(world.services.asked_for(rpc.EnsureAudio)) == 2


async def test_what_is_pending_says_when_to_ask_again(world: Any, new_job: Any) -> None:
    paths = cases(world, new_job(uuid4()))
    for case in ("create", "ensure", "mixdown"):
        path, body, _ = paths[case]
        assert (await post(world, path, body)).headers["retry-after"] == "1"
    job = new_job(uuid4())
    world.services.jobs[job.id] = (USER, job)
    polled = await world.client.get(f"/v1/jobs/{job.id}", headers=world.auth(USER))
    assert polled.headers["retry-after"] == "1"
    over = await world.client.post(f"/v1/jobs/{job.id}/cancel", headers=world.auth(USER))
    assert "retry-after" not in over.headers
    polled = await world.client.get(f"/v1/jobs/{job.id}", headers=world.auth(USER))
    assert "retry-after" not in polled.headers
