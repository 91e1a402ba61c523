"""Sound that is shaped like speech, for made-up vendors: a buzz with vowels, syllable by syllable.

A real vowel's formants and pauses between words, so that whoever levels, trims and compares reads
finds what they find in speech; nobody would understand a word.
"""

from __future__ import annotations

import io
import random
from functools import lru_cache
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

Sound = NDArray[np.float32]
RATE = 24_000
CHARACTER_SECONDS = 0.065
EDGE_SECONDS = 0.15
LOWEST_PITCH, HIGHEST_PITCH, PITCH_STEP = 110, 220, 10
# First and second formant of a, e, i, o, u: Peterson and Barney (1952), men.
VOWELS = ((730, 1090), (530, 1840), (270, 2290), (570, 840), (300, 870))
FORMATS = {
    "mp3": ("mp3", "libmp3lame", "s16p"),
    "wav": ("wav", "pcm_s16le", "s16"),
    "flac": ("flac", "flac", "s16"),
    "pcm": ("s16le", "pcm_s16le", "s16"),
}


def character_seconds(speed: float) -> float:
    """How long one character takes."""
    return CHARACTER_SECONDS / speed


def babble(text: str, seed: str, speed: float = 1.0) -> Sound:
    """Mono at ``RATE``: silence, the text, silence; the same seed is the same waveform."""
    dice = random.Random(f"{text}\n{seed}")
    count = int(character_seconds(speed) * RATE)
    pitch = dice.randrange(LOWEST_PITCH, HIGHEST_PITCH, PITCH_STEP)
    edge = np.zeros(int(EDGE_SECONDS * RATE), np.float32)
    spoken: list[Sound] = []
    for letter in text:
        bent = pitch + PITCH_STEP * dice.randrange(-1, 2)
        vowel = dice.randrange(len(VOWELS))
        sounds = letter.isalnum()
        spoken.append(_vowel(vowel, bent, count) if sounds else np.zeros(count, np.float32))
    return np.concatenate([edge, *spoken, edge])


# A vendor is asked for hundreds of lines: its sound shall not be what a test waits for.
@lru_cache(maxsize=1024)
def _vowel(number: int, pitch: int, count: int) -> Sound:
    at = np.arange(count, dtype=np.float32) / RATE
    tone = np.zeros(count, np.float32)
    for harmonic in range(1, 4000 // pitch):
        frequency = harmonic * pitch
        level = sum(1.0 / (1.0 + ((frequency - peak) / 120.0) ** 2) for peak in VOWELS[number])
        tone += np.float32(level / harmonic**0.3) * np.sin(2 * np.pi * frequency * at)
    envelope = np.sin(np.pi * np.arange(count) / count) ** 0.5
    return (0.15 * tone * envelope).astype(np.float32)


def encoded(sound: Sound, name: str, rate: int = RATE) -> bytes:
    """As a file of ``FORMATS``, at another rate if need be; ``pcm`` is a file without a header."""
    container, codec, layout = FORMATS[name]
    samples = (np.clip(sound, -1, 1) * 32767).astype("<i2")
    if name == "pcm" and rate == RATE:
        return samples.tobytes()
    target = io.BytesIO()
    frame = av.AudioFrame.from_ndarray(samples[None, :], format="s16", layout="mono")
    frame.sample_rate = RATE
    resampler = av.AudioResampler(format=layout, layout="mono", rate=rate)
    with av.open(target, "w", format=container) as out:
        stream: Any = out.add_stream(codec, rate=rate, layout="mono", format=layout)
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            part.pts = None
            out.mux(stream.encode(part))
        out.mux(stream.encode(None))
    return target.getvalue()
