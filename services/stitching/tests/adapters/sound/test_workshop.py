from __future__ import annotations

from typing import Any

import pytest
from ab_shared.contracts.audio_profile import PROFILE_VERSION
from ab_stitching.adapters.workshop import Workshop
from prometheus_client import REGISTRY

MADE = {"engine_mode": "splice", "profile_version": PROFILE_VERSION}


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


async def test_what_is_made_is_counted_with_its_measures(speak: Any) -> None:
    workshop = Workshop(threads=1)
    reads_before = counted("ab_render_seconds_count", what="read")
    tracks_before = counted("ab_tracks_rendered_total", **MADE)
    seconds_before = counted("ab_track_duration_seconds_sum")
    error_before = counted("ab_track_loudness_error_lu_sum")
    reads = [await workshop.prepare(speak(seed)) for seed in (1, 2)]
    async with workshop.render(reads) as track:
        assert track.path.stat().st_size == track.size
        folder = track.path.parent
    assert not folder.exists()
    assert counted("ab_render_seconds_count", what="read") == reads_before + 2
    assert counted("ab_tracks_rendered_total", **MADE) == tracks_before + 1
    spent = counted("ab_track_duration_seconds_sum") - seconds_before
    assert spent == pytest.approx(track.duration_ms / 1000)
    error = counted("ab_track_loudness_error_lu_sum") - error_before
    assert error == pytest.approx(abs(track.lufs + 20))


async def test_a_render_that_fails_is_not_counted_as_a_track(speak: Any) -> None:
    workshop = Workshop(threads=1)
    read = await workshop.prepare(speak(3))
    before = counted("ab_tracks_rendered_total", **MADE)
    with pytest.raises(ValueError, match="needs reads"):
        async with workshop.render([]):
            pass
    assert counted("ab_tracks_rendered_total", **MADE) == before
    async with workshop.render([read, read]):
        pass
    assert counted("ab_tracks_rendered_total", **MADE) == before + 1
