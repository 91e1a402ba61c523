from __future__ import annotations

import numpy as np
import pytest
from ab_stitching.domain.pcm import Pcm


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)


@pytest.fixture
def murmur(rng: np.random.Generator) -> Pcm:
    """Two seconds that rise and fall like syllables, peaks well below full scale."""
    seconds = np.arange(96_000) / 48_000
    syllables = np.clip(np.sin(2 * np.pi * 2.0 * seconds), 0, 1)
    buzz = np.sin(2 * np.pi * 140 * seconds) + 0.5 * np.sin(2 * np.pi * 1210 * seconds)
    return (0.15 * syllables * (buzz + 0.1 * rng.standard_normal(96_000))).astype(np.float32)
