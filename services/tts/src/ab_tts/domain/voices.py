"""Who speaks each voice id of the app at the embedded provider, as data, for ever."""

from __future__ import annotations

from dataclasses import dataclass

from ab_shared.contracts.speech import SpeechRecipe
from ab_shared.contracts.voices import FALLBACK_VOICE_ID, VOICES_BY_ID

from ab_tts.domain.delivery import VoiceShape
from ab_tts.domain.performances import performances

SYNTHESIS_VERSION = "embedded-2"
"""Part of every address of raw speech: raise it when the same recipe begins to sound different."""
PROVIDER = "embedded"
MODEL = "hibari-0.2.1/heart"


@dataclass(frozen=True, slots=True)
class Speaker:
    """One person of the embedded provider."""

    liveliness: float
    """Factor on the pitch range: below 1 more even, above 1 more animated."""
    shape: VoiceShape | None = None
    """Nothing for the model's own voice, whose first read needs no vocoder."""


SPEAKERS = {
    "nova": Speaker(1.0),
    "alloy": Speaker(0.85, VoiceShape(pitch=0.82, formant=0.92, tilt_db=-0.8, breath=1.3)),
    "shimmer": Speaker(1.0, VoiceShape(pitch=1.2, formant=1.1, tilt_db=0.8, breath=1.6)),
    "onyx": Speaker(0.9, VoiceShape(pitch=0.52, formant=0.84, tilt_db=-0.5)),
    "echo": Speaker(1.0, VoiceShape(pitch=0.67, formant=0.93, tilt_db=0.8, breath=1.4)),
    "fable": Speaker(1.15, VoiceShape(pitch=0.9, formant=0.86, tilt_db=-1.5)),
}


def is_known(voice_id: str) -> bool:
    """Whether the app ever had a voice of this id."""
    return voice_id in VOICES_BY_ID


def recipe(voice_id: str) -> SpeechRecipe:
    """The recipe of a voice id; ``neutral`` and unknown ids speak as the fallback."""
    name = voice_id if voice_id in SPEAKERS else FALLBACK_VOICE_ID
    speaker = SPEAKERS[name]
    return SpeechRecipe(
        provider=PROVIDER,
        provider_voice=name,
        model=MODEL,
        synthesis_version=SYNTHESIS_VERSION,
        performances=performances(speaker.liveliness, speaker.shape),
    )
