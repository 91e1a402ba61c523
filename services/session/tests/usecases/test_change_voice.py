"""A track whose voice cannot speak gets the next voice, all of it, and says so."""

from __future__ import annotations

import pytest
from ab_session.domain.job import Stage
from ab_session.domain.stand_in import stand_in
from ab_shared.contracts import rpc
from ab_shared.contracts.commands import RenderTrack, SynthesizeRead
from ab_shared.contracts.events import PROVIDER_DOWN, VOICE_GONE
from session_memory.rig import LINES, Rig
from session_memory.studio import recipe

CHAIN = (recipe(), recipe(provider="second"), recipe(provider="third"))


class ChangeVoiceContract:
    """What holds on every store."""

    @pytest.mark.parametrize("code", [PROVIDER_DOWN, VOICE_GONE])
    async def test_the_whole_track_is_made_by_the_next_provider(self, rig: Rig, code: str) -> None:
        rig.studio.down["studio"] = code
        created = await rig.create()
        job = await rig.made(created)
        assert (job.stage, job.error) == (Stage.READY, None)
        session = await rig.session(created.session.id)
        assert session is not None
        assert session.recipe is not None
        assert session.audio is not None
        assert (session.recipe.provider, session.recipe.instead_of) == ("second", "studio")
        assert session.audio.track_address == job.track_address == session.wanted_track
        (track,) = [one for one in rig.studio.asked if isinstance(one, RenderTrack)]
        assert track.track_address == job.track_address
        report = await rig.ask(rpc.GetAudioReport(session_id=session.id, user_id="user"))
        assert report.instead_of == "studio"
        asked = [one for one in rig.studio.asked if isinstance(one, SynthesizeRead)]
        second = {one.speech_address for one in asked if one.recipe.provider == "second"}
        assert rig.studio.speech == second
        assert len(track.reads) == len(second)

    async def test_a_read_that_the_first_one_spoke_is_not_spliced_in(self, rig: Rig) -> None:
        rig.muted = True
        created = await rig.create()
        await rig.settle()
        spoken, *_ = rig.held_back
        rig.muted, rig.held_back = False, rig.held_back[1:]
        await rig.work(spoken)
        rig.studio.down["studio"] = PROVIDER_DOWN
        await rig.release()
        job = await rig.job(created.job.id)
        assert job.stage is Stage.READY
        (track,) = [one for one in rig.studio.asked if isinstance(one, RenderTrack)]
        assert isinstance(spoken, SynthesizeRead)
        assert spoken.speech_address in rig.studio.speech
        assert len(rig.studio.speech) == len(track.reads) + 1
        assert len(rig.reserved) == 1

    async def test_behind_the_last_voice_the_job_fails_and_gives_back(self, rig: Rig) -> None:
        rig.studio.down = dict.fromkeys(("studio", "second", "third"), PROVIDER_DOWN)
        created = await rig.create()
        job = await rig.made(created)
        assert job.stage is Stage.FAILED
        assert "The voice is away" in (job.error or "")
        assert not rig.holding

    async def test_a_text_that_cannot_be_said_changes_no_voice(self, rig: Rig) -> None:
        rig.studio.unspeakable.add(LINES[0])
        created = await rig.create()
        assert (await rig.made(created)).stage is Stage.FAILED
        session = await rig.session(created.session.id)
        assert session is not None
        assert session.recipe is not None
        assert session.recipe.instead_of is None

    async def test_who_is_erased_takes_along_what_the_first_voice_said(self, rig: Rig) -> None:
        rig.studio.down["studio"] = PROVIDER_DOWN
        created = await rig.create()
        await rig.made(created)
        async with rig.store.begin() as unit:
            left = await unit.library.left_sounds("user")
        assert {said.provider for _, said in left.lines} == {"studio"}
        assert {line for line, _ in left.lines} == set(created.session.lines)


class TestChangeVoiceInMemory(ChangeVoiceContract):
    @pytest.fixture
    def rig(self, memory_rig: Rig) -> Rig:
        return memory_rig


@pytest.mark.real
class TestChangeVoiceOnPostgres(ChangeVoiceContract):
    @pytest.fixture
    def rig(self, postgres_rig: Rig) -> Rig:
        return postgres_rig


def test_the_order_of_those_who_stand_in() -> None:
    first, second, third = CHAIN
    old = recipe(version="0").model_copy(update={"model": "m0"})
    stranger = recipe(provider="stranger")

    def after(failed: object, *, gone: bool = False) -> tuple[str, str, str | None] | None:
        found = stand_in(CHAIN, recipe().model_validate(failed), gone=gone)
        return found and (found.provider, found.model, found.instead_of)

    assert after(first) == ("second", "m1", "studio")
    assert after(second) == ("third", "m1", "second")
    assert after(third) is None
    assert after(stranger) == ("studio", "m1", "stranger")
    assert after(old, gone=True) == ("studio", "m1", "studio")
    assert after(old) == ("second", "m1", "studio")
    assert after(first, gone=True) == ("second", "m1", "studio")
    moved = second.model_copy(update={"instead_of": "studio"})
    assert after(moved) == ("third", "m1", "studio")
