"""Erasing on the real tables: what was theirs alone is given away to be deleted, files too."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from ab_session.adapters.erasing import LINES_OF_OTHERS, TRACKS_OF, TRACKS_OF_OTHERS
from ab_session.adapters.tables import METADATA
from ab_session.domain.erasing import LATE_PART
from ab_shared.contracts.commands import RenderTrack
from ab_shared.contracts.events import JobChanged
from ab_shared.contracts.mixdowns import MixdownRendered, RenderMixdown, RequestMixdown
from ab_shared.contracts.privacy import (
    EraseAudio,
    Erased,
    EraseSpeech,
    ErasureRequested,
    UserErased,
)
from ab_shared.contracts.rpc import EnsureAudio
from ab_shared.errors import NotFound
from ab_shared.testing.infra import NewDatabase
from session_memory.rig import Rig, draft
from session_memory.studio import asset
from sqlalchemy import func, select, text

pytestmark = pytest.mark.real
ERASURE = UUID(int=7)
SHARED, OWN, THEIRS = "I share this with a friend.", "I keep this to myself.", "I am a friend."


class Lives:
    """Listeners with files to keep, and their erasure."""

    def __init__(self, rig: Rig, engine: Any) -> None:
        self.rig, self.engine = rig, engine
        rig.pro = {"user": 120, "friend": 120}

    async def session(self, user: str, *lines: str) -> UUID:
        created = await self.rig.create(draft(*lines), user=user)
        await self.rig.made(created)
        return created.session.id

    async def file(self, user: str, session_id: UUID, *, made: bool = True) -> RenderMixdown | None:
        """What stitching was asked for, if anything, and perhaps has done."""
        before = len(self.rig.mixing)
        wanted = RequestMixdown(session_id=session_id, user_id=user, minutes=5)
        await self.rig.ask(wanted)
        await self.rig.settle()
        if len(self.rig.mixing) == before:
            return None
        if made:
            await self.done(self.rig.mixing[-1])
        return self.rig.mixing[-1]

    async def done(self, order: RenderMixdown) -> None:
        address = order.mixdown_address
        event = MixdownRendered(
            mixdown_address=address,
            asset=asset(f"mixdowns/{address}/Mine.m4a", 300_000),
            loudness_lufs=-19.9,
            true_peak_dbtp=-2.0,
            profile_version="mixdown-1",
            render_ms=1,
        )
        await self.say(event)

    async def say(self, event: Any) -> None:
        await self.rig.broker.send(event)
        await self.rig.settle()

    async def erase(self) -> None:
        await self.say(ErasureRequested(erasure_id=ERASURE, user_id="user"))

    def told(self, kind: Any) -> list[Any]:
        """What left for others, told once more or not."""
        return list(self.rig.broker.messages(kind))

    def files(self) -> list[str]:
        return [name for one in self.told(EraseAudio) for name in one.mixdowns]

    async def left(self, user: str) -> dict[str, int]:
        """Rows with an owner."""
        counts: dict[str, int] = {}
        async with self.engine.connect() as connection:
            for name in ("sessions", "jobs", "mixdown_jobs"):
                table = METADATA.tables[name]
                owned = select(func.count()).where(table.c.owner_user_id == user)
                counts[name] = await connection.scalar(owned)
        return counts


NOTHING = {"sessions": 0, "jobs": 0, "mixdown_jobs": 0}


@pytest.fixture
async def lives(database: NewDatabase) -> Any:
    made = await database("session")
    rig = Rig(made.engine)
    await rig.start()
    yield Lives(rig, made.engine)
    await rig.stop()


async def test_all_that_was_theirs_alone_is_to_be_deleted(lives: Lives) -> None:
    theirs = await lives.session("friend", SHARED, THEIRS)
    kept = await lives.file("friend", theirs)
    mine = await lives.session("user", SHARED, OWN)
    order = await lives.file("user", mine)
    assert kept is not None
    assert order is not None
    friends = await lives.left("friend")
    await lives.erase()
    assert await lives.left("user") == NOTHING
    assert await lives.left("friend") == friends == {"sessions": 1, "jobs": 1, "mixdown_jobs": 1}
    assert lives.files() == [order.mixdown_address]
    audio, speech = lives.told(EraseAudio), lives.told(EraseSpeech)
    # Two performances of one line; the shared line is a friend's too.
    assert [len(one.speech) for one in speech] == [2]
    assert sum(len(one.prepared) for one in audio) == 2
    assert sum(len(one.tracks) for one in audio) == 1
    (report,) = lives.told(Erased)
    assert report.parts == {"tts": len(speech), "stitching": len(audio)}
    assert (report.counts["sessions"], report.counts["mixdown_jobs"]) == (1, 1)
    numbers = sorted(one.part for one in audio)
    assert numbers == list(range(len(audio)))


async def test_a_file_that_a_friend_has_as_well_stays(lives: Lives) -> None:
    mine, theirs = [await lives.session(user, SHARED) for user in ("user", "friend")]
    order = await lives.file("user", mine)
    assert order is not None
    assert await lives.file("friend", theirs) is None
    await lives.erase()
    assert (lives.files(), lives.told(EraseSpeech)) == ([], [])
    state = await lives.rig.ask(RequestMixdown(session_id=theirs, user_id="friend", minutes=5))
    assert state.ready
    with pytest.raises(NotFound):
        await lives.rig.ask(RequestMixdown(session_id=mine, user_id="user", minutes=5))


async def test_a_file_in_the_making_is_stopped_and_goes_if_it_comes_all_the_same(
    lives: Lives,
) -> None:
    order = await lives.file("user", await lives.session("user", OWN), made=False)
    assert order is not None
    before = len(lives.told(JobChanged))
    await lives.erase()
    assert lives.rig.called_off == [order.job_id]
    assert lives.files() == [order.mixdown_address]
    assert len(lives.told(JobChanged)) == before
    await lives.done(order)
    assert lives.files() == [order.mixdown_address] * 2
    assert lives.told(EraseAudio)[-1].part == LATE_PART
    assert await lives.left("user") == NOTHING


async def test_a_file_that_two_wait_for_is_made_for_the_other(lives: Lives) -> None:
    mine, theirs = [await lives.session(user, SHARED) for user in ("user", "friend")]
    order = await lives.file("user", mine, made=False)
    await lives.file("friend", theirs, made=False)
    assert order is not None
    await lives.erase()
    assert (lives.files(), lives.rig.called_off) == ([], [])
    await lives.done(order)
    state = await lives.rig.ask(RequestMixdown(session_id=theirs, user_id="friend", minutes=5))
    assert state.ready
    assert lives.files() == []


async def test_asked_again_it_says_and_orders_the_same(lives: Lives) -> None:
    await lives.file("user", await lives.session("user", OWN))
    await lives.erase()
    first = [lives.told(kind) for kind in (EraseAudio, EraseSpeech, Erased)]
    lives.rig.clock.advance(90)
    await lives.erase()
    again = [lives.told(kind) for kind in (EraseAudio, EraseSpeech, Erased)]
    assert again == [one * 2 for one in first]


async def test_what_crossed_it_goes_at_its_end_and_nothing_later(lives: Lives) -> None:
    await lives.session("user", OWN)
    await lives.erase()
    lives.rig.clock.advance(1)
    order = await lives.file("user", await lives.session("user", THEIRS))
    assert order is not None
    for _ in range(2):
        await lives.say(UserErased(erasure_id=ERASURE))
        assert await lives.left("user") == NOTHING
        assert lives.files() == [order.mixdown_address]
    # Somebody new under the same name is not touched by a message that comes late.
    mine = await lives.session("user", SHARED)
    await lives.erase()
    await lives.say(UserErased(erasure_id=ERASURE))
    assert (await lives.rig.session(mine)) is not None


async def test_a_track_that_a_friend_plays_while_their_new_one_is_made_stays(lives: Lives) -> None:
    mine, theirs = [await lives.session(user, SHARED) for user in ("user", "friend")]
    session = await lives.rig.session(mine)
    assert session is not None
    assert session.audio is not None
    sessions = METADATA.tables["sessions"]
    edited = sessions.update().where(sessions.c.id == theirs)
    async with lives.engine.begin() as connection:
        await connection.execute(edited.values(lines=[THEIRS], wanted_track="of new lines"))
    await lives.erase()
    doomed = {name for one in lives.told(EraseAudio) for name in one.tracks}
    assert session.audio.track_address not in doomed
    assert (await lives.rig.ask(EnsureAudio(session_id=theirs, user_id="friend"))).ready


async def test_what_a_friend_wished_for_by_a_slow_clock_is_asked_for_once_more(
    lives: Lives,
) -> None:
    await lives.session("user", OWN)
    await lives.erase()
    # By a clock that is behind: it is made, and erased all the same.
    theirs = await lives.session("friend", OWN)
    held = list(lives.rig.reserved)
    wanted = EnsureAudio(session_id=theirs, user_id="friend")
    assert (await lives.rig.ask(wanted)).ready
    rendered = len(lives.told(RenderTrack))
    await lives.say(UserErased(erasure_id=ERASURE))
    assert not (await lives.rig.ask(wanted)).ready
    await lives.rig.settle()
    assert (await lives.rig.ask(wanted)).ready
    assert len(lives.told(RenderTrack)) == rendered + 1
    assert lives.rig.reserved == held


async def test_no_statement_under_the_lock_reads_a_table_through(lives: Lives) -> None:
    given = {"user_id": "user", "lines": [OWN], "tracks": ["t"]}
    files = text("SELECT FROM mixdown_jobs WHERE owner_user_id = :user_id")
    for query in (TRACKS_OF, TRACKS_OF_OTHERS, LINES_OF_OTHERS, files):
        async with lives.engine.begin() as connection:
            await connection.execute(text("SET LOCAL enable_seqscan = off"))
            plan = await connection.execute(text(f"EXPLAIN {query.text}"), given)
            assert "Seq Scan" not in "\n".join(plan.scalars())
