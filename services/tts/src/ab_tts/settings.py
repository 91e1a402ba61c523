"""What the tts service reads from its environment."""

from __future__ import annotations

from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from ab_shared.runtime.settings import DatabaseSettings, Secret, StorageSettings, setting
from pydantic import field_validator, model_validator

Provider = Literal["elevenlabs", "openai", "embedded"]


class TtsSettings(DatabaseSettings, StorageSettings):
    """A database, the broker, the bucket of raw speech, and who speaks."""

    aws_s3_speech_bucket_name: str = setting(
        about="Bucket of raw speech", example="ab-speech", min_length=3
    )
    content_address_key: Secret = setting(
        about="Key of all content addresses, the same for session and tts: 64 hex digits",
        example="change-me",
    )
    tts_providers: list[Provider] = setting(
        ["embedded"],
        about="JSON list of who speaks, best first; those behind stand in for a whole track. "
        "A key alone makes no vendor speak: session's writer may have the same one",
        example='["elevenlabs", "openai", "embedded"]',
    )
    tts_voice_map: Path | None = setting(
        None,
        about="Voices, settings and prices of the vendors, in place of the map that ships",
        example="/etc/ab/vendor_voices.toml",
    )
    tts_threads: int = setting(
        1, about="Lines the embedded voices speak at once in one process", example="1", ge=1, le=64
    )
    tts_deadline_seconds: float = setting(
        60.0,
        about="Longest a line may take to be spoken, waiting for a vendor's slot included",
        example="60",
        gt=0,
        le=600,
    )
    tts_vendor_call_seconds: float = setting(
        20.0, about="Longest one call of a vendor may take", example="20", gt=0, le=300
    )
    tts_vendor_tries: int = setting(
        3, about="Calls of a vendor for one attempt at a line", example="3", ge=1, le=10
    )
    elevenlabs_api_key: Secret | None = setting(
        None, about="ElevenLabs' key; it speaks where TTS_PROVIDERS names it", example="change-me"
    )
    elevenlabs_base_url: str = setting(
        "https://api.elevenlabs.io",
        about="Where ElevenLabs answers",
        example="https://api.elevenlabs.io",
    )
    elevenlabs_model: str = setting(
        "eleven_multilingual_v2",
        about="ElevenLabs' model; they change every few months",
        example="eleven_multilingual_v2",
        min_length=1,
    )
    elevenlabs_output_format: Literal["mp3_44100_128", "pcm_24000", "pcm_44100"] = setting(
        "mp3_44100_128",
        about="What ElevenLabs sends; pcm needs a higher plan",
        example="mp3_44100_128",
    )
    elevenlabs_most_at_once: int = setting(
        15, about="Calls at once of one process, whatever the plan holds", example="15", ge=1, le=64
    )
    openai_api_key: Secret | None = setting(
        None,
        about="Key of the OpenAI-shaped speech server; it speaks where TTS_PROVIDERS names it",
        example="change-me",
    )
    openai_base_url: str = setting(
        "https://api.openai.com/v1",
        about="Where the OpenAI-shaped speech server answers",
        example="https://api.openai.com/v1",
    )
    openai_speech_model: str = setting(
        "gpt-4o-mini-tts",
        about="Its model; the ones of today are announced to end on 2027-01-06",
        example="gpt-4o-mini-tts",
        min_length=1,
    )
    openai_speech_format: Literal["wav", "mp3", "flac", "pcm"] = setting(
        "wav", about="What it sends; pcm is 24 kHz", example="wav"
    )
    openai_speech_most_at_once: int = setting(
        8, about="Calls at once of one process", example="8", ge=1, le=64
    )

    @property
    def silent(self) -> list[Provider]:
        """Vendors that have a key and are not asked to speak."""
        keyed = [name for name, key in self._keys().items() if key is not None]
        return [name for name in keyed if name not in self.tts_providers]

    @field_validator("elevenlabs_base_url", "openai_base_url")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        url = urlsplit(value)
        if url.scheme not in {"http", "https"} or not url.hostname or url.query or url.username:
            raise ValueError("is no address of a server")
        return value

    def _keys(self) -> dict[Provider, Secret | None]:
        return {"elevenlabs": self.elevenlabs_api_key, "openai": self.openai_api_key}

    @model_validator(mode="after")
    def _can_speak(self) -> TtsSettings:
        names = self.tts_providers
        if not names or len(set(names)) < len(names):
            raise ValueError("TTS_PROVIDERS must name somebody, and nobody twice")
        for name, key in self._keys().items():
            if name in names and key is None:
                raise ValueError(f"TTS_PROVIDERS names {name}, whose API key is missing")
        return self
