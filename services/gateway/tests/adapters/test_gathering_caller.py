"""Reads of sessions that come at once travel together, and nobody notices."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from ab_gateway.adapters.gathering_caller import GatheringCaller
from ab_shared.contracts import rpc
from ab_shared.contracts.session_reads import FoundSessions, GetSessions
from ab_shared.errors import DependencyUnavailable, NotFound


class Sessions:
    """The session service as far as its reads go; remembers how it was asked."""

    def __init__(self, held: rpc.SessionView) -> None:
        self.held = held
        self.old = False
        self.asked: list[Any] = []

    def call(self, request: Any, *, timeout: float = 5.0) -> Coroutine[Any, Any, Any]:
        return self._answer(request, timeout)

    async def _answer(self, request: Any, seconds: float) -> Any:
        self.asked.append(request)
        await asyncio.sleep(0)
        if isinstance(request, GetSessions) and self.old:
            raise DependencyUnavailable("nobody serves session.get_many.v1")
        if isinstance(request, GetSessions):
            found = tuple(self._find(one.session_id) for one in request.asked)
            return FoundSessions(sessions=found)
        if isinstance(request, rpc.GetSession):
            found_one = self._find(request.session_id)
            if found_one is None:
                raise NotFound("There is no such session")
            return found_one
        return seconds

    def _find(self, session_id: UUID) -> rpc.SessionView | None:
        return self.held if session_id == self.held.id else None


@pytest.fixture
def sessions() -> Sessions:
    at = datetime(2026, 1, 2, tzinfo=UTC)
    held = rpc.SessionView(
        id=uuid4(),
        owner_user_id="user",
        source="user",
        title="Calm",
        lines=("I welcome this calm morning",),
        voice_id="nova",
        version=1,
        created_at=at,
        updated_at=at,
    )
    return Sessions(held)


def read(session_id: UUID) -> rpc.GetSession:
    return rpc.GetSession(session_id=session_id, user_id="user")


async def test_one_alone_goes_as_it_is(sessions: Sessions) -> None:
    caller = GatheringCaller(sessions)
    assert await caller.call(read(sessions.held.id)) == sessions.held
    with pytest.raises(NotFound):
        await caller.call(read(uuid4()))
    assert [type(one) for one in sessions.asked] == [rpc.GetSession] * 2


async def test_a_crowd_shares_its_questions_and_not_its_answers(sessions: Sessions) -> None:
    caller = GatheringCaller(sessions)
    ids = [sessions.held.id if number % 2 else uuid4() for number in range(200)]
    found = await asyncio.gather(*(caller.call(read(i)) for i in ids), return_exceptions=True)
    assert [one == sessions.held for one in found] == [bool(n % 2) for n in range(200)]
    assert all(isinstance(one, NotFound) for one in found[::2])
    assert len(sessions.asked) < 10


async def test_a_service_of_the_previous_release_is_asked_one_by_one(sessions: Sessions) -> None:
    sessions.old = True
    caller = GatheringCaller(sessions)
    ids = [sessions.held.id, uuid4(), sessions.held.id]
    found = await asyncio.gather(*(caller.call(read(i)) for i in ids), return_exceptions=True)
    assert [one == sessions.held for one in found] == [True, False, True]
    assert isinstance(found[1], NotFound)


async def test_whatever_else_is_asked_passes_through(sessions: Sessions) -> None:
    other = rpc.ListSessions(user_id=None, limit=1, offset=0)
    assert await GatheringCaller(sessions).call(other, timeout=1.5) == 1.5
    assert sessions.asked == [other]
