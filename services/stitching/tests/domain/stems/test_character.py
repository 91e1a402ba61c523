"""Each background holds what the real thing promises; the measures themselves can be trusted."""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path

import numpy as np
import pytest
from ab_shared.contracts.stems import Stem, StemKind, stem_with_id, stems_of
from ab_stitching.domain.pcm import Pcm
from ab_stitching.domain.stems.catalogue import profile_of, raw_loop, recipe_version
from ab_stitching.domain.stems.character import Character, character_of
from ab_stitching.domain.stems.circle import LENGTH, SECONDS
from ab_stitching.domain.stems.make import level_loop, loop_loudness, loop_peak_db
from ab_stitching.domain.stems.seam import seam_quality
from ab_stitching.domain.stems.targets import TARGETS

SECOND = 48_000
GOLDEN = Path(__file__).parent / "golden" / "recipes.json"


def test_every_background_has_a_target() -> None:
    assert set(TARGETS) == {stem.stem_id for stem in stems_of(StemKind.BACKGROUND)}


@pytest.mark.parametrize("stem_id", TARGETS)
def test_a_background_sounds_like_what_it_is_called(stem_id: str) -> None:
    stem = stem_with_id(stem_id)
    assert stem
    loop = level_loop(raw_loop(stem), profile_of(stem))
    assert TARGETS[stem_id].broken_by(character_of(loop)) == []
    assert_version_follows_sound(stem, loop)
    assert loop.shape == (2, LENGTH)
    assert loop_loudness(loop) == pytest.approx(-32, abs=0.05)
    assert loop_peak_db(loop) <= -2.5
    assert not seam_quality(loop).needs_runtime_crossfade


@pytest.mark.parametrize("stem_id", ["delta_3hz_400", "smr_13.5hz_400", "solfeggio_528"])
def test_a_tone_keeps_its_version_while_it_keeps_its_sound(stem_id: str) -> None:
    stem = stem_with_id(stem_id)
    assert stem
    assert_version_follows_sound(stem, level_loop(raw_loop(stem), profile_of(stem)))


def fingerprint(loop: Pcm) -> list[float]:
    """Levels in dB of 48 moments: another seed, level or layer moves them, another CPU doesn't."""
    ears = np.atleast_2d(loop)
    starts = np.linspace(0, LENGTH - 4096, 48).astype(int)
    powers = [float(np.mean(np.square(ears[:, at : at + 4096], dtype=np.float64))) for at in starts]
    return [round(float(10 * np.log10(power + 1e-12)), 2) for power in powers]


def assert_version_follows_sound(stem: Stem, loop: Pcm) -> None:
    """What is published once under an address must not sound different under the same one.

    After changing a recipe raise its version in ``catalogue.py``, then run these tests with
    ``AB_WRITE_GOLDEN=1``: without a new version that writes nothing.
    """
    golden = json.loads(GOLDEN.read_text())
    version, heard = recipe_version(stem), fingerprint(loop)
    known = golden.get(stem.stem_id, {"version": ""})
    if os.environ.get("AB_WRITE_GOLDEN") == "1" and known["version"] != version:
        golden[stem.stem_id] = {"version": version, "levels": heard}
        GOLDEN.write_text(json.dumps(golden, sort_keys=True) + "\n")
        return
    alike = np.allclose(known.get("levels", [0.0] * len(heard)), heard, atol=0.03)
    assert (known["version"], alike) == (version, True), "its sound and its version do not agree"


def test_another_sound_under_the_same_version_is_noticed(hiss: Pcm) -> None:
    stem = stem_with_id("heavy-rain")
    assert stem
    other = np.resize(hiss, (2, LENGTH))
    with pytest.raises(AssertionError, match="do not agree"):
        assert_version_follows_sound(stem, other)


@pytest.fixture
def hiss(rng: np.random.Generator) -> Pcm:
    return rng.standard_normal((2, 60 * SECOND)).astype(np.float32) * np.float32(0.05)


def test_plain_hiss_is_no_background(hiss: Pcm) -> None:
    heard = character_of(hiss)
    for stem_id, target in TARGETS.items():
        assert any("above_8k_db" in broken for broken in target.broken_by(heard)), stem_id


def test_white_noise_has_the_measures_of_white_noise(hiss: Pcm) -> None:
    heard = character_of(hiss)
    assert heard.slope_db == pytest.approx(0, abs=0.2)
    assert heard.centroid_hz == pytest.approx(12_000, rel=0.02)
    assert heard.above_8k_db == pytest.approx(10 * np.log10(2 / 3), abs=0.1)
    assert heard.octaves_db[5] - heard.octaves_db[4] == pytest.approx(3, abs=0.4)
    assert heard.range_lu < 0.3
    assert heard.outburst_lu < 0.5
    assert heard.events_per_s < 0.1
    assert abs(heard.correlation) < 0.01
    assert heard.repetition < 0.2


def with_envelope(hiss: Pcm, envelope: np.ndarray) -> Character:
    return character_of(hiss * envelope.astype(np.float32))


def test_a_beat_is_caught_repeating_itself(hiss: Pcm) -> None:
    seconds = np.arange(hiss.shape[1]) / SECOND
    heard = with_envelope(hiss, 1 + 0.8 * np.sin(2 * np.pi * seconds / 6))
    assert heard.repetition > 0.9
    assert heard.swell_s == pytest.approx(6, rel=0.08)
    assert heard.slow > 0.8


def test_a_short_loop_laid_end_to_end_is_caught_repeating_itself(rng: np.random.Generator) -> None:
    piece = rng.standard_normal((1, 10 * SECOND)).astype(np.float32)
    gain = np.interp(np.arange(10 * SECOND), np.arange(21) * SECOND / 2, rng.uniform(0.5, 1, 21))
    assert character_of(np.tile(piece * gain.astype(np.float32), 6)).repetition > 0.95


def test_a_bang_is_an_outburst_and_a_rise(hiss: Pcm) -> None:
    bang = np.ones(hiss.shape[1])
    bang[20 * SECOND : 21 * SECOND] = 10
    heard = with_envelope(hiss, bang)
    assert heard.rise_lu == pytest.approx(20, abs=0.5)
    assert heard.outburst_lu > 9
    named = [broken.split()[0] for broken in TARGETS["thunder"].broken_by(heard)]
    assert {"rise_lu", "outburst_lu"} <= set(named)


def test_ticks_are_counted(hiss: Pcm) -> None:
    ticks = np.ones(hiss.shape[1])
    for at in range(SECOND // 4, hiss.shape[1], SECOND // 2):
        ticks[at : at + 100] = 6
    assert with_envelope(hiss, ticks).events_per_s == pytest.approx(2, abs=0.2)


def test_one_sound_in_both_ears_is_told_from_two(hiss: Pcm) -> None:
    assert character_of(hiss[:1]).correlation == 1
    assert character_of(np.stack((hiss[0], hiss[0]))).correlation == pytest.approx(1)


def test_a_target_names_what_it_misses(hiss: Pcm) -> None:
    heard = dataclasses.replace(character_of(hiss), centroid_hz=99.0)
    assert "centroid_hz is 99.00, not within 600 to 1800" in TARGETS["babbling-brook"].broken_by(
        heard
    )


def test_the_loop_is_three_minutes() -> None:
    assert pytest.approx(180.224) == SECONDS
