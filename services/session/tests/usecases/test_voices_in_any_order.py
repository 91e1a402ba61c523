"""Whatever providers fail, and in whatever order it is heard of: a track is one voice, or none."""

from __future__ import annotations

import asyncio
from collections import Counter

from ab_session.domain.job import Stage
from ab_shared.contracts.commands import RenderTrack, SynthesizeRead
from ab_shared.contracts.events import PROVIDER_DOWN, VOICE_GONE, ReadFailed
from hypothesis import given, settings
from hypothesis import strategies as st
from session_memory.rig import Rig
from session_memory.studio import Studio

CODES = (PROVIDER_DOWN, VOICE_GONE)
PROVIDERS = ("studio", "second", "third")
MOST_STEPS = 200


class Play:
    """A studio whose answers come in the order that is drawn, some of them twice."""

    def __init__(self, rig: Rig, data: st.DataObject) -> None:
        self.rig, self.data = rig, data
        self.failed: list[ReadFailed] = []
        self.steps = 0

    async def run(self) -> None:
        """Until nothing is left to be done."""
        await self.rig.settle()
        while self.rig.held_back:
            self.steps += 1
            assert self.steps < MOST_STEPS, "voices change for ever"
            place = self.data.draw(st.integers(0, len(self.rig.held_back) - 1))
            command = self.rig.held_back.pop(place)
            if isinstance(command, SynthesizeRead):
                self._weather()
            event = self.rig.studio.answer(command)
            if event is not None:
                await self.rig.broker.send(event)
                if isinstance(event, ReadFailed):
                    self.failed.append(event)
                if self.data.draw(st.booleans()):
                    await self.rig.broker.send(event)
            if self.failed and self.data.draw(st.booleans()):
                await self.rig.broker.send(self.data.draw(st.sampled_from(self.failed)))
            await self.rig.settle()

    def _weather(self) -> None:
        away = self.data.draw(st.sets(st.sampled_from(PROVIDERS)))
        code = self.data.draw(st.sampled_from(CODES))
        self.rig.studio.down = dict.fromkeys(away, code)


def voices_of(studio: Studio) -> dict[str, str]:
    """Which provider was asked for each read, by the address of the prepared read's speech."""
    asked = [one for one in studio.asked if isinstance(one, SynthesizeRead)]
    return {one.speech_address: one.recipe.provider for one in asked}


async def whole_story(data: st.DataObject) -> None:
    rig = Rig()
    await rig.start()
    try:
        rig.muted = True
        created = await rig.create()
        play = Play(rig, data)
        await play.run()
        job, session = await rig.job(created.job.id), await rig.session(created.session.id)
        assert job.stage in {Stage.READY, Stage.FAILED}
        assert len(rig.reserved) == 1
        assert session is not None
        assert session.recipe is not None
        tracks = [one for one in rig.studio.asked if isinstance(one, RenderTrack)]
        if job.stage is Stage.FAILED:
            assert not rig.holding
            assert session.recipe.provider == PROVIDERS[-1]
            return
        assert session.audio is not None
        assert session.audio.track_address == session.wanted_track == job.track_address
        (track,) = [one for one in tracks if one.track_address == job.track_address]
        spoken = Counter(
            provider
            for address, provider in voices_of(rig.studio).items()
            if address in rig.studio.speech
        )
        assert spoken[session.recipe.provider] == len(set(track.reads))
        changed = session.recipe.provider != PROVIDERS[0]
        assert session.recipe.instead_of == (PROVIDERS[0] if changed else None)
    finally:
        await rig.stop()


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_a_track_is_one_voice_whatever_is_heard_and_when(data: st.DataObject) -> None:
    asyncio.run(whole_story(data))
