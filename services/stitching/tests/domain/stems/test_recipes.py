from __future__ import annotations

import numpy as np
import pytest
from ab_shared.contracts.stems import STEMS, StemKind, background_stem, stems_of
from ab_stitching.domain.profile import BACKGROUND, BRAIN_LAYER
from ab_stitching.domain.stems.catalogue import profile_of, raw_loop, recipe_version
from ab_stitching.domain.stems.make import level_loop, loop_loudness, loop_peak_db
from ab_stitching.domain.stems.seam import seam_quality


def test_every_stem_has_a_recipe_with_a_version() -> None:
    for kind, version in (
        (StemKind.BINAURAL, "stem-1/1"),
        (StemKind.SOLFEGGIO, "stem-1/1"),
        (StemKind.BACKGROUND, "stem-1/2"),
    ):
        assert {recipe_version(stem) for stem in stems_of(kind)} == {version}


def test_beds_are_a_little_louder_than_brain_layers() -> None:
    assert {profile_of(stem) for stem in stems_of(StemKind.BACKGROUND)} == {BACKGROUND}
    assert profile_of(STEMS[0]) == BRAIN_LAYER
    assert (BACKGROUND.target_lufs, BRAIN_LAYER.target_lufs) == (-32.0, -34.0)


def test_a_bed_is_level_and_seamless_and_made_the_same_every_time() -> None:
    ocean = background_stem("ocean")
    loop = raw_loop(ocean)
    np.testing.assert_array_equal(loop, raw_loop(ocean))
    level_loop(loop, profile_of(ocean))
    assert loop.shape == (2, BACKGROUND.length)
    assert loop_loudness(loop) == pytest.approx(-32, abs=0.05)
    assert loop_peak_db(loop) <= -2.5
    assert not seam_quality(loop).needs_runtime_crossfade


def test_a_loop_that_peaks_too_high_is_limited_round_its_seam(rng: np.random.Generator) -> None:
    loop = rng.standard_normal((2, 480_000)).astype(np.float32) * np.float32(0.01)
    loop[:, [0, 1, 200_000]] = 3.0
    level_loop(loop, BACKGROUND)
    assert loop_peak_db(loop) <= -2.0
