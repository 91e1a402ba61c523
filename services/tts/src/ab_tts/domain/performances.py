"""The two performances of a line: what a speaker does differently the second time."""

from __future__ import annotations

from dataclasses import replace

from ab_shared.contracts.speech import Performance

from ab_tts.domain.delivery import Intonation, VoiceShape, settings_of

SLOW = 0.80
"""The one pace of the product; 1 is the pace the model learned."""
SETTLED = 0.77
"""The second reading settles. The model rounds durations, so this is 8 % slower, not 4."""
FIRST = Intonation()
# two semitones: less, and the few pitch periods of a one-word line are the same waveform again
SECOND = Intonation(liveliness=1.05, lift=-2.0, fall=0.6, sway=0.4)


def performances(liveliness: float, shape: VoiceShape | None) -> tuple[Performance, Performance]:
    """Read 1 and read 2 of a speaker with this liveliness and shape."""
    first = replace(FIRST, liveliness=round(FIRST.liveliness * liveliness, 4))
    second = replace(SECOND, liveliness=round(SECOND.liveliness * liveliness, 4))
    return (
        Performance(variant=1, seed=1, speed=SLOW, settings=settings_of(first, shape)),
        Performance(
            variant=2,
            seed=2,
            speed=SETTLED,
            settings=settings_of(second, shape),
        ),
    )
