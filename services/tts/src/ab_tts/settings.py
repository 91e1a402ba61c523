"""What the tts service reads from its environment."""

from __future__ import annotations

from typing import Literal

from ab_shared.runtime.settings import DatabaseSettings, Secret, StorageSettings, setting


class TtsSettings(DatabaseSettings, StorageSettings):
    """A database, the broker, the bucket of raw speech, and who speaks."""

    aws_s3_speech_bucket_name: str = setting(
        about="Bucket of raw speech", example="ab-speech", min_length=3
    )
    content_address_key: Secret = setting(
        about="Key of all content addresses, the same for session and tts: 64 hex digits",
        example="change-me",
    )
    tts_provider: Literal["embedded"] = setting(
        "embedded",
        about="Who speaks: embedded (offline, from installed wheels)",
        example="embedded",
    )
    tts_threads: int = setting(
        1, about="Lines spoken at once in one process", example="1", ge=1, le=64
    )
    tts_deadline_seconds: float = setting(
        60.0, about="Longest a line may take to be spoken", example="60", gt=0, le=600
    )
    openai_api_key: Secret | None = setting(
        None,
        about="Reserved for an OpenAI-shaped speech provider, not called yet",
        example="change-me",
        where="production",
    )
    elevenlabs_api_key: Secret | None = setting(
        None,
        about="Reserved for the ElevenLabs speech provider, not called yet",
        example="change-me",
        where="production",
    )
