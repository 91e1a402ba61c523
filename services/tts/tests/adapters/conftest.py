from __future__ import annotations

import asyncio
import io
import wave
from collections.abc import Awaitable, Callable, Iterator

import numpy as np
import pytest
from ab_shared.contracts.speech import Variant
from ab_tts.adapters.embedded import EmbeddedSpeech

Sound = np.ndarray[tuple[int], np.dtype[np.float32]]
Say = Callable[[str, str, Variant], Awaitable[Sound]]


@pytest.fixture(scope="session")
def provider() -> Iterator[EmbeddedSpeech]:
    made = EmbeddedSpeech(workers=2)
    yield made
    asyncio.run(made.aclose())


@pytest.fixture(scope="session")
def heard() -> dict[tuple[str, str, Variant], Sound]:
    """What was spoken in this run already: the same read is the same sound."""
    return {}


@pytest.fixture
def say(provider: EmbeddedSpeech, heard: dict[tuple[str, str, Variant], Sound]) -> Say:
    async def speak(text: str, voice_id: str, variant: Variant) -> Sound:
        if (text, voice_id, variant) not in heard:
            deadline = asyncio.get_running_loop().time() + 60
            recipe = provider.recipe_for(voice_id)
            read = await provider.synthesize(text, recipe, variant, deadline=deadline)
            with wave.open(io.BytesIO(read.audio)) as opened:
                frames = opened.readframes(opened.getnframes())
            sound = np.frombuffer(frames, "<i2").astype(np.float32) / 32768
            heard[text, voice_id, variant] = sound
        return heard[text, voice_id, variant]

    return speak
