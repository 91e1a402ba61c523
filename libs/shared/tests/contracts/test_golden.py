"""One sample of each message is checked in: what once was sent must be readable for ever.

A sample changes only by adding what is new and optional; anything else is a new version.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ab_shared.contracts.base import Contract, Request
from ab_shared.contracts.catalogue import ROUTES, Route
from ab_shared.contracts.envelope import wrap
from ab_shared.messaging.codec import decode, encode, message_in

GOLDEN = Path(__file__).parent / "golden"
REQUESTS = tuple(r for r in ROUTES if issubclass(r.message, Request))


def key_of(route: Route) -> str:
    return route.routing_key


def sample(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))
    return found


def reply_type(route: Route) -> type[Contract]:
    assert issubclass(route.message, Request)
    return route.message.reply_type


def as_json(model: Contract) -> Any:
    return json.loads(model.model_dump_json())


def test_there_is_a_sample_for_each_message_and_each_answer_and_for_nothing_else() -> None:
    wanted = {f"{route.routing_key}.json" for route in ROUTES}
    wanted |= {f"{route.routing_key}.reply.json" for route in REQUESTS}
    assert {path.name for path in GOLDEN.iterdir()} == wanted


@pytest.mark.parametrize("route", ROUTES, ids=key_of)
def test_a_message_is_read_and_written_as_it_was(route: Route) -> None:
    golden = sample(route.routing_key)
    envelope = decode(json.dumps(golden).encode())
    message = message_in(envelope)
    assert type(message) is route.message
    assert json.loads(encode(envelope)) == golden
    again = wrap(message, producer=envelope.producer, correlation_id=envelope.correlation_id)
    assert json.loads(encode(again))["data"] == golden["data"]
    assert again.routing_key == route.routing_key


@pytest.mark.parametrize("route", REQUESTS, ids=key_of)
def test_an_answer_is_read_and_written_as_it_was(route: Route) -> None:
    golden = sample(f"{route.routing_key}.reply")
    answer = reply_type(route).model_validate_json(json.dumps(golden))
    assert as_json(answer) == golden


@pytest.mark.parametrize("route", ROUTES, ids=key_of)
def test_what_a_newer_sender_adds_is_ignored(route: Route) -> None:
    golden = sample(route.routing_key)
    newer = golden | {"added": 1, "data": golden["data"] | {"added": {"deep": [1]}}}
    envelope = decode(json.dumps(newer).encode())
    assert as_json(message_in(envelope)) == golden["data"]


@pytest.mark.parametrize("route", REQUESTS, ids=key_of)
def test_what_a_newer_answer_adds_is_ignored(route: Route) -> None:
    golden = sample(f"{route.routing_key}.reply")
    answer = reply_type(route).model_validate_json(json.dumps(golden | {"added": 1}))
    assert as_json(answer) == golden


@pytest.mark.parametrize("route", ROUTES, ids=key_of)
def test_a_sample_says_something_about_every_field(route: Route) -> None:
    assert set(sample(route.routing_key)["data"]) == set(route.message.model_fields)
