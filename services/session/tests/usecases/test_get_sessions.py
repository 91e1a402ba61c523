"""Several sessions asked for at once: each question sees what it would have seen alone."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from ab_session.domain.catalogue import CATALOGUE
from ab_shared.contracts import rpc
from ab_shared.contracts.session_reads import AskedSession, GetSessions
from ab_shared.errors import NotFound
from session_memory.rig import Rig


async def alone(rig: Rig, session_id: UUID, user_id: str | None) -> rpc.SessionView | None:
    try:
        return await rig.ask(rpc.GetSession(session_id=session_id, user_id=user_id))
    except NotFound:
        return None


class GetSessionsContract:
    """On every store."""

    async def test_each_question_is_answered_as_if_it_came_alone(self, rig: Rig) -> None:
        await rig.wired.seed()
        own = (await rig.create()).session.id
        questions = [
            (session_id, user)
            for session_id in (own, CATALOGUE[0].id, uuid4())
            for user in ("user", "somebody else", None)
        ]
        asked = tuple(AskedSession(session_id=s, user_id=u) for s, u in questions)
        found = await rig.ask(GetSessions(asked=asked))
        assert list(found.sessions) == [await alone(rig, *question) for question in questions]
        # Their owner's, the catalogue's for all three, and nobody's.
        seen = [one is not None for one in found.sessions]
        assert seen == [True, False, False, *[True] * 3, *[False] * 3]


class TestMemory(GetSessionsContract):
    @pytest.fixture
    def rig(self, memory_rig: Rig) -> Rig:
        return memory_rig


@pytest.mark.real
class TestPostgres(GetSessionsContract):
    @pytest.fixture
    def rig(self, postgres_rig: Rig) -> Rig:
        return postgres_rig
