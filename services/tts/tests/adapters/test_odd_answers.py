"""What a vendor may send in place of an answer, and what it may cost: one call, no more."""

from __future__ import annotations

import io
import wave
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from ab_tts.adapters.elevenlabs import alignment_of
from ab_tts.adapters.vendor_sound import raw_speech
from ab_tts.domain.vendor_sound import WrongSound
from ab_tts.domain.word_times import word_spans

TEXT = "I rest, and I am calm."
RATE = 24_000


def times(**given: Any) -> SimpleNamespace:
    starts = [0.1 * place for place in range(len(TEXT))]
    whole = {
        "characters": list(TEXT),
        "character_start_times_seconds": starts,
        "character_end_times_seconds": [at + 0.1 for at in starts],
    }
    return SimpleNamespace(**whole | given)


NO_TIMES: dict[str, Any] = {
    "nothing": None,
    "a text": "text",
    "a list": [1],
    "no characters": times(characters=[None]),
    "characters run together": times(characters=TEXT),
    "no times": times(character_end_times_seconds=None),
    "words for times": times(character_start_times_seconds=["x"] * len(TEXT)),
    "not a number": times(character_start_times_seconds=[float("nan")] * len(TEXT)),
    "for ever": times(character_end_times_seconds=[float("inf")] * len(TEXT)),
    "a year": times(character_end_times_seconds=[3e7] * len(TEXT)),
}


@pytest.mark.parametrize("given", NO_TIMES.values(), ids=NO_TIMES.keys())
def test_times_that_are_none_cost_the_caption_its_words_and_not_the_read(given: Any) -> None:
    assert alignment_of(given) is None


def test_times_are_believed_where_they_can_be() -> None:
    alignment = alignment_of(times())
    assert alignment is not None
    assert len(word_spans(TEXT, alignment)) == len(TEXT.split())


def wav(samples: np.ndarray[Any, Any]) -> bytes:
    target = io.BytesIO()
    with wave.open(target, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(samples.astype("<i2").tobytes())
    return target.getvalue()


SILENT = {
    "zeros": np.zeros(2 * RATE),
    "a constant": np.full(2 * RATE, 12_000),
    "dither": np.random.default_rng(1).integers(-2, 3, 2 * RATE),
}


@pytest.mark.parametrize("samples", SILENT.values(), ids=SILENT.keys())
def test_silence_is_no_sound(samples: np.ndarray[Any, Any]) -> None:
    with pytest.raises(WrongSound):
        raw_speech(wav(samples), "wav", RATE, TEXT)
    with pytest.raises(WrongSound):
        raw_speech(samples.astype("<i2").tobytes(), "pcm", RATE, TEXT)


def test_a_quiet_voice_is_a_sound() -> None:
    quiet = 100 * np.sin(np.arange(2 * RATE) * 0.05)
    assert raw_speech(wav(quiet), "wav", RATE, TEXT).duration_ms == 2000
    assert raw_speech(quiet.astype("<i2").tobytes(), "pcm", RATE, TEXT).duration_ms == 2000
