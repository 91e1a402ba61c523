"""Tells which voices there are and how each is spoken today."""

from __future__ import annotations

from dataclasses import dataclass

from ab_shared.contracts.rpc import ListVoices as Request
from ab_shared.contracts.rpc import VoiceList
from ab_shared.contracts.speech import VoiceOffer
from ab_shared.contracts.voices import FALLBACK_VOICE_ID, VOICES

from ab_tts.ports import Voices


@dataclass(frozen=True, slots=True)
class ListVoices:
    """The app's voices, each with the recipe of the first provider and of those behind it."""

    voices: Voices

    async def __call__(self, _request: Request) -> VoiceList:
        """Every voice id of the wire; the fallback speaks for ids nobody knows."""
        offers = tuple(
            VoiceOffer(
                voice_id=voice.id,
                title=voice.title,
                description=voice.description,
                recipe=self.voices.recipe_for(voice.id),
                instead=self.voices.instead(voice.id),
            )
            for voice in VOICES
        )
        return VoiceList(voices=offers, fallback_voice_id=FALLBACK_VOICE_ID)
