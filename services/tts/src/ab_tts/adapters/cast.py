"""Who speaks here, as the settings say: each provider behind a guard of its own."""

from __future__ import annotations

import importlib
import logging
from dataclasses import dataclass
from typing import Protocol, cast

from ab_shared.errors import SettingsInvalid

from ab_tts.adapters.embedded import EmbeddedSpeech
from ab_tts.adapters.guarded import GuardedSpeech
from ab_tts.adapters.speakers import Speakers
from ab_tts.adapters.vendor_speech import OpenedLine, VendorSpeech
from ab_tts.adapters.voice_map import VendorVoices, read_map
from ab_tts.domain.slots import Slots
from ab_tts.domain.vendor_trouble import Patience
from ab_tts.ports import SpeechProvider
from ab_tts.settings import TtsSettings

# What every plan of ElevenLabs allows; answers say how many more there may be.
FIRST_SLOTS = 2
# The client's own limits are there for the case that ours fail.
CLIENT_MARGIN = 5.0
LINES = {
    "elevenlabs": "ab_tts.adapters.elevenlabs",
    "openai": "ab_tts.adapters.openai_speech",
}
logger = logging.getLogger("ab.tts")


class _LineModule(Protocol):
    def open_line(self, settings: TtsSettings, seconds: float) -> OpenedLine | None: ...


@dataclass(frozen=True)
class Cast:
    """The speakers, and how many lines vendors may be asked for at once."""

    speakers: Speakers
    embedded: EmbeddedSpeech
    vendors: tuple[VendorSpeech, ...]
    vendor_lines: int

    @property
    def charging(self) -> frozenset[str]:
        """Providers that cost money."""
        return frozenset(vendor.name for vendor in self.vendors)

    async def aclose(self) -> None:
        """Hangs up and lets the threads end."""
        for vendor in self.vendors:
            await vendor.aclose()
        await self.embedded.aclose()


def make_cast(settings: TtsSettings, embedded_lines: int) -> Cast:
    """Vendors without a key are not there; the embedded voices always speak what is theirs."""
    embedded = EmbeddedSpeech(settings.tts_threads)
    names = settings.tts_providers
    made = [_vendor(name, settings) for name in names if name != embedded.name]
    at_once = embedded_lines + sum(most for _, most in made)
    everybody: list[SpeechProvider] = [embedded, *(vendor for vendor, _ in made)]
    # As many as are ever asked of it: its own threads or slots are the bound.
    guarded = {one.name: GuardedSpeech(one, at_once=at_once) for one in everybody}
    order = [guarded.pop(name) for name in names]
    logger.info(
        "Who speaks" if made else "Who speaks: no vendor, the embedded voices alone",
        extra={"providers": list(names)},
    )
    if settings.silent:
        logger.info("Keys of vendors that do not speak", extra={"providers": settings.silent})
    vendors = tuple(vendor for vendor, _ in made)
    speakers = Speakers(order, retired=list(guarded.values()))
    return Cast(speakers, embedded, vendors, at_once - embedded_lines)


def _vendor(name: str, settings: TtsSettings) -> tuple[VendorSpeech, int]:
    # Not before they are wanted: a vendor's client is 13 to 21 MiB and seconds of loading.
    module = cast("_LineModule", importlib.import_module(LINES[name]))
    opened = module.open_line(settings, settings.tts_vendor_call_seconds + CLIENT_MARGIN)
    if opened is None:
        raise SettingsInvalid(f"{name} cannot speak without its key")
    patience = Patience(settings.tts_vendor_tries, settings.tts_vendor_call_seconds)
    begin = Slots(limit=FIRST_SLOTS, most=opened.most_at_once)
    voices = _voices(name, settings)
    provider = VendorSpeech(opened.line, voices, opened.model, begin=begin, patience=patience)
    return provider, opened.most_at_once


def _voices(name: str, settings: TtsSettings) -> VendorVoices:
    found = read_map(settings.tts_voice_map).get(name)
    if found is None:
        raise SettingsInvalid(f"TTS_VOICE_MAP has no voices of {name}")
    return found
