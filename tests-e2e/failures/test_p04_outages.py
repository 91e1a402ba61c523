"""P4: while a part is gone callers hear so in time, the rest goes on, and it mends by itself."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from failures.listener import new_line
from failures.troupe import WORKERS, Troupe, eventually

pytestmark = [pytest.mark.real, pytest.mark.timeout(180)]

CAST = (*WORKERS, "gateway")
DEADLINE_SECONDS = 15.0
BACK_SECONDS = 20.0
CROWD = 120
MOST_MORE_MIB = 60
# Who names which part in /readyz, and whether a session can be made without it.
PARTS: dict[str, tuple[dict[str, str], bool]] = {
    "rabbitmq": ({"gateway": "rabbitmq", "session": "rabbitmq", "tts": "rabbitmq"}, False),
    "postgres": ({"session": "postgres", "entitlement": "postgres", "tts": "postgres"}, False),
    "valkey": ({"gateway": "valkey"}, True),
    "s3": ({"tts": "object_store", "stitching": "object_store"}, True),
}


@pytest.fixture
async def http(troupe: Troupe) -> AsyncIterator[httpx.AsyncClient]:
    troupe.only(*CAST)
    await eventually(troupe.has_stems, 110)
    limits = httpx.Limits(max_connections=CROWD)
    async with httpx.AsyncClient(
        base_url=troupe.actor("gateway").public_url, trust_env=False, timeout=30, limits=limits
    ) as client:
        yield client
    troupe.proxies.heal()


def draft() -> dict[str, Any]:
    return {"title": "Evening", "affirmations": [new_line()], "voiceId": "nova"}


async def completed(http: httpx.AsyncClient, job_id: str) -> bool:
    answer = await http.get(f"/v1/jobs/{job_id}")
    return answer.status_code == 200 and answer.json()["job"]["status"] == "completed"


async def made(http: httpx.AsyncClient) -> str:
    """A finished job."""
    created = await http.post("/v1/sessions", json=draft())
    assert created.status_code == 201, created.text
    job_id = str(created.json()["_audioJobId"])
    await eventually(lambda: completed(http, job_id), 60)
    return job_id


@pytest.mark.parametrize("how", ["gone", "silent"])
@pytest.mark.parametrize("part", PARTS)
async def test_an_outage_is_told_in_time_and_mends_by_itself(
    troupe: Troupe, http: httpx.AsyncClient, part: str, how: str
) -> None:
    namers, works = PARTS[part]
    job_id = await made(http)
    if how == "gone":
        troupe.proxies[part].refuse()
        troupe.proxies[part].cut()
    else:
        troupe.proxies[part].freeze()
    memory = {name: troupe.actor(name).resident_mib() for name in CAST}
    await _who_needs_it_hears_so(troupe, http, works=works)
    await _the_rest_goes_on(troupe, http, job_id, namers)
    for name, before in memory.items():
        assert troupe.actor(name).resident_mib() - before < MOST_MORE_MIB, name
    troupe.proxies[part].heal()
    for name in CAST:
        troupe.actor(name).wait_ready(BACK_SECONDS)
    await eventually(lambda: _can_create(http), BACK_SECONDS)
    await made(http)
    await troupe.quiet()
    assert await troupe.dead() == 0


async def _can_create(http: httpx.AsyncClient) -> bool:
    return (await http.post("/v1/sessions", json=draft())).status_code == 201


async def _who_needs_it_hears_so(troupe: Troupe, http: httpx.AsyncClient, *, works: bool) -> None:
    assert troupe.actor("gateway").running
    began = time.monotonic()
    answers = await asyncio.gather(
        *(http.post("/v1/sessions", json=draft()) for _ in range(4 if works else CROWD))
    )
    assert time.monotonic() - began < DEADLINE_SECONDS + 2
    if works:
        assert {answer.status_code for answer in answers} == {201}
        return
    assert {answer.status_code for answer in answers} == {503}
    for answer in answers:
        assert int(answer.headers["Retry-After"]) >= 1
        assert answer.json()["code"] == "SERVICE_UNAVAILABLE"


async def _the_rest_goes_on(
    troupe: Troupe, http: httpx.AsyncClient, job_id: str, namers: dict[str, str]
) -> None:
    for path in ("/v1/health", "/docs", "/openapi.json", f"/v1/jobs/{job_id}"):
        answer = await http.get(path)
        assert answer.status_code == 200, f"{path}: {answer.text}"
    for name, part in namers.items():
        status, parts = troupe.actor(name).readiness()
        assert {key for key, said in parts.items() if said != "ok"} == {part}, name
        # The gateway does without its cache: it stays in work.
        assert status == (200 if part == "valkey" else 503)
