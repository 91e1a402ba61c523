from __future__ import annotations

import numpy as np
import pytest
from ab_stitching.domain.conditioning import condition, peak_db
from ab_stitching.domain.errors import Broken, Silent, TooLong
from ab_stitching.domain.loudness import bin_energies, read_loudness
from ab_stitching.domain.pcm import Pcm, ratio
from ab_stitching.domain.peaks import true_peak
from ab_stitching.domain.profile import VOICE


@pytest.mark.parametrize("offset_db", [-12.0, 0.0, 9.0])
def test_a_read_comes_out_at_20_lufs_whatever_it_came_in_at(murmur: Pcm, offset_db: float) -> None:
    sound = condition(murmur * np.float32(ratio(offset_db)), VOICE).sound
    assert sound.loudness == pytest.approx(-20, abs=0.05)
    assert read_loudness(bin_energies(sound.pcm)) == pytest.approx(-20, abs=0.05)


def test_dynamics_stay_untouched_where_the_peak_allows(murmur: Pcm) -> None:
    sound = condition(murmur, VOICE).sound
    gain = (
        sound.pcm[20_000:60_000]
        / np.where(murmur == 0, 1, murmur)[: len(murmur)][
            _offset(murmur, sound.pcm) + 20_000 : _offset(murmur, sound.pcm) + 60_000
        ]
    )
    heard = gain[np.abs(sound.pcm[20_000:60_000]) > 1e-3]
    assert np.ptp(heard) < 1e-4


def _offset(whole: Pcm, cut: Pcm) -> int:
    correlation = np.fft.irfft(np.fft.rfft(whole) * np.conj(np.fft.rfft(cut, len(whole))))
    return int(np.argmax(correlation))


def test_spikes_are_limited_and_the_loudness_is_kept(murmur: Pcm) -> None:
    spiky = murmur.copy()
    spiky[5_000:90_000:6_000] = 0.9
    sound = condition(spiky, VOICE).sound
    assert peak_db(sound) <= -1.9
    assert sound.true_peak == pytest.approx(true_peak(sound.pcm))
    assert sound.loudness == pytest.approx(-20, abs=0.1)


def test_gain_stops_at_20_db(murmur: Pcm) -> None:
    quiet = murmur * np.float32(ratio(-24))
    read = condition(quiet, VOICE)
    assert -50 < read.source_lufs < -40
    assert read.sound.gain_db == 20.0
    assert read.sound.loudness < -20.5


def test_the_ends_are_digital_silence(murmur: Pcm) -> None:
    pcm = condition(murmur, VOICE).sound.pcm
    assert pcm[0] == pcm[-1] == 0


def test_silence_is_refused() -> None:
    with pytest.raises(Silent):
        condition(np.zeros(0, np.float32), VOICE)
    with pytest.raises(Silent):
        condition(np.zeros(48_000, np.float32), VOICE)


def test_a_whisper_below_50_lufs_is_refused(murmur: Pcm) -> None:
    click = murmur * np.float32(ratio(-60))
    click[40_000] = 0.02
    with pytest.raises(Silent):
        condition(click, VOICE)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_samples_that_are_no_numbers_are_refused(murmur: Pcm, value: float) -> None:
    murmur[100] = value
    with pytest.raises(Broken):
        condition(murmur, VOICE)


def test_more_than_a_minute_is_refused() -> None:
    with pytest.raises(TooLong):
        condition(np.full(60 * 48_000 + 1, 0.1, np.float32), VOICE)
