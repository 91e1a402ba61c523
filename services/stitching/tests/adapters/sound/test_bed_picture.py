from __future__ import annotations

from io import BytesIO

import av
import numpy as np
from ab_stitching.adapters.bed_picture import WIDTH, draw_bed
from ab_stitching.domain.pcm import Pcm
from ab_stitching.domain.stems.make import loop_loudness

RATE = 48_000


def seen(picture: bytes) -> np.ndarray:
    with av.open(BytesIO(picture)) as container:
        return next(container.decode(video=0)).to_ndarray(format="rgb24").astype(int)


def whistled(hz: float) -> Pcm:
    seconds = np.arange(30 * RATE) / RATE
    sound = 0.05 * np.sin(2 * np.pi * hz * seconds)
    sound[10 * RATE : 20 * RATE] = 0
    return sound.astype(np.float32)


def test_a_picture_is_small_and_shows_pitch_and_pause() -> None:
    low, high = whistled(200), whistled(4000)
    pictures = [seen(draw_bed(sound, loop_loudness(sound))) for sound in (low, high)]
    rows = []
    for pixels in pictures:
        assert pixels.shape == (302, WIDTH, 3)
        spectrum = pixels[:200].sum(axis=2)
        rows.append(int(spectrum[:, WIDTH // 6].argmax()))
        assert spectrum[rows[-1], WIDTH // 6] > spectrum[rows[-1], WIDTH // 2] + 300
    # Higher notes stand higher: 4000 Hz is an eighth of the way down from 16 kHz to 40 Hz.
    assert rows[1] < rows[0]
    assert abs(rows[1] - 200 * np.log(16_000 / 4000) / np.log(400)) < 3


def test_a_picture_of_noise_fits_a_page() -> None:
    rng = np.random.default_rng(5)
    noise = (0.05 * rng.standard_normal((2, 60 * RATE))).astype(np.float32)
    assert len(draw_bed(noise, -32.0)) < 60_000
