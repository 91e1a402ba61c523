"""Faults against what they break, played or small: they come, and go without a trace."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest
from drills import faults_messages, faults_servers
from drills.faults_messages import PoisonMessage, WebhookStorm
from drills.faults_servers import DELAY_SECONDS, SlowDatabase, StoreForbidden
from drills.faults_vendors import silent, throttled
from drills.stage import Stage, StageError
from drills.watchers import Watchers, _seconds
from failures.proxy import FaultProxies
from failures.troupe import eventually
from simulators.elevenlabs_app import ElevenLabs
from simulators.revenuecat import Simulator
from simulators.revenuecat_books import Books
from simulators.revenuecat_webhooks import Door, Sender
from simulators.running import serving
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

SPEECH = "/v1/text-to-speech/a/with-timestamps"


def stage_of(**more: Any) -> Stage:
    given: dict[str, Any] = {"state": Path(), "description": {}, **more}
    proxies = given.pop("proxies", None)
    return Stage(cast("Any", SimpleNamespace(**given)), 10.0, proxies)


@pytest.fixture
def vendor() -> Iterator[Stage]:
    with serving(ElevenLabs().app()) as url:
        yield stage_of(description={"simulators": {"elevenlabs": url}})


async def speak(stage: Stage, seconds: float = 5.0) -> int:
    async with httpx.AsyncClient(base_url=stage.simulator("elevenlabs")) as client:
        return (await client.post(SPEECH, json={"text": "I rest."}, timeout=seconds)).status_code


async def test_a_vendor_has_had_enough_until_it_is_mended(vendor: Stage) -> None:
    fault = throttled(vendor)
    await fault.break_it()
    assert [await speak(vendor) for _ in range(3)] == [429, 429, 429]
    await fault.mend_it()
    assert await speak(vendor) == 200
    assert await fault.owed() == {}


async def test_a_vendor_says_nothing_until_it_is_mended(vendor: Stage) -> None:
    fault = silent(vendor)
    await fault.break_it()
    with pytest.raises(httpx.ReadTimeout):
        await speak(vendor, 0.3)
    await fault.mend_it()
    assert await speak(vendor) == 200


def test_without_the_vendor_it_says_how_to_get_it() -> None:
    with pytest.raises(StageError, match="--vendors"):
        throttled(stage_of(description={"simulators": {}}))


@asynccontextmanager
async def echoing() -> AsyncIterator[int]:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.read(10))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def test_a_database_is_late_until_it_is_mended() -> None:
    async with echoing() as port:
        with FaultProxies({"postgres": lambda: port}) as proxies:
            fault = SlowDatabase(stage_of(proxies=proxies))
            await fault.break_it()
            assert await _round_trip(proxies["postgres"].port) >= 2 * DELAY_SECONDS
            await fault.mend_it()
            taken = [await _round_trip(proxies["postgres"].port) for _ in range(5)]
            assert min(taken) < 2 * DELAY_SECONDS


async def _round_trip(port: int) -> float:
    loop = asyncio.get_running_loop()
    began = loop.time()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"x")
    assert await reader.read(1) == b"x"
    writer.close()
    return loop.time() - began


@pytest.mark.parametrize("kind", [SlowDatabase, WebhookStorm])
def test_what_depends_on_how_a_stack_was_started_says_so(kind: type) -> None:
    with pytest.raises(StageError, match="starts itself"):
        kind(stage_of(description={"simulators": {"revenuecat": "http://x"}}))


async def test_keys_are_withdrawn_and_given_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[int, int]] = []
    monkeypatch.setattr(faults_servers.os, "kill", lambda pid, number: told.append((pid, number)))
    file = tmp_path / "data/s3/s3.json"
    file.parent.mkdir(parents=True)
    names = ("admin", "gateway", "tts", "stitching")
    identities = [{"name": name, "actions": ["Read"]} for name in names]
    file.write_text(json.dumps({"identities": identities}))
    before = file.read_text()
    fault = StoreForbidden(stage_of(state=tmp_path, pid=lambda _: 4711))
    await fault.break_it()
    known = {one["name"]: one["actions"] for one in json.loads(file.read_text())["identities"]}
    assert known == {"admin": ["Read"], "gateway": ["Read"], "tts": [], "stitching": []}
    await fault.mend_it()
    await fault.mend_it()
    assert file.read_text() == before
    assert told == [(4711, signal.SIGHUP)] * 2


async def test_a_storm_is_over_when_every_event_was_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(faults_messages, "EVENTS", 40)
    seen: list[int] = []

    def door(_request: httpx.Request) -> httpx.Response:
        # Half of the first ones are too many.
        seen.append(len(seen))
        return httpx.Response(429 if len(seen) <= 40 and len(seen) % 2 else 200)

    client = httpx.AsyncClient(transport=httpx.MockTransport(door))
    sender = Sender(client, Door("http://gateway/hook"), minute=0.02)
    with serving(Simulator(Books(), sender).app()) as url:
        simulators = {"simulators": {"revenuecat": url}}
        fault = WebhookStorm(stage_of(description=simulators, proxies=object()))
        await fault.break_it()
        await eventually(lambda: _settled(fault), 20)
    assert len(seen) >= 60


async def _settled(fault: WebhookStorm) -> bool:
    return not any((await fault.owed()).values())


async def test_a_message_that_no_queue_takes_is_no_drill() -> None:
    async def publish(_request: Request) -> Response:
        return Response(b'{"routed": false}')

    app = Starlette(routes=[Route("/{path:path}", publish, methods=["POST"])])
    with serving(app) as url:
        broker = {"management_url": url, "vhost": "ab", "user": "a", "password": "b"}
        described = {"infrastructure": {"rabbitmq": broker}}
        fault = PoisonMessage(stage_of(description=described, stack_file=Path("x")))
        with pytest.raises(RuntimeError, match="not there"):
            await fault.break_it()
        # Nothing was sent, so there is nothing to throw away.
        await fault.mend_it()


@pytest.mark.parametrize(("told", "seconds"), [("15s", 15), ("1m30s", 90), ("1s", 1), ("500ms", 1)])
def test_durations_are_read_as_prometheus_writes_them(told: str, seconds: int) -> None:
    assert _seconds(told) == seconds


async def test_a_variable_of_a_dashboard_is_asked_for_as_grafana_does() -> None:
    asked: list[str] = []

    def prometheus(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.params["query"])
        series = [{"metric": {"vendor": name}, "value": [0, "1"]} for name in ("openai", "clerk")]
        return httpx.Response(200, json={"data": {"result": series}})

    urls = {"alertmanager_url": "http://a", "prometheus_url": "http://p"}
    async with Watchers(urls, transport=httpx.MockTransport(prometheus)) as watchers:
        found = await watchers.values_of('label_values(ab_vendor_calls_total{job="tts"}, vendor)')
    assert found == ["clerk", "openai"]
    assert asked == ['group by (vendor) (ab_vendor_calls_total{job="tts"})']
