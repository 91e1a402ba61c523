"""The measures of words and voices, on cases whose answer is known."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from audio.ffmpeg import Sound
from audio.lines import LINES, SAID, said
from audio.listening import word_errors, words
from audio.one_voice import VoiceResult
from audio.report import difference_findings
from audio.voices import RATE, Portrait, distance, portrait, semitones


@pytest.mark.parametrize(
    ("heard", "wanted"),
    [
        ("I give 100% of it.", "I give one hundred percent of it"),
        ("At 6:30 a.m., I wake.", "at six thirty a m I wake"),
        ("I save $50!", "I save fifty dollars"),
        ("the 1st step, 3 breaths", "the first step three breaths"),
        ("I honor twenty-one days", "I honour twenty one days"),
    ],
)
def test_spelling_is_no_mistake(heard: str, wanted: str) -> None:
    assert words(heard) == words(wanted)


@pytest.mark.parametrize(
    ("heard", "errors"),
    [("i am calm", 0), ("i am come", 1), ("i calm", 1), ("so i am calm now", 2), ("", 3)],
)
def test_mistakes_are_counted(heard: str, errors: int) -> None:
    assert word_errors(words("I am calm"), words(heard)) == errors


def test_the_lines_give_enough_words_and_name_what_is_said() -> None:
    assert len(set(LINES)) == 50
    assert sum(2 * len(words(said(place))) for place in range(50)) > 800
    assert all(any(not c.isalpha() and c not in " .,'" for c in LINES[at]) for at in SAID)


def vowel(pitch: float, formant: float, seconds: float = 2.0) -> Sound:
    time = np.arange(int(seconds * RATE)) / RATE
    partials = np.arange(1, int(9000 / pitch)) * pitch
    levels = 1 / (1 + ((partials - formant) / 300) ** 2) + 0.01
    sound = (levels[:, None] * np.cos(2 * np.pi * partials[:, None] * time)).sum(0)
    return (0.3 * sound / np.abs(sound).max()).astype(np.float32)


@pytest.mark.parametrize("pitch", [95.0, 130.0, 182.0, 260.0])
def test_the_pitch_of_a_vowel_is_found(pitch: float) -> None:
    assert portrait([vowel(pitch, 700)]).pitch == pytest.approx(pitch, rel=0.01)


def test_another_vocal_tract_is_another_colour() -> None:
    one, other = portrait([vowel(130, 700)]), portrait([vowel(130, 1400)])
    assert semitones(one, other) < 0.1
    assert distance(one, other) > 3


def test_two_voices_alike_are_noticed() -> None:
    nova = VoiceResult("nova", (), Portrait(180.0, (0.0,) * 8), 900, 1.0)
    double = dataclasses.replace(nova, voice="echo", portrait=Portrait(185.0, (5.0,) * 8))
    lower = dataclasses.replace(nova, voice="onyx", portrait=Portrait(110.0, (0.0,) * 8))
    held = {one.voice: one.holds for one in difference_findings([nova, double, lower])}
    assert held == {"nova": False, "echo": False, "onyx": True}
