"""A line is spoken once, whoever asks, and every failure has a name."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from ab_shared.contracts.commands import SynthesizeRead as Command
from ab_shared.contracts.events import ReadFailed, ReadReady
from ab_shared.contracts.identifiers import speech_address
from ab_shared.contracts.speech import Performance, SpeechRecipe, Variant
from ab_shared.errors import (
    AbError,
    DeadlineExceeded,
    DependencyUnavailable,
    InvalidMessage,
    SpeechRefused,
    TransientError,
)
from ab_shared.runtime.context import Context, bound
from ab_shared.testing.memory_store import MemoryBlobs
from ab_tts.domain.errors import ProviderUnavailable
from ab_tts.ports import RawSpeech
from ab_tts.usecases import synthesize_read
from ab_tts.usecases.buy_speech import BuySpeech
from ab_tts.usecases.synthesize_read import LAST_ATTEMPT, SynthesizeRead

KEY = b"k" * 32
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


def command(text: str = "I rest", variant: Variant = 1) -> Command:
    return Command(
        speech_address=speech_address(KEY, text, RECIPE, variant),
        text=text,
        recipe=RECIPE,
        variant=variant,
    )


class Speaker:
    """A provider that counts, and fails when told to."""

    name = "made-up"

    def __init__(self, failure: AbError | None = None) -> None:
        self.spoken: list[str] = []
        self.failure = failure
        self.before: Callable[[], Awaitable[object]] | None = None

    def recipe_for(self, _voice_id: str) -> SpeechRecipe:
        return RECIPE

    async def synthesize(
        self, text: str, _recipe: SpeechRecipe, variant: Variant, *, deadline: float
    ) -> RawSpeech:
        assert deadline > asyncio.get_running_loop().time()
        await (self.before() if self.before else asyncio.sleep(0))
        if self.failure:
            raise self.failure
        self.spoken.append(text)
        return RawSpeech(f"{text}{variant}".encode(), "audio/wav", 900, len(text))


def service(
    book: Any,
    speaker: Speaker,
    blobs: MemoryBlobs | None = None,
    *,
    charging: frozenset[str] = frozenset(),
    replaceable: frozenset[str] = frozenset(),
) -> SynthesizeRead:
    buy = BuySpeech(book, speaker, charging, 30)
    return SynthesizeRead(book, blobs or MemoryBlobs(), buy, KEY, replaceable)


async def test_the_same_line_twice_is_spoken_once_and_announced_twice(memory_book: Any) -> None:
    speaker, blobs = Speaker(), MemoryBlobs()
    speak = service(memory_book, speaker, blobs)
    await speak(command())
    await speak(command())
    first, second = memory_book.sent
    assert isinstance(first, ReadReady)
    assert (first.synthesized, second.synthesized) == (True, False)
    assert speaker.spoken == ["I rest"]
    assert await blobs.get(first.speech_key) == b"I rest1"


async def test_twenty_at_once_speak_once(memory_book: Any) -> None:
    speaker = Speaker()
    speak = service(memory_book, speaker)
    results = await asyncio.gather(*(speak(command()) for _ in range(20)), return_exceptions=True)
    assert speaker.spoken == ["I rest"]
    refused = [one for one in results if one is not None]
    assert all(isinstance(one, TransientError) for one in refused)
    assert len(memory_book.sent) == 20 - len(refused)


async def test_a_refused_line_is_announced_as_failed(memory_book: Any) -> None:
    speak = service(memory_book, Speaker(SpeechRefused("Nothing to speak")))
    await speak(command())
    (failed,) = memory_book.sent
    assert isinstance(failed, ReadFailed)
    assert (failed.code, failed.message) == ("VALIDATION_ERROR", "Nothing to speak")
    assert not memory_book.claims


async def test_a_passing_failure_is_raised_and_lets_go_of_the_claim(memory_book: Any) -> None:
    speaker = Speaker(DeadlineExceeded("too slow"))
    speak = service(memory_book, speaker)
    with pytest.raises(DeadlineExceeded):
        await speak(command())
    assert memory_book.sent == []
    speaker.failure = None
    await speak(command())
    assert speaker.spoken == ["I rest"]


async def test_a_provider_that_stays_away_is_a_failure_of_the_line(memory_book: Any) -> None:
    speak = service(memory_book, Speaker(ProviderUnavailable("The voice does not answer")))
    for attempt in range(1, LAST_ATTEMPT):
        with bound(Context(attempt=attempt)), pytest.raises(ProviderUnavailable):
            await speak(command())
    assert memory_book.sent == []
    assert not memory_book.claims
    with bound(Context(attempt=LAST_ATTEMPT)):
        await speak(command())
    (failed,) = memory_book.sent
    assert isinstance(failed, ReadFailed)
    assert (failed.code, failed.message) == ("PROVIDER_DOWN", "The voice does not answer")


async def test_a_store_that_stays_away_is_none(memory_book: Any) -> None:
    speak = service(memory_book, Speaker(DependencyUnavailable("The object store is away")))
    with bound(Context(attempt=LAST_ATTEMPT)), pytest.raises(DependencyUnavailable):
        await speak(command())
    assert memory_book.sent == []


async def test_a_claim_is_renewed_while_its_line_is_spoken(
    memory_book: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(synthesize_read, "RENEW_SECONDS", 0.01)
    speaker = Speaker()
    spoken = asyncio.Event()
    speaker.before = spoken.wait
    speaking = asyncio.create_task(service(memory_book, speaker)(command()))
    seen: set[float] = set()
    async with asyncio.timeout(2):
        while len(seen) < 3:
            seen.update(memory_book.claims.values())
            await asyncio.sleep(0.001)
    spoken.set()
    await speaking
    assert not memory_book.claims


async def test_an_address_that_is_not_the_lines_is_refused(memory_book: Any) -> None:
    speaker = Speaker()
    wrong = command().model_copy(update={"text": "I run"})
    with pytest.raises(InvalidMessage):
        await service(memory_book, speaker)(wrong)
    assert speaker.spoken == []
    assert memory_book.sent == []


async def test_what_another_kept_while_this_one_stood_still_counts(memory_book: Any) -> None:
    other, paused = service(memory_book, Speaker()), Speaker()

    async def meanwhile() -> None:
        memory_book.claims.clear()  # as if it had lapsed
        await other(command())

    paused.before = meanwhile
    await service(memory_book, paused)(command())
    theirs, mine = memory_book.sent
    assert isinstance(theirs, ReadReady)
    assert isinstance(mine, ReadReady)
    assert (theirs.synthesized, mine.synthesized) == (True, False)
    assert memory_book.reads[theirs.speech_address] == theirs
