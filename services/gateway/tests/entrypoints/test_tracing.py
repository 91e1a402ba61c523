"""Every request is one span, by templates alone, below whatever the caller was doing."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from ab_gateway.entrypoints.http.middleware import DURATION, PROMISED
from ab_shared.testing.spans import recorded
from opentelemetry import context
from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanKind, StatusCode
from prometheus_client import REGISTRY
from prometheus_client.openmetrics.exposition import generate_latest
from prometheus_client.registry import CollectorRegistry

SECRET = "somebodys-secret"


async def asked(world: Any, method: str, path: str, **more: Any) -> tuple[Any, list[ReadableSpan]]:
    """The answer, and the spans of servers."""
    with recorded() as spans:
        # As a server would: nothing is current but what the request brings.
        token = context.attach(Context())
        answer = await world.client.request(method, path, **more)
        context.detach(token)
        return answer, [span for span in spans if span.kind is SpanKind.SERVER]


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("GET", "/v1/me/entitlement", "GET /me/entitlement"),
        ("GET", "/v1/sessions", "GET /sessions"),
        ("GET", "/sessions?limit=2", "GET /sessions"),
        ("GET", "/v1/me", "GET /me"),
        ("POST", "/v1/sessions", "POST /sessions"),
        ("GET", f"/v1/{SECRET}", "GET unknown"),
        ("BREW", "/v1/sessions", "_OTHER unknown"),
    ],
)
async def test_a_request_is_one_span(world: Any, method: str, path: str, name: str) -> None:
    headers = {**world.auth(), "traceparent": f"00-{0xABC:032x}-{0xDEF:016x}-01"}
    answer, [span] = await asked(world, method, path, headers=headers)
    said = span.attributes or {}
    assert span.name in {name, "_OTHER /sessions"}
    assert said["http.request.method"] == name.partition(" ")[0]
    assert said["http.response.status_code"] == answer.status_code
    assert span.status.status_code is StatusCode.UNSET
    assert span.parent is not None
    assert (span.parent.trace_id, span.parent.span_id) == (0xABC, 0xDEF)
    assert SECRET not in span.to_json()


async def test_ids_and_queries_are_not_told(world: Any) -> None:
    wanted = uuid4()
    path = f"/v1/sessions/{wanted}?q={SECRET}"
    _, [span] = await asked(world, "GET", path, headers=world.auth())
    assert span.name == "GET /sessions/{session_id}"
    assert str(wanted) not in span.to_json()
    assert SECRET not in span.to_json()


async def test_what_a_client_adds_to_its_trace_goes_no_further(world: Any) -> None:
    headers = {
        **world.auth(),
        "traceparent": f"00-{0xABC:032x}-{0xDEF:016x}-01",
        "tracestate": f"app={SECRET}",
    }
    _, [span] = await asked(world, "GET", "/v1/sessions", headers=headers)
    assert span.context.trace_id == 0xABC
    assert not span.context.trace_state


async def test_a_request_without_a_trace_begins_one(world: Any) -> None:
    _, [span] = await asked(world, "GET", "/v1/sessions")
    assert span.parent is None


@pytest.mark.parametrize("path", ["/health", "/v1/health"])
async def test_the_light_has_none(world: Any, path: str) -> None:
    answer, spans = await asked(world, "GET", path)
    assert (answer.status_code, spans) == (200, [])


async def test_the_metric_names_the_trace(world: Any) -> None:
    trace_id = f"{0xFACE:032x}"
    headers = {**world.auth(), "traceparent": f"00-{trace_id}-{0xDEF:016x}-01"}
    await asked(world, "GET", "/v1/sessions", headers=headers)
    registry = CollectorRegistry()
    registry.register(DURATION)
    assert f'# {{trace_id="{trace_id}"}}' in generate_latest(registry).decode()


@pytest.mark.parametrize(("method", "route"), PROMISED)
@pytest.mark.parametrize("status", ["500", "503"])
async def test_the_first_failure_of_what_is_promised_is_counted_from_nought(
    world: Any, method: str, route: str, status: str
) -> None:
    paths = {path.removeprefix("/v1") for path in world.app.openapi()["paths"]}
    assert route in paths
    labels = {
        "http_request_method": method,
        "http_route": route,
        "http_response_status_code": status,
    }
    name = "http_server_request_duration_seconds_count"
    assert REGISTRY.get_sample_value(name, labels) is not None
