"""Which voice of a vendor speaks for a voice of the app: data, read into recipes."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Annotated

from ab_shared.contracts.base import Contract
from ab_shared.contracts.speech import Performance, Setting, SpeechRecipe, Variant
from ab_shared.contracts.voices import FALLBACK_VOICE_ID, VOICES
from ab_shared.errors import SettingsInvalid
from pydantic import Field, ValidationError, model_validator

OTHER_NAMES = {"neutral": "nova"}
VARIANTS: tuple[Variant, Variant] = (1, 2)


# Dollars for a million characters, which are millionths of a dollar for one.
Price = Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False)]


class MappedPerformance(Contract):
    """How one of the two reads is asked for."""

    seed: int = Field(ge=0)
    speed: float = Field(ge=0.25, le=4)
    settings: dict[str, Setting] = Field(default_factory=dict)


class VendorVoices(Contract):
    """One vendor's part of the map; ``prices`` are dollars for a million characters, by model."""

    synthesis_version: str = Field(min_length=1)
    performances: Annotated[tuple[MappedPerformance, ...], Field(min_length=2, max_length=2)]
    voices: dict[str, str]
    prices: dict[str, Price] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _whole(self) -> VendorVoices:
        wanted = {voice.id for voice in VOICES} - OTHER_NAMES.keys()
        if missing := sorted(wanted - self.voices.keys()):
            raise ValueError(f"no voice for {', '.join(missing)}")
        one, other = self.performances
        if one == other:
            raise ValueError("the two reads of a line must differ")
        return self

    def recipe(self, provider: str, model: str, voice_id: str) -> SpeechRecipe:
        """The recipe of a voice id; one that nobody knows speaks as the fallback."""
        name = OTHER_NAMES.get(voice_id, voice_id)
        first, second = (
            Performance(variant=variant, seed=how.seed, speed=how.speed, settings=how.settings)
            for variant, how in zip(VARIANTS, self.performances, strict=True)
        )
        return SpeechRecipe(
            provider=provider,
            provider_voice=self.voices.get(name) or self.voices[FALLBACK_VOICE_ID],
            model=model,
            synthesis_version=self.synthesis_version,
            performances=(first, second),
        )


def read_map(path: Path | None = None) -> dict[str, VendorVoices]:
    """The parts of a map by vendor, of the one that ships by default; else SettingsInvalid."""
    shipped = files("ab_tts") / "vendor_voices.toml"
    try:
        text = (path or shipped).read_text(encoding="utf-8")
        document = tomllib.loads(text)
        return {name: VendorVoices.model_validate(part) for name, part in document.items()}
    except (OSError, tomllib.TOMLDecodeError, ValidationError) as error:
        raise SettingsInvalid(f"TTS_VOICE_MAP cannot be used: {error}") from error
