"""Each promise is broken on purpose, once: its measure has to notice."""

from __future__ import annotations

import dataclasses
import io
import wave
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from ab_stitching.adapters.engine import prepare_read, render_track
from ab_stitching.domain.track import RenderedTrack
from audio import checks, ffmpeg, measures
from audio.ffmpeg import RATE, Sound
from audio.tracks import Track, heard

SPEECH_RATE = 24_000
AAC = ("-c:a", "aac", "-b:a", "192k")
FASTSTART = ("-movflags", "+faststart")


def speech_like(seed: int) -> Sound:
    """Two seconds of 24 kHz pulses through a formant, in syllables, silence around."""
    dice = np.random.default_rng(seed)
    time = np.arange(2 * SPEECH_RATE) / SPEECH_RATE
    phase = np.cumsum(110 + 30 * dice.random() + 15 * np.sin(2 * np.pi * 0.8 * time + seed))
    voice = np.add.reduce(
        [np.cos(n * 2 * np.pi * phase / SPEECH_RATE) / (1 + (n - 5) ** 2 / 9) for n in range(1, 30)]
    )
    voice *= np.clip(np.sin(2 * np.pi * (2 + dice.random()) * time + seed), 0, 1) ** 0.7
    quiet = np.zeros(SPEECH_RATE // 10)
    return np.concatenate((quiet, 0.3 * voice / np.abs(voice).max(), quiet)).astype(np.float32)


def wav(sound: Sound, rate: int, channels: int) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(channels)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(np.round(np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())
    return file.getvalue()


Good = tuple[RenderedTrack, Sequence[Sound]]


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Good:
    """Two lines through the engine, and their sources as the oracle trims them."""
    folder = tmp_path_factory.mktemp("good")
    sources, prepared = [], []
    for seed in range(4):
        raw = folder / f"{seed}.wav"
        raw.write_bytes(wav(speech_like(seed), SPEECH_RATE, 1))
        sources.append(measures.trimmed(ffmpeg.decoded(raw, channels=1)[0]))
        prepared.append(prepare_read(raw.read_bytes()))
    return render_track(prepared, folder / "track.m4a"), sources


def encoded(ears: Sound, good: Good, folder: Path, options: Sequence[str] = FASTSTART) -> Track:
    """Another file in the place of the good one."""
    source, target = folder / "broken.wav", folder / "broken.m4a"
    source.write_bytes(wav(ears.T.reshape(-1), RATE, 2))
    ffmpeg.run("-i", str(source), *AAC, *options, str(target))
    return heard("nobody", dataclasses.replace(good[0], path=target), good[1])


def broken(track: Track) -> set[checks.Limit]:
    return {finding.limit for finding in checks.examine(track) if not finding.holds}


def test_a_good_track_keeps_every_promise(good: Good) -> None:
    assert broken(heard("nobody", *good)) == set()


def clicked(ears: Sound, places: Sequence[measures.Place]) -> None:
    ears[:, places[1].start] += 0.01


def cut_hard(ears: Sound, places: Sequence[measures.Place]) -> None:
    ears[:, places[2].end - RATE // 4 : places[2].end] = 0


def late(ears: Sound, places: Sequence[measures.Place]) -> None:
    at = places[2].start - RATE // 10
    ears[:, at:] = np.roll(ears[:, at:], 30 * RATE // 1000, axis=1)


def early(ears: Sound, _: Sequence[measures.Place]) -> None:
    ears[:] = np.roll(ears, -20 * RATE // 1000, axis=1)


def quiet(ears: Sound, _: Sequence[measures.Place]) -> None:
    ears *= 0.95


def clipped(ears: Sound, _: Sequence[measures.Place]) -> None:
    ears[:] = np.clip(ears * 12, -0.999, 0.999)


def hissing(ears: Sound, _: Sequence[measures.Place]) -> None:
    ears += np.random.default_rng(1).normal(0, 0.0003, ears.shape[1]).astype(np.float32)


def lopsided(ears: Sound, _: Sequence[measures.Place]) -> None:
    ears[1] *= 0.98


def parroted(ears: Sound, places: Sequence[measures.Place]) -> None:
    first, second = places[:2]
    ears[:, second.start : second.end] = 0
    ears[:, second.start : second.start + first.length] = ears[:, first.start : first.end]


def swallowed(ears: Sound, places: Sequence[measures.Place]) -> None:
    read = slice(places[3].start, places[3].end)
    loudest = read.start + int(np.argmax(np.abs(ears[0, read])))
    ears[:, loudest - RATE // 7 : loudest + RATE // 7] = 0


Break = Callable[[Sound, Sequence[measures.Place]], None]


@pytest.mark.parametrize(
    ("damage", "noticed"),
    [
        (clicked, {checks.CLICK}),
        (cut_hard, {checks.EDGES, checks.SAME_READ}),
        (late, {checks.START, checks.GAP}),
        (early, {checks.START, checks.PADDING}),
        (quiet, {checks.LOUDNESS}),
        (clipped, {checks.PEAK, checks.LOUDNESS, checks.SAME_READ}),
        (hissing, {checks.SILENCE}),
        (lopsided, {checks.EARS}),
        (parroted, {checks.REPEATED, checks.SAME_READ}),
        (swallowed, {checks.EDGES, checks.SAME_READ}),
    ],
)
def test_damage_is_noticed(
    damage: Break, noticed: set[checks.Limit], good: Good, tmp_path: Path
) -> None:
    track = heard("nobody", *good)
    ears = track.ears.copy()
    damage(ears, track.places)
    assert noticed <= broken(encoded(ears, good, tmp_path))


@pytest.mark.parametrize(
    ("options", "noticed"),
    [
        ((), checks.FORMAT),
        ((*FASTSTART, "-ac", "1"), checks.FORMAT),
        ((*FASTSTART, "-ar", "44100"), checks.FORMAT),
        ((*FASTSTART, "-use_editlist", "0"), checks.FORMAT),
        ((*FASTSTART, "-c:a", "alac"), checks.FORMAT),
        ((*FASTSTART, "-t", "12"), checks.LENGTH),
    ],
)
def test_another_file_format_is_noticed(
    options: tuple[str, ...], noticed: checks.Limit, good: Good, tmp_path: Path
) -> None:
    assert noticed in broken(encoded(heard("nobody", *good).ears, good, tmp_path, options))


def test_what_the_product_says_is_held_against_the_file(good: Good) -> None:
    lied = dataclasses.replace(good[0], lufs=-19.5, duration_ms=good[0].duration_ms + 2)
    assert broken(heard("nobody", lied, good[1])) == {checks.SAID_LOUDNESS, checks.SAMPLES}
    fewer = dataclasses.replace(good[0], segments=good[0].segments[1:])
    assert broken(heard("nobody", fewer, good[1])) == {checks.EDGES}
