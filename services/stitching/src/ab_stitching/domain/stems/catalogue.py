"""Which recipe makes which stem, and the version that its content address carries."""

from __future__ import annotations

import zlib
from collections.abc import Callable

import numpy as np
from ab_shared.contracts.stems import Stem, StemKind

from ab_stitching.domain.pcm import Pcm
from ab_stitching.domain.profile import BACKGROUND, BRAIN_LAYER, StemProfile
from ab_stitching.domain.stems.circle import begin_calmly
from ab_stitching.domain.stems.meadow import birds_chirping, evening_walk
from ab_stitching.domain.stems.temple import regeneration, tibetan_om
from ab_stitching.domain.stems.tones import binaural, solfeggio
from ab_stitching.domain.stems.water import (
    babbling_brook,
    distant_ocean,
    forest_rain,
    heavy_rain,
)
from ab_stitching.domain.stems.weather import storm, thunder

Recipe = Callable[[np.random.Generator], Pcm]

_BACKGROUNDS: dict[str, tuple[Recipe, str]] = {
    "babbling-brook": (babbling_brook, "2"),
    "birds-chirping": (birds_chirping, "2"),
    "distant-ocean": (distant_ocean, "2"),
    "evening-walk": (evening_walk, "2"),
    "forest-rain": (forest_rain, "2"),
    "heavy-rain": (heavy_rain, "2"),
    "regeneration": (regeneration, "2"),
    "storm": (storm, "2"),
    "thunder": (thunder, "2"),
    "tibetan-om": (tibetan_om, "2"),
}
_TONE_VERSION = "1"
# Levels, bit rate and encoder are part of what a stem is: this changes with any of them.
_PROFILE_VERSION = "stem-1"


def profile_of(stem: Stem) -> StemProfile:
    """Loudness and encoding of a stem."""
    return BACKGROUND if stem.kind is StemKind.BACKGROUND else BRAIN_LAYER


def recipe_version(stem: Stem) -> str:
    """Changes whenever the stem would sound different: ``stem-1/1``."""
    background = _BACKGROUNDS.get(stem.stem_id)
    return f"{_PROFILE_VERSION}/{background[1] if background else _TONE_VERSION}"


def raw_loop(stem: Stem) -> Pcm:
    """The loop before levelling: ``(n,)`` where both ears are alike, else ``(2, n)``.

    The same stem is the same loop every time: chance is seeded by its id.
    """
    if stem.kind is StemKind.BINAURAL:
        return binaural(stem.carrier_hz or 0.0, stem.hz or 0.0)
    if stem.kind is StemKind.SOLFEGGIO:
        return solfeggio(stem.hz or 0.0)
    recipe, _ = _BACKGROUNDS[stem.stem_id]
    loop = recipe(np.random.default_rng(zlib.crc32(stem.stem_id.encode())))
    begin_calmly(loop)
    return loop
