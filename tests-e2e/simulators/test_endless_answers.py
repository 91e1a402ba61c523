"""A vendor that never stops sending fills nobody's memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from ab_shared.contracts.speech import Performance, SpeechRecipe
from ab_tts.adapters.bounded_answers import MOST_BYTES
from ab_tts.adapters.elevenlabs import ElevenLabsLine
from ab_tts.adapters.openai_speech import OpenAiLine
from ab_tts.adapters.vendor_speech import Line, Refusal
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route

from simulators.running import serving

RECIPE = SpeechRecipe(
    provider="vendor",
    provider_voice="nova",
    model="m",
    synthesis_version="1",
    performances=(
        Performance(variant=1, seed=1, speed=0.8),
        Performance(variant=2, seed=2, speed=0.77),
    ),
)
PART = bytes(1 << 20)
FOR_EVER = 2 * MOST_BYTES // len(PART)


class Endless:
    """Counts what it got rid of."""

    def __init__(self) -> None:
        self.parts = 0

    def app(self) -> Starlette:
        """Any address."""
        return Starlette(routes=[Route("/{path:path}", self.answer, methods=["POST"])])

    async def answer(self, _request: Request) -> StreamingResponse:
        """A 200 that goes on and on."""
        return StreamingResponse(self.body(), media_type="audio/wav")

    async def body(self) -> AsyncIterator[bytes]:
        """Twice what is read of any answer."""
        while self.parts < FOR_EVER:
            self.parts += 1
            yield PART
            await asyncio.sleep(0)


@pytest.mark.parametrize("vendor", ["elevenlabs", "openai"])
async def test_an_answer_without_end_is_hung_up_on(vendor: str) -> None:
    endless = Endless()
    with serving(endless.app()) as url:
        line: Line = (
            ElevenLabsLine("a-key", url, "mp3_44100_128", 20)
            if vendor == "elevenlabs"
            else OpenAiLine("a-key", url, "wav", 20)
        )
        with pytest.raises(Refusal) as refusal:
            await line.call("I rest.", RECIPE, RECIPE.performance(1))
        assert refusal.value.outcome == "failed"
        await line.aclose()
    assert endless.parts < FOR_EVER
