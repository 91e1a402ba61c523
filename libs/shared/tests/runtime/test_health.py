from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import httpx
import pytest
from ab_shared.errors import DependencyUnavailable
from ab_shared.runtime import health as health_module
from ab_shared.runtime.health import Health, internal_app
from prometheus_client import Counter

SEEN = Counter("ab_test_seen", "Seen by the tests of the internal application")


@pytest.fixture
def health() -> Health:
    return Health()


@pytest.fixture
async def http(health: Health) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(internal_app(health))
    async with httpx.AsyncClient(transport=transport, base_url="http://internal") as client:
        yield client


async def fine() -> None:
    """Is there."""


async def gone() -> None:
    raise DependencyUnavailable("postgresql://ab:secret@postgres does not answer")


async def hanging() -> None:
    await asyncio.Event().wait()


async def test_alive_asks_nobody(health: Health, http: httpx.AsyncClient) -> None:
    health.add("postgres", gone)
    health.add("rabbitmq", hanging)
    answer = await asyncio.wait_for(http.get("/livez"), 1)
    assert (answer.status_code, answer.json()) == (200, {"ok": True})


async def test_ready_when_every_part_is(health: Health, http: httpx.AsyncClient) -> None:
    assert (await http.get("/readyz")).json() == {"ready": True, "parts": {}}
    health.add("postgres", fine)
    answer = await http.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {"ready": True, "parts": {"postgres": "ok"}}


async def test_not_ready_names_the_part_and_the_class_of_its_error(
    health: Health, http: httpx.AsyncClient
) -> None:
    health.add("postgres", gone)
    health.add("rabbitmq", fine)
    answer = await http.get("/readyz")
    assert answer.status_code == 503
    parts = {"postgres": "DependencyUnavailable", "rabbitmq": "ok"}
    assert answer.json() == {"ready": False, "parts": parts}
    assert "secret" not in answer.text


async def test_what_is_not_vital_is_named_and_stops_nobody(
    health: Health, http: httpx.AsyncClient
) -> None:
    health.add("valkey", gone, vital=False)
    health.add("rabbitmq", fine)
    answer = await http.get("/readyz")
    assert answer.status_code == 200
    parts = {"valkey": "DependencyUnavailable", "rabbitmq": "ok"}
    assert answer.json() == {"ready": True, "parts": parts}


async def test_ready_again_when_the_part_is_back(health: Health, http: httpx.AsyncClient) -> None:
    health.add("postgres", gone)
    assert (await http.get("/readyz")).status_code == 503
    health.add("postgres", fine)
    assert (await http.get("/readyz")).status_code == 200


async def test_parts_that_hang_are_given_up_together(
    health: Health, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert health_module.CHECK_TIMEOUT_SECONDS <= 5
    monkeypatch.setattr(health_module, "CHECK_TIMEOUT_SECONDS", 0.2)
    for part in "abcdefgh":
        health.add(part, hanging)
    health.add("postgres", fine)
    began = time.monotonic()
    answer = await asyncio.wait_for(http.get("/readyz"), 5)
    # One after the other they would take 1.6 s.
    assert 0.2 <= time.monotonic() - began < 1.5
    assert answer.status_code == 503
    hung = dict.fromkeys("abcdefgh", "TimeoutError")
    assert answer.json()["parts"] == {**hung, "postgres": "ok"}


async def test_metrics_are_those_of_the_process(http: httpx.AsyncClient) -> None:
    SEEN.inc(3)
    answer = await http.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    assert "ab_test_seen_total 3.0" in answer.text


async def test_exemplars_are_told_to_whoever_can_read_them(http: httpx.AsyncClient) -> None:
    SEEN.inc(1, {"trace_id": "ab" * 16})
    asked = "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;q=0.3"
    answer = await http.get("/metrics", headers={"Accept": asked})
    assert answer.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    assert f'# {{trace_id="{"ab" * 16}"}} 1.0' in answer.text
    assert answer.text.endswith("# EOF\n")
    assert "trace_id" not in (await http.get("/metrics")).text


@pytest.mark.parametrize("path", ["/", "/docs", "/openapi.json", "/v1/health"])
async def test_there_is_nothing_else(http: httpx.AsyncClient, path: str) -> None:
    assert (await http.get(path)).status_code == 404


async def test_nothing_can_be_sent(http: httpx.AsyncClient) -> None:
    assert (await http.post("/livez")).status_code == 405
