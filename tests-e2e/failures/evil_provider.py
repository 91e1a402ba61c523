"""Lets a tts process speak some voices through an OpenAI-shaped vendor, each as a provider."""

from __future__ import annotations

import io
import wave
from collections.abc import Sequence

import ab_tts.adapters.cast
import httpx
from ab_shared.contracts.speech import Performance, SpeechRecipe, Variant
from ab_shared.errors import DependencyUnavailable, Overloaded
from ab_tts.adapters.guarded import GuardedSpeech
from ab_tts.adapters.speakers import Speakers
from ab_tts.ports import RawSpeech, SpeechProvider

AT_ONCE = 2
BYTE_SECONDS = 60.0
VOICES = {"onyx": "hang", "echo": "trickle", "fable": "garbage", "shimmer": "busy", "alloy": "well"}
"""Voices of the app, and how the vendor's voice behaves."""


class HttpSpeech:
    """Implements ``SpeechProvider`` over HTTP; its client's only limit is between two bytes."""

    def __init__(self, url: str, voice: str) -> None:
        self.name = f"vendor-{voice}"
        self._voice = voice
        self._client = httpx.AsyncClient(base_url=url, timeout=BYTE_SECONDS, trust_env=False)

    def recipe_for(self, _voice_id: str) -> SpeechRecipe:
        """The vendor's voice."""
        return SpeechRecipe(
            provider=self.name,
            provider_voice=self._voice,
            model="made-up",
            synthesis_version="1",
            performances=(
                Performance(variant=1, seed=1, speed=0.8),
                Performance(variant=2, seed=2, speed=0.77),
            ),
        )

    async def synthesize(
        self, text: str, recipe: SpeechRecipe, variant: Variant, *, deadline: float
    ) -> RawSpeech:
        """One request; ``deadline`` is left to the guard on purpose."""
        del deadline
        body = {
            "input": text,
            "voice": recipe.provider_voice,
            "model": recipe.model,
            "speed": recipe.performance(variant).speed,
            "response_format": "wav",
        }
        try:
            answer = await self._client.post("/v1/audio/speech", json=body)
        except httpx.TransportError as error:
            raise DependencyUnavailable("The vendor cannot be reached") from error
        if answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
            wait = float(answer.headers.get("Retry-After", 0))
            raise Overloaded("The vendor is busy", details={"retry_after": wait})
        if answer.is_error:
            raise DependencyUnavailable("The vendor fails")
        milliseconds = _milliseconds(answer.content)
        return RawSpeech(answer.content, "audio/wav", milliseconds, len(text))


def _milliseconds(audio: bytes) -> int:
    try:
        with wave.open(io.BytesIO(audio)) as file:
            return round(1000 * file.getnframes() / file.getframerate())
    except (wave.Error, EOFError):
        return 0


def install(url: str) -> None:
    """Puts the vendor beside the provider that the service has."""
    vendors = {voice: HttpSpeech(url, manner) for voice, manner in VOICES.items()}

    class SpeakersAndVendors(Speakers):
        """The service's speakers and the vendors, each behind the service's own guard."""

        def __init__(
            self, providers: Sequence[SpeechProvider], retired: Sequence[SpeechProvider] = ()
        ) -> None:
            guarded = [GuardedSpeech(vendor, at_once=AT_ONCE) for vendor in vendors.values()]
            super().__init__(providers, [*retired, *guarded])

        def recipe_for(self, voice_id: str) -> SpeechRecipe:
            """A vendor's for its voices."""
            vendor = vendors.get(voice_id)
            return vendor.recipe_for(voice_id) if vendor else super().recipe_for(voice_id)

    ab_tts.adapters.cast.Speakers = SpeakersAndVendors
