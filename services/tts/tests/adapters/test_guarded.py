"""Whatever a provider does, it neither holds anybody up nor is asked for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from ab_shared.contracts.speech import Performance, SpeechRecipe, Variant
from ab_shared.errors import Overloaded, SpeechRefused, TransientError
from ab_shared.runtime.breaker import Limits
from ab_tts.adapters.guarded import GuardedSpeech
from ab_tts.domain.errors import NoSlot, ProviderUnavailable
from ab_tts.ports import RawSpeech
from prometheus_client import REGISTRY

RECIPE = SpeechRecipe(
    provider="made-up",
    provider_voice="one",
    model="m",
    synthesis_version="1",
    performances=(
        Performance(variant=1, seed=1, speed=0.8),
        Performance(variant=2, seed=2, speed=0.77),
    ),
)
SPEECH = RawSpeech(b"RIFF and so on", "audio/wav", 900, 6)
LIMITS = Limits(failures=2, rest_seconds=5)


class Provider:
    name = "made-up"

    def __init__(self, does: Callable[[], Awaitable[RawSpeech]]) -> None:
        self.does = does
        self.asked = 0

    def recipe_for(self, _voice_id: str) -> SpeechRecipe:
        return RECIPE

    async def synthesize(
        self, _text: str, _recipe: SpeechRecipe, _variant: Variant, *, deadline: float
    ) -> RawSpeech:
        assert deadline
        self.asked += 1
        return await self.does()


class Bench:
    def __init__(self, does: Callable[[], Awaitable[RawSpeech]], at_once: int = 2) -> None:
        self.now = 0.0
        self.provider = Provider(does)
        self.guarded = GuardedSpeech(
            self.provider, at_once=at_once, limits=LIMITS, clock=lambda: self.now
        )

    async def speak(self, seconds: float = 5.0) -> RawSpeech:
        deadline = asyncio.get_running_loop().time() + seconds
        return await self.guarded.synthesize("I rest", RECIPE, 1, deadline=deadline)

    async def fails(self, seconds: float = 5.0) -> None:
        with pytest.raises(ProviderUnavailable):
            await self.speak(seconds)


async def hang() -> RawSpeech:
    await asyncio.Event().wait()
    raise AssertionError


async def speak() -> RawSpeech:
    return SPEECH


def raising(error: Exception) -> Callable[[], Awaitable[RawSpeech]]:
    async def fail() -> RawSpeech:
        raise error

    return fail


def saying(speech: RawSpeech) -> Callable[[], Awaitable[RawSpeech]]:
    async def say() -> RawSpeech:
        return speech

    return say


async def test_a_provider_that_hangs_ends_with_the_deadline() -> None:
    async with asyncio.timeout(2):
        await Bench(hang).fails(seconds=0.02)


NO_SOUND = {
    "nothing": RawSpeech(b"", "audio/wav", 900, 6),
    "a web page": RawSpeech(b"<html>busy</html>", "audio/mpeg", 900, 6),
    "no time": RawSpeech(b"RIFF", "audio/wav", 0, 6),
    "too much": RawSpeech(b"RIFF" + bytes(20_000_001), "audio/wav", 900, 6),
}


@pytest.mark.parametrize("speech", NO_SOUND.values(), ids=NO_SOUND.keys())
async def test_what_is_no_sound_is_a_failure(speech: RawSpeech) -> None:
    await Bench(saying(speech)).fails()


@pytest.mark.parametrize(
    "error", [TransientError("busy"), ConnectionResetError(), ValueError("?")], ids=repr
)
async def test_any_passing_trouble_has_one_name_and_opens_the_breaker(error: Exception) -> None:
    bench = Bench(raising(error))
    for _ in range(5):
        await bench.fails()
    assert bench.provider.asked == LIMITS.failures
    labels = {"provider": "made-up", "outcome": "left_alone"}
    assert (REGISTRY.get_sample_value("ab_speech_provider_calls_total", labels) or 0) >= 3


async def test_after_its_rest_one_tries_for_all() -> None:
    bench = Bench(raising(ConnectionResetError()))
    await bench.fails()
    await bench.fails()
    bench.now = 5.0
    gate = asyncio.Event()

    async def slowly() -> RawSpeech:
        await gate.wait()
        return SPEECH

    bench.provider.does = slowly
    trying = asyncio.create_task(bench.speak())
    await asyncio.sleep(0)
    await bench.fails()
    gate.set()
    assert await trying == SPEECH
    assert await bench.speak() == SPEECH


async def test_a_trial_that_is_cancelled_leaves_the_next_one_to_try() -> None:
    bench = Bench(raising(ConnectionResetError()))
    await bench.fails()
    await bench.fails()
    bench.now, bench.provider.does = 5.0, hang
    trying = asyncio.create_task(bench.speak())
    await asyncio.sleep(0)
    trying.cancel()
    await asyncio.gather(trying, return_exceptions=True)
    bench.provider.does = speak
    assert await bench.speak() == SPEECH


@pytest.mark.parametrize("ends", [ConnectionResetError(), NoSlot("none"), None], ids=repr)
async def test_a_call_of_before_the_rest_says_nothing_of_the_one_that_tries(
    ends: Exception | None,
) -> None:
    old, trial = asyncio.Event(), asyncio.Event()

    async def end_late() -> RawSpeech:
        await old.wait()
        return await (raising(ends) if ends else speak)()

    async def try_slowly() -> RawSpeech:
        await trial.wait()
        return SPEECH

    bench = Bench(end_late, at_once=4)
    before = asyncio.create_task(bench.speak())
    await asyncio.sleep(0)
    bench.provider.does = raising(ConnectionResetError())
    await bench.fails()
    await bench.fails()
    bench.now, bench.provider.does = 5.0, try_slowly
    trying = asyncio.create_task(bench.speak())
    await asyncio.sleep(0)
    old.set()
    await asyncio.gather(before, return_exceptions=True)
    bench.provider.does = speak
    await bench.fails()
    assert bench.provider.asked == 4
    trial.set()
    assert await trying == SPEECH
    assert await bench.speak() == SPEECH


async def test_a_provider_that_asks_to_wait_is_left_alone_as_long() -> None:
    bench = Bench(raising(Overloaded("429", details={"retry_after": 60})))
    await bench.fails()
    await bench.fails()
    bench.now, bench.provider.does = 59.0, speak
    await bench.fails()
    bench.now = 60.0
    assert await bench.speak() == SPEECH


async def test_a_line_that_is_refused_says_nothing_against_the_provider() -> None:
    bench = Bench(raising(SpeechRefused("nothing to say")))
    for _ in range(5):
        with pytest.raises(SpeechRefused):
            await bench.speak()
    assert bench.provider.asked == 5


async def test_one_read_too_many_is_refused_at_once_and_no_failure() -> None:
    bench = Bench(hang, at_once=1)
    holding = asyncio.create_task(bench.speak())
    await asyncio.sleep(0)
    for _ in range(5):
        with pytest.raises(Overloaded):
            await bench.speak()
    holding.cancel()
    await asyncio.gather(holding, return_exceptions=True)
    bench.provider.does = speak
    assert await bench.speak() == SPEECH


def test_the_guard_has_its_providers_name_and_recipes() -> None:
    guarded = GuardedSpeech(Provider(speak), at_once=1)
    assert (guarded.name, guarded.recipe_for("nova")) == ("made-up", RECIPE)
