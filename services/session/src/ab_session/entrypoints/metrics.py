"""What operators see of what listeners are given to play."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from ab_shared.contracts.rpc import GetPlaybackBundle, PlaybackBundle
from prometheus_client import Histogram

from ab_session.domain.balance import voice_to_bed

VOICE_TO_BED = Histogram(
    "ab_bundle_voice_to_bed_lu",
    "How far the voice stands above both beds in the mix of a playback bundle.",
    buckets=(0, 5, 10, 15, 18, 20, 22, 24, 26, 30),
)
Answerer = Callable[[GetPlaybackBundle], Awaitable[PlaybackBundle]]


def counting(answerer: Answerer) -> Answerer:
    """The same answers, each counted on its way out."""

    async def answer(request: GetPlaybackBundle) -> PlaybackBundle:
        bundle = await answerer(request)
        distance = _distance(bundle)
        if distance is not None:
            VOICE_TO_BED.observe(distance)
        return bundle

    return answer


def _distance(bundle: PlaybackBundle) -> float | None:
    mix, brain = bundle.mix, bundle.binaural or bundle.solfeggio
    beds = [(bundle.background.loudness_lufs, mix.background)]
    if brain is not None:
        beds.append((brain.loudness_lufs, mix.binaural))
    return voice_to_bed((bundle.track.loudness_lufs, mix.affirmations), beds)
