"""What would count as not refused, so that 'all refused' says something."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest

from attacks.attack import Attack, NotRefusedError, NotTriedError, demand
from attacks.run import Tally, all_attacks, fire
from attacks.wire import Answer, exchange
from attacks.world import Person, World

GOOD = {"code": "UNAUTHORIZED", "message": "Sign in first", "requestId": "abcdef"}
ALICE = Person("a@example.com", "alices-password", "alices-access-token", "alices-refresh-token")


@pytest.fixture
def world() -> World:
    stack: dict[str, Any] = {
        "gateway_url": "http://127.0.0.1:1",
        "infrastructure": {"postgres": {"password": "the-database-password"}},
    }
    return World(stack, httpx.AsyncClient(), ALICE, ALICE)


def answer(status: int = 401, *headers: tuple[str, str], **changes: Any) -> Answer:
    return Answer(status, headers, json.dumps({**GOOD, **changes}).encode())


def test_a_proper_refusal_counts(world: World) -> None:
    world.check(answer(), 401, "UNAUTHORIZED", hides=["evil"])


BROKEN = {
    "another status": answer(200),
    "another code": answer(code="FORBIDDEN"),
    "no body": Answer(401, (), b""),
    "no JSON": Answer(401, (), b"Unauthorized"),
    "digits in the request id": answer(requestId="a401"),
    "a field of its own": answer(trace="x"),
    "a stack trace": answer(message="Traceback (most recent call last)"),
    "a file's name": answer(message='File "/srv/x'),
    "an echo": answer(message="no such thing: evil"),
    "an echo in a header": answer(401, ("location", "/evil")),
    "a password": answer(message="the-database-password"),
    "the victim's token": answer(message=ALICE.token),
    "its server": answer(401, ("server", "nginx")),
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN.keys())
def test_anything_else_does_not(world: World, broken: Answer) -> None:
    with pytest.raises(NotRefusedError):
        world.check(broken, 401, "UNAUTHORIZED", hides=["evil"])


async def test_a_server_that_is_not_well_afterwards_is_noticed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refused(_: World) -> None:
        """Refuses."""

    async def dead() -> None:
        demand(condition=False, otherwise="no health")

    monkeypatch.setattr(world, "check_alive", dead)
    with pytest.raises(NotRefusedError, match="no health"):
        await fire(world, Attack("x", refused))


async def test_every_answer_on_a_connection_is_seen() -> None:
    body = b"HTTP/1.1 400 Bad\r\nContent-Length: 2\r\n\r\nno"
    hidden = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nyes\r\n0\r\n\r\n"

    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(body + hidden)
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        found = await exchange(f"http://127.0.0.1:{port}", [b"GET / HTTP/1.1\r\n\r\n"])
    assert [(one.status, one.body) for one in found.answers] == [(400, b"no"), (200, b"yes")]
    assert found.closed


def test_what_cannot_be_tried_is_told_by_name(world: World) -> None:
    del world
    tally = Tally(refused=3, not_refused={"a": "b"}, not_tried={"c": str(NotTriedError("d"))})
    assert tally.told() == {
        "tried": 4,
        "refused": 3,
        "not_refused": {"a": "b"},
        "not_tried": {"c": "d"},
    }


def test_the_list_is_long_and_covers_every_route_with_an_id() -> None:
    names = [one.name for one in all_attacks()]
    assert len(names) > 300
    for route in ("GET /v1/sessions/{session_id}", "GET /v1/jobs/{job_id}/events"):
        assert f"id guessing: {route}" in names
