from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest
from ab_session.adapters import voices as module
from ab_session.adapters.voices import FRESH_SECONDS, RpcVoices
from ab_shared.contracts.rpc import VoiceList
from ab_shared.errors import DependencyUnavailable
from ab_shared.testing.clock import FakeClock
from session_memory.studio import offer


class Tts:
    """Answers with what it is told to, and counts."""

    def __init__(self) -> None:
        self.asked = 0
        self.version = "1"
        self.away = False
        self.slow: asyncio.Event | None = None

    async def call(self, _request: Any, **_options: Any) -> Any:
        self.asked += 1
        await asyncio.sleep(0)
        if self.slow is not None:
            await self.slow.wait()
        if self.away:
            raise DependencyUnavailable("away")
        offers = tuple(offer(voice, self.version) for voice in ("nova", "onyx"))
        return VoiceList(voices=offers, fallback_voice_id="nova")


@pytest.fixture
def tts() -> Tts:
    return Tts()


@pytest.fixture
def voices(tts: Tts, clock: FakeClock) -> RpcVoices:
    return RpcVoices(tts, clock.monotonic)


async def test_one_question_serves_everybody_for_a_while(
    voices: RpcVoices, tts: Tts, clock: FakeClock
) -> None:
    found = await asyncio.gather(*(voices.resolve("onyx") for _ in range(5)))
    assert {voice.voice_id for voice in found} == {"onyx"}
    clock.advance(FRESH_SECONDS - 1)
    await voices.resolve("nova")
    assert tts.asked == 1


async def test_a_new_list_is_taken_when_the_old_one_has_aged(
    voices: RpcVoices, tts: Tts, clock: FakeClock
) -> None:
    await voices.resolve("nova")
    tts.version = "2"
    clock.advance(FRESH_SECONDS)
    assert (await voices.resolve("nova")).recipe.synthesis_version == "2"


async def test_an_old_list_serves_while_tts_is_away_or_slow(
    voices: RpcVoices, tts: Tts, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE_SECONDS", 0.01)
    await voices.resolve("nova")
    clock.advance(FRESH_SECONDS)
    tts.away = True
    assert (await voices.resolve("onyx")).voice_id == "onyx"
    tts.away, tts.slow = False, asyncio.Event()
    assert (await voices.resolve("onyx")).voice_id == "onyx"
    assert (await voices.resolve("onyx")).voice_id == "onyx"
    assert tts.asked == 3, "one question is on its way already"
    tts.slow.set()


async def test_without_any_list_the_failure_is_told(voices: RpcVoices, tts: Tts) -> None:
    tts.away = True
    with pytest.raises(DependencyUnavailable):
        await voices.resolve("nova")
    tts.away = False
    assert (await voices.resolve("nova")).voice_id == "nova"


async def test_an_unknown_voice_becomes_the_fallback_and_is_logged(
    voices: RpcVoices, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="ab.session"):
        assert (await voices.resolve("gandalf")).voice_id == "nova"
        assert (await voices.resolve("I feel sad today")).voice_id == "nova"
    assert [vars(record)["voice"] for record in caplog.records] == ["gandalf", "(unprintable)"]


async def test_case_and_blanks_do_not_matter(voices: RpcVoices) -> None:
    assert (await voices.resolve(" Onyx ")).voice_id == "onyx"
