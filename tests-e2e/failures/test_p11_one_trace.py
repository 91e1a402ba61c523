"""P11: one trace id from the HTTP request through every message to the objects written."""

from __future__ import annotations

import json
import secrets
from collections.abc import AsyncIterator, Iterator
from uuid import UUID

import httpx
import pytest
from ab_shared.storage.s3 import ObjectStore
from failures.listener import listening, new_line
from failures.troupe import WORKERS, Troupe, eventually
from simulators.otlp import Collector, SeenSpan, collecting

pytestmark = [pytest.mark.real, pytest.mark.timeout(240)]

TRACED = (*WORKERS, "gateway")
SERVER, PRODUCER, CONSUMER = 2, 4, 5
STEPS = {
    "session.create.v1": ("gateway", "session"),
    "entitlement.reserve.v1": ("session", "entitlement"),
    "tts.synthesize.v1": ("session", "tts"),
    "tts.read_ready.v1": ("tts", "session"),
    "stitching.prepare.v1": ("session", "stitching"),
    "stitching.read_prepared.v1": ("stitching", "session"),
    "stitching.render.v1": ("session", "stitching"),
    "stitching.track_rendered.v1": ("stitching", "session"),
    "session.generation_settled.v1": ("session", "entitlement"),
    "session.job_changed.v1": ("session", "gateway"),
}
WORK = {
    "db.system.name": {"session", "tts", "stitching", "entitlement"},
    "aws.s3.bucket": {"tts", "stitching"},
    "vendor.name": {"tts"},
}
ROUTING_KEY = "messaging.rabbitmq.destination.routing_key"


@pytest.fixture
def collector(troupe: Troupe) -> Iterator[Collector]:
    """Everybody restarted so that spans go there, and started anew without it afterwards."""
    with collecting() as collector:
        actors = [troupe.actor(name) for name in TRACED]
        for actor in actors:
            actor.kill()
        troupe.only()
        for actor in actors:
            actor.start(OTEL_EXPORTER_OTLP_ENDPOINT=collector.url, OTEL_BSP_SCHEDULE_DELAY="100")
        troupe.only(*TRACED)
        yield collector
        for actor in actors:
            actor.kill()
            actor.forget("OTEL_EXPORTER_OTLP_ENDPOINT")


@pytest.fixture
async def http(troupe: Troupe) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(
        base_url=troupe.actor("gateway").public_url, trust_env=False, timeout=20
    ) as client:
        yield client


async def test_a_request_is_one_trace_down_to_the_file(
    troupe: Troupe, collector: Collector, http: httpx.AsyncClient
) -> None:
    trace, caller = secrets.token_hex(16), secrets.token_hex(8)
    line = new_line()
    draft = {"title": "Evening", "affirmations": [line], "voiceId": "nova"}
    async with listening(troupe) as listener:
        headers = {"traceparent": f"00-{trace}-{caller}-01"}
        answer = await http.post("/v1/sessions", json=draft, headers=headers)
        assert answer.status_code == 201, answer.text
        listener.user_id = str(answer.json()["ownerUserId"])
        await listener.ended(UUID(answer.json()["_audioJobId"]))
        await troupe.quiet()

        async def complete() -> list[SeenSpan] | None:
            spans = collector.of(trace)
            heard = {s.attributes.get(ROUTING_KEY) for s in spans if s.kind == CONSUMER}
            # Each service sends its own when it likes: who handed over may tell after who heard.
            above = {s.parent for s in spans} - {s.id for s in spans}
            return spans if heard >= STEPS.keys() and above == {caller} else None

        spans = await eventually(complete)
    by_id = {span.id: span for span in spans}
    servers = [span for span in spans if span.kind == SERVER]
    assert [(span.service, span.parent) for span in servers] == [("gateway", caller)]
    # Every other span hangs below another one of this trace: there is one root, the caller's.
    assert {span.parent for span in spans} - by_id.keys() == {caller}
    for key, (sender, hearer) in STEPS.items():
        assert_handed_over(spans, by_id, key, sender, hearer)
    assert_works_below_its_message(spans, by_id)
    assert_says_nothing_private(
        spans, [line, str(listener.user_id), "Evening", *await keys(troupe)]
    )
    assert_logged(troupe, trace, line)
    await assert_kept_with_objects(troupe, trace)


def assert_handed_over(
    spans: list[SeenSpan], by_id: dict[str, SeenSpan], key: str, sender: str, hearer: str
) -> None:
    """Each handling of a message is the child of its sending by another service."""
    handled = [
        span
        for span in spans
        if span.kind == CONSUMER
        and span.attributes.get(ROUTING_KEY) == key
        and span.service == hearer
    ]
    assert handled, key
    for span in handled:
        parent = by_id[span.parent]
        assert (parent.kind, parent.service) == (PRODUCER, sender), key


def assert_works_below_its_message(spans: list[SeenSpan], by_id: dict[str, SeenSpan]) -> None:
    """Database, store, voice and rendering are below a message of the same service."""
    for attribute, services in WORK.items():
        found = [span for span in spans if attribute in span.attributes]
        assert {span.service for span in found} == services, attribute
        for span in found:
            parent = by_id[span.parent]
            assert (parent.kind, parent.service) == (CONSUMER, span.service), span.name
    rendered = {span.name for span in spans if span.name.startswith("render")}
    assert rendered == {"render read", "render track"}


def assert_says_nothing_private(spans: list[SeenSpan], private: list[str]) -> None:
    """Neither words nor people nor addresses: those tell who heard what."""
    told = str(spans)
    assert [secret for secret in private if secret in told] == []
    assert not any(span.events or span.failed for span in spans)


async def keys(troupe: Troupe) -> list[str]:
    """The addresses in the object store: what is behind the first part of a key."""
    return [key.split("/", 1)[1] for key in await troupe.objects()]


async def test_a_failure_is_kept_where_nothing_else_is(
    troupe: Troupe, collector: Collector, http: httpx.AsyncClient
) -> None:
    well, bad, caller = (secrets.token_hex(size) for size in (16, 16, 8))
    draft = {"title": "Evening", "affirmations": [new_line()], "voiceId": "nova"}
    unsampled = {"traceparent": f"00-{well}-{caller}-00"}
    answer = await http.post("/v1/sessions", json=draft, headers=unsampled)
    assert answer.status_code == 201, answer.text
    await troupe.quiet()
    troupe.actor("session").kill()
    unsampled = {"traceparent": f"00-{bad}-{caller}-00"}
    answer = await http.post("/v1/sessions", json=draft, headers=unsampled)
    assert answer.status_code == 503, answer.text

    async def told() -> list[SeenSpan] | None:
        return collector.of(bad) or None

    spans = await eventually(told)
    [server] = [span for span in spans if span.kind == SERVER]
    assert (server.name, server.parent, server.failed) == ("POST /sessions", caller, True)
    assert server.numbers["http.response.status_code"] == 503
    assert server.attributes["ab.kept_for"] == "error"
    # What went well was not sampled, and is forgotten.
    assert collector.of(well) == []


def assert_logged(troupe: Troupe, trace: str, line: str) -> None:
    """The gateway's line about the request has the trace; no log has the listener's words."""
    rows = [
        json.loads(row)
        for row in troupe.actor("gateway").log.read_text().splitlines()
        if row.startswith("{")
    ]
    requests = [row for row in rows if row["message"] == "request" and row.get("status") == 201]
    assert requests[-1]["trace_id"] == trace
    for name in TRACED:
        assert line not in troupe.actor(name).log.read_text()


async def assert_kept_with_objects(troupe: Troupe, trace: str) -> None:
    """Raw speech, prepared reads and the track name the trace that had them made."""
    found: dict[str, int] = {}
    async with ObjectStore(troupe.bucket.server, troupe.bucket.name) as store:
        for key in await troupe.objects():
            head = await store.client.head_object(Bucket=store.bucket, Key=key)
            if head["Metadata"].get("trace-id") == trace:
                kind = key.split("/")[0]
                found[kind] = found.get(kind, 0) + 1
    assert sorted(found.values()) == [1, 2, 2], found
    assert found["tracks"] == 1
