"""What edits and deletions left behind goes after a week, and only what nobody else has."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from ab_session.domain.erasing import reads_of
from ab_session.usecases.forget_left import BATCH, ForgetLeft
from ab_shared.contracts.commands import RenderTrack, SynthesizeRead
from ab_shared.contracts.editing import DeleteSession, EditedSession, EditSession
from ab_shared.contracts.privacy import EraseAudio, EraseSpeech
from ab_shared.errors import FreeLimitReached
from session_memory.rig import KEY, Rig, draft
from session_memory.studio import recipe

DAY = 86_400.0
OLD, SHARED, NEW = "I keep this to myself.", "I share this with a friend.", "I write this anew."
WEEK = timedelta(days=7)


def sweeper(rig: Rig) -> ForgetLeft:
    return ForgetLeft(rig.store, KEY, rig.clock, WEEK)


def speech(*lines: str) -> frozenset[str]:
    return reads_of(KEY, [(line, recipe()) for line in lines]).speech


def prepared(*lines: str) -> frozenset[str]:
    return reads_of(KEY, [(line, recipe()) for line in lines]).prepared


class ForgetLeftContract:
    """What every store gives whoever cleans up."""

    async def _session(self, rig: Rig, *lines: str, user: str = "user") -> UUID:
        created = await rig.create(draft(*lines), user=user)
        await rig.made(created)
        return created.session.id

    async def _edit(
        self, rig: Rig, session_id: UUID, *lines: str, user: str = "user"
    ) -> EditedSession:
        edited = await rig.ask(EditSession(session_id=session_id, user_id=user, lines=lines))
        await rig.settle()
        return edited

    async def _delete(self, rig: Rig, session_id: UUID, user: str = "user") -> None:
        await rig.ask(DeleteSession(session_id=session_id, user_id=user))
        await rig.settle()

    async def _sweep(self, rig: Rig, days: float = 0.0) -> int:
        rig.clock.advance(days * DAY)
        deleted = await sweeper(rig)()
        await rig.settle()
        return deleted

    def _gone(self, rig: Rig) -> dict[str, set[str]]:
        audio = rig.broker.messages(EraseAudio)
        return {
            "speech": {n for c in rig.broker.messages(EraseSpeech) for n in c.speech},
            "prepared": {n for c in audio for n in c.prepared},
            "tracks": {n for c in audio for n in c.tracks},
            "mixdowns": {n for c in audio for n in c.mixdowns},
        }

    async def _left(self, rig: Rig, user: str = "user") -> Any:
        async with rig.store.begin() as unit:
            return await unit.library.left_sounds(user)

    async def test_an_edited_session_keeps_nothing_of_before(self, rig: Rig) -> None:
        await self._session(rig, SHARED, user="friend")
        session_id = await self._session(rig, OLD, SHARED)
        before = await rig.session(session_id)
        await self._edit(rig, session_id, NEW)
        assert await self._sweep(rig, 6.9) == 0
        assert await self._left(rig)
        # Two reads of a line, raw and prepared, and the track.
        assert await self._sweep(rig, 0.2) == 5
        assert not await self._left(rig)
        assert before is not None
        assert self._gone(rig) == {
            "speech": speech(OLD),
            "prepared": prepared(OLD),
            "tracks": {before.wanted_track},
            "mixdowns": set(),
        }
        # Once more finds nothing, and nothing is commanded twice.
        assert await self._sweep(rig, 1) == 0
        assert len(rig.broker.messages(EraseSpeech)) == len(rig.broker.messages(EraseAudio)) - 1

    async def test_what_somebody_wants_again_is_made_again(self, rig: Rig) -> None:
        session_id = await self._session(rig, OLD)
        await self._delete(rig, session_id)
        await self._sweep(rig, 8)
        asked = len(rig.broker.messages(SynthesizeRead))
        rendered = len(rig.broker.messages(RenderTrack))
        again = await self._session(rig, OLD)
        session = await rig.session(again)
        assert session is not None
        assert session.audio is not None
        assert len(rig.broker.messages(SynthesizeRead)) == asked + 2
        assert len(rig.broker.messages(RenderTrack)) == rendered + 1
        # What tts and stitching were told goes by what was asked for before: this wish is later.
        assert all(c.erased_at < rig.clock() for c in rig.broker.messages(EraseSpeech))

    async def test_an_edit_taken_back_in_time_costs_nothing(self, rig: Rig) -> None:
        session_id = await self._session(rig, OLD)
        await self._edit(rig, session_id, NEW)
        await self._sweep(rig, 6)
        spoken, spent = len(rig.broker.messages(SynthesizeRead)), len(rig.reserved)
        back = await self._edit(rig, session_id, OLD)
        assert (back.new_reads, back.session.audio is not None) == (0, True)
        # The note of the first edit is a week old now, and what it says is in use.
        await self._sweep(rig, 2)
        assert self._gone(rig)["speech"] == set()
        assert (await self._edit(rig, session_id, NEW)).new_reads == 0
        assert (await self._edit(rig, session_id, OLD)).new_reads == 0
        assert (len(rig.broker.messages(SynthesizeRead)), len(rig.reserved)) == (spoken, spent)
        session = await rig.session(session_id)
        assert session is not None
        assert session.audio is not None
        assert session.audio.track_address == session.wanted_track

    async def test_a_line_goes_with_the_last_one_who_left_it(self, rig: Rig) -> None:
        mine = await self._session(rig, SHARED)
        theirs = await self._session(rig, SHARED, user="friend")
        await self._edit(rig, mine, NEW)
        rig.clock.advance(6 * DAY)
        await self._edit(rig, theirs, NEW, user="friend")
        assert await self._sweep(rig, 2) == 0
        assert not await self._left(rig)
        # My week is over and theirs is not: for them it still costs nothing.
        assert (await self._edit(rig, theirs, SHARED, user="friend")).new_reads == 0
        await self._edit(rig, theirs, NEW, user="friend")
        await self._sweep(rig, 8)
        assert self._gone(rig)["speech"] == speech(SHARED)
        assert not await self._left(rig, "friend")

    async def test_another_voice_is_another_sound(self, rig: Rig) -> None:
        session_id = await self._session(rig, OLD)
        await rig.ask(EditSession(session_id=session_id, user_id="user", voice_id="onyx"))
        await rig.settle()
        await self._sweep(rig, 8)
        assert self._gone(rig)["speech"] == speech(OLD)
        session = await rig.session(session_id)
        assert session is not None
        assert session.audio is not None

    async def test_what_a_job_waits_for_stays(self, rig: Rig) -> None:
        gone = await self._session(rig, OLD)
        await self._delete(rig, gone)
        rig.muted = True
        created = await rig.create(draft(OLD, NEW), user="friend")
        await rig.settle()
        await self._sweep(rig, 8)
        assert self._gone(rig)["speech"] == self._gone(rig)["prepared"] == set()
        await rig.release()
        assert (await rig.job(created.job.id)).stage.value == "ready"

    async def test_many_go_in_batches(self, rig: Rig) -> None:
        lines = [f"I am the line of number {number}." for number in range(BATCH)]
        for start in range(0, BATCH, 10):
            session_id = await self._session(rig, *lines[start : start + 10])
            await self._delete(rig, session_id)
        assert await self._sweep(rig, 8) == 4 * BATCH + 10
        assert self._gone(rig)["speech"] == speech(*lines)
        assert all(len(c.speech) <= BATCH for c in rig.broker.messages(EraseSpeech))
        assert not await self._left(rig)

    async def test_one_who_has_no_generation_left_loses_nothing_in_time(self, rig: Rig) -> None:
        rig.generations["user"] = 2
        session_id = await self._session(rig, OLD)
        await self._edit(rig, session_id, NEW)
        await self._sweep(rig, 6)
        await self._edit(rig, session_id, OLD)
        await self._sweep(rig, 8)
        # NEW is gone by now, and OLD is what the session says.
        assert self._gone(rig)["speech"] == speech(NEW)
        with pytest.raises(FreeLimitReached):
            await self._edit(rig, session_id, NEW)


class TestForgetLeftInMemory(ForgetLeftContract):
    @pytest.fixture
    def rig(self, memory_rig: Rig) -> Rig:
        return memory_rig


@pytest.mark.real
class TestForgetLeftInPostgres(ForgetLeftContract):
    @pytest.fixture
    def rig(self, postgres_rig: Rig) -> Rig:
        return postgres_rig

    async def test_several_instances_take_turns(self, rig: Rig) -> None:
        for number in range(12):
            session_id = await self._session(rig, f"I am the line of number {number}.")
            await self._delete(rig, session_id)
        rig.clock.advance(8 * DAY)
        # 12 lines of two reads, raw and prepared, and 12 tracks: by whichever instance, once.
        assert sum(await asyncio.gather(*(sweeper(rig)() for _ in range(4)))) == 12 * 5
        await rig.settle()
        names = [name for c in rig.broker.messages(EraseSpeech) for name in c.speech]
        assert len(names) == len(set(names)) == 24

    async def test_whoever_makes_the_line_at_this_moment_has_it(self, rig: Rig) -> None:
        for number in range(6):
            line = f"I am the line of number {number}."
            await self._delete(rig, await self._session(rig, line))
            rig.clock.advance(8 * DAY)
            made, _ = await asyncio.gather(rig.create(draft(line), user="friend"), sweeper(rig)())
            await rig.settle()
            session = await rig.session(made.session.id)
            assert session is not None
            assert session.audio is not None
            async with rig.store.begin() as unit:
                track = await unit.sounds.track(session.audio.track_address)
            assert track is not None
