"""The voices of the app: their wire ids, and how they are introduced to a listener."""

from __future__ import annotations

from dataclasses import dataclass

FALLBACK_VOICE_ID = "nova"


@dataclass(frozen=True, slots=True)
class WireVoice:
    """A voice as the app names it; which provider's voice speaks it is the tts service's affair."""

    id: str
    title: str
    description: str


VOICES: tuple[WireVoice, ...] = (
    WireVoice("nova", "Nova", "Clear and warm, a woman in her thirties"),
    WireVoice("alloy", "Alloy", "Level and neutral, a low alto"),
    WireVoice("shimmer", "Shimmer", "Light and airy, a bright soprano"),
    WireVoice("onyx", "Onyx", "Deep and steady, a bass"),
    WireVoice("echo", "Echo", "Soft-spoken, a young tenor"),
    WireVoice("fable", "Fable", "A storyteller, dark and animated"),
    WireVoice("neutral", "Neutral", "Nova, under the name that older builds use"),
)
VOICES_BY_ID: dict[str, WireVoice] = {voice.id: voice for voice in VOICES}
