"""The vendors' clients against made-up vendors over HTTP: every answer they can give has a name."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from ab_shared.contracts.speech import Variant
from ab_shared.errors import SpeechRefused
from ab_tts.adapters.elevenlabs import ElevenLabsLine, OutputFormat
from ab_tts.adapters.openai_speech import OpenAiLine
from ab_tts.adapters.vendor_speech import Line, VendorSpeech
from ab_tts.adapters.voice_map import read_map
from ab_tts.domain.errors import NoSlot, ProviderClosed, ProviderUnavailable, VoiceGone
from ab_tts.domain.metering import VendorCall, metered
from ab_tts.domain.slots import Slots
from ab_tts.domain.vendor_sound import Format, WrongSound
from ab_tts.domain.vendor_trouble import Patience
from ab_tts.domain.word_times import word_spans
from ab_tts.ports import RawSpeech

from simulators.elevenlabs_app import ElevenLabs
from simulators.openai_app import OpenAi
from simulators.running import serving

KEY = "a-key"
TEXT = "I rest, and I am calm."
PATIENCE = Patience(tries=3, seconds=3.0)


class Desk:
    """A vendor that is played, and the provider that calls it."""

    def __init__(self, vendor: ElevenLabs | OpenAi, line: Line) -> None:
        self.vendor = vendor
        self.provider = VendorSpeech(
            line, read_map()[line.name], "m1", begin=Slots(2, 15), patience=PATIENCE
        )
        self.calls: list[VendorCall] = []

    async def speak(
        self, text: str = TEXT, variant: Variant = 1, *, voice: str = "nova", seconds: float = 10
    ) -> RawSpeech:
        """One read, its calls noted."""
        deadline = asyncio.get_running_loop().time() + seconds
        recipe = self.provider.recipe_for(voice)
        with metered() as calls:
            try:
                return await self.provider.synthesize(text, recipe, variant, deadline=deadline)
            finally:
                self.calls += calls

    def break_next(self, *faults: dict[str, Any]) -> None:
        """The next calls go wrong."""
        for fault in faults:
            self.vendor.vendor.faults.add(where="speech", **fault)

    def outcomes(self) -> list[str]:
        """How each call ended."""
        return [call.outcome for call in self.calls]


def elevenlabs_line(url: str, output: OutputFormat = "mp3_44100_128", key: str = KEY) -> Line:
    return ElevenLabsLine(key, url, output, 5)


def openai_line(url: str, wanted: Format = "wav", key: str = KEY) -> Line:
    return OpenAiLine(key, f"{url}/v1", wanted, 5)


@asynccontextmanager
async def open_desk(
    vendor: ElevenLabs | OpenAi, line: Callable[[str], Line]
) -> AsyncIterator[Desk]:
    with serving(vendor.app()) as url:
        desk = Desk(vendor, line(url))
        yield desk
        await desk.provider.aclose()


@pytest.fixture
async def elevenlabs() -> AsyncIterator[Desk]:
    async with open_desk(ElevenLabs(KEY), elevenlabs_line) as desk:
        yield desk


@pytest.fixture
async def openai() -> AsyncIterator[Desk]:
    async with open_desk(OpenAi(KEY), openai_line) as desk:
        yield desk


@pytest.fixture(params=["elevenlabs", "openai"])
def desk(request: pytest.FixtureRequest, elevenlabs: Desk, openai: Desk) -> Desk:
    return elevenlabs if request.param == "elevenlabs" else openai


async def test_a_line_is_spoken_twice_never_the_same(desk: Desk) -> None:
    one, other = await desk.speak(variant=1), await desk.speak(variant=2)
    assert one.audio != other.audio
    assert 500 < one.duration_ms < 5000
    assert desk.outcomes() == ["spoken", "spoken"]
    assert [call.characters for call in desk.calls] == [len(TEXT)] * 2
    assert all(call.micros > 0 for call in desk.calls)


async def test_elevenlabs_says_when_each_word_is_spoken(elevenlabs: Desk) -> None:
    for text in (TEXT, TEXT.removesuffix(".")):
        speech = await elevenlabs.speak(text)
        assert speech.alignment is not None
        spans = word_spans(text, speech.alignment)
        assert [text[span.first : span.last] for span in spans] == text.split()
        assert spans[-1].end_ms < speech.duration_ms


async def test_elevenlabs_is_asked_as_it_should_be(elevenlabs: Desk) -> None:
    await elevenlabs.speak(variant=2)
    (call,) = elevenlabs.vendor.vendor.calls
    assert call["voice_settings"] == {
        "stability": 0.2,
        "similarity_boost": 0.45,
        "style": 0.0,
        "use_speaker_boost": False,
        "speed": 0.8,
    }
    assert (call["seed"], call["model_id"]) == (2, "m1")
    assert not {"previous_text", "next_text"} & call.keys()


async def test_openai_is_asked_as_it_should_be(openai: Desk) -> None:
    await openai.speak(variant=1, voice="onyx")
    await openai.speak(variant=2, voice="unheard-of")
    first, second = openai.vendor.vendor.calls
    assert (first["speed"], first["voice"], first["response_format"]) == (0.75, "onyx", "wav")
    assert (second["speed"], second["voice"]) == (0.765, "nova")


@pytest.mark.parametrize("output", ["mp3_44100_128", "pcm_24000", "pcm_44100"])
async def test_elevenlabs_formats(output: OutputFormat) -> None:
    async with open_desk(ElevenLabs(KEY), lambda url: elevenlabs_line(url, output)) as desk:
        speech = await desk.speak()
    assert speech.audio.startswith((b"RIFF", b"ID3", b"\xff\xfb"))
    assert 500 < speech.duration_ms < 5000


@pytest.mark.parametrize("wanted", ["mp3", "wav", "flac", "pcm"])
async def test_openai_formats(wanted: Format) -> None:
    async with open_desk(OpenAi(KEY), lambda url: openai_line(url, wanted)) as desk:
        speech = await desk.speak()
    assert 500 < speech.duration_ms < 5000


PASSING = [
    [{"kind": "busy", "retry_after": "0"}],
    [{"kind": "status", "status": 500}, {"kind": "status", "status": 503}],
    [{"kind": "hang"}],
    [{"kind": "torn"}],
    [{"kind": "html", "status": 502}],
]


@pytest.mark.parametrize("faults", PASSING, ids=str)
async def test_what_passes_is_tried_again(desk: Desk, faults: list[dict[str, Any]]) -> None:
    desk.break_next(*faults)
    assert (await desk.speak()).duration_ms
    assert len(desk.calls) == len(faults) + 1


async def test_what_stays_is_given_up_after_three_calls(desk: Desk) -> None:
    desk.break_next({"kind": "status", "status": 500, "times": 9})
    with pytest.raises(ProviderUnavailable):
        await desk.speak()
    assert desk.outcomes() == ["failed"] * 3


async def test_an_hour_is_not_waited_for_but_told(desk: Desk) -> None:
    desk.break_next({"kind": "busy", "retry_after": "3600"})
    with pytest.raises(ProviderUnavailable) as busy:
        await desk.speak()
    assert busy.value.details == {"retry_after": 3600.0}
    assert desk.outcomes() == ["busy"]


CLOSED = {
    "elevenlabs": [(401, "quota_exceeded"), (401, "invalid_api_key"), (422, "what is this")],
    "openai": [(429, "insufficient_quota"), (401, "invalid_api_key"), (422, "what is this")],
}


@pytest.mark.parametrize("at", range(3))
async def test_a_closed_account_is_asked_once(desk: Desk, at: int) -> None:
    status, code = CLOSED[desk.provider.name][at]
    desk.break_next({"kind": "status", "status": status, "code": code, "times": 9})
    with pytest.raises(ProviderClosed):
        await desk.speak()
    assert len(desk.calls) == 1
    assert desk.calls[0].micros == 0


async def test_a_voice_that_was_removed(elevenlabs: Desk, openai: Desk) -> None:
    elevenlabs.vendor.removed = [elevenlabs.provider.recipe_for("nova").provider_voice]
    openai.vendor.speech.voices = ("onyx",)
    for desk in (elevenlabs, openai):
        with pytest.raises(VoiceGone):
            await desk.speak()
        assert (await desk.speak(voice="onyx")).duration_ms


async def test_a_line_the_vendor_will_not_say(elevenlabs: Desk) -> None:
    code = "max_character_limit_exceeded"
    elevenlabs.break_next({"kind": "status", "status": 400, "code": code})
    with pytest.raises(SpeechRefused):
        await elevenlabs.speak()


@pytest.mark.parametrize("wrong", ["pcm", "mp3", "flac"])
async def test_openai_answers_in_another_format(openai: Desk, wrong: str) -> None:
    openai.vendor.speech.wrong_format = wrong
    with pytest.raises(WrongSound):
        await openai.speak()
    assert openai.outcomes() == ["no_sound"]


async def test_elevenlabs_answers_in_another_format(elevenlabs: Desk) -> None:
    elevenlabs.vendor.wrong_format = "pcm_24000"
    with pytest.raises(WrongSound):
        await elevenlabs.speak()


@pytest.mark.parametrize("kind", ["cut", "empty"])
async def test_half_an_answer_is_none(elevenlabs: Desk, kind: str) -> None:
    elevenlabs.break_next({"kind": kind})
    assert (await elevenlabs.speak()).duration_ms
    assert elevenlabs.outcomes() == ["failed", "spoken"]


async def test_no_more_at_once_than_the_vendor_says() -> None:
    # Not MP3: twenty of them at once take longer on a starved machine than a call may.
    async with open_desk(ElevenLabs(KEY), lambda url: elevenlabs_line(url, "pcm_24000")) as desk:
        assert isinstance(desk.vendor, ElevenLabs)
        desk.vendor.limit, desk.vendor.vendor.lag = 5, 0.05
        lines = [f"I am calm, {number} times over." for number in range(20)]
        await asyncio.gather(*(desk.speak(line, seconds=60) for line in lines))
        assert desk.provider.gate.open == 5
        assert desk.vendor.most == 5
        assert desk.outcomes() == ["spoken"] * 20


async def test_others_of_the_account_have_their_slots(elevenlabs: Desk) -> None:
    elevenlabs.vendor.limit, elevenlabs.vendor.busy = 3, 3
    with pytest.raises(NoSlot):
        await elevenlabs.speak(seconds=0.6)
    assert set(elevenlabs.outcomes()) == {"slot_taken"}
    elevenlabs.vendor.busy = 0
    await elevenlabs.speak()
    await elevenlabs.speak()
    assert elevenlabs.provider.gate.open == 3


async def test_without_its_word_the_limit_grows_and_halves(openai: Desk) -> None:
    for _ in range(6):
        await openai.speak()
    grown = openai.provider.gate.open
    assert grown > 2
    openai.break_next({"kind": "busy", "retry_after": "0"})
    await openai.speak()
    assert openai.provider.gate.open < grown
