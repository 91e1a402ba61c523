"""ElevenLabs through its official client: speech with the time of each character."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Annotated, Any, Literal, cast

import httpx
from ab_shared.contracts.speech import Performance, SpeechRecipe
from elevenlabs.client import AsyncElevenLabs
from elevenlabs.core.api_error import ApiError
from elevenlabs.types import VoiceSettings
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ab_tts.adapters.bounded_answers import bounded
from ab_tts.adapters.vendor_speech import Answer, OpenedLine, Refusal
from ab_tts.domain.metering import Outcome
from ab_tts.domain.vendor_sound import Format
from ab_tts.domain.word_times import Alignment
from ab_tts.settings import TtsSettings

OutputFormat = Literal["mp3_44100_128", "pcm_24000", "pcm_44100"]
FORMATS: dict[OutputFormat, tuple[Format, int]] = {
    "mp3_44100_128": ("mp3", 44_100),
    "pcm_24000": ("pcm", 24_000),
    "pcm_44100": ("pcm", 44_100),
}
# By body.detail.status, whatever the HTTP status: 429 stands for two things, 401 for three.
OUTCOMES: dict[str, Outcome] = {
    "too_many_concurrent_requests": "slot_taken",
    "concurrent_limit_exceeded": "slot_taken",
    "system_busy": "busy",
    "rate_limit_exceeded": "busy",
    "quota_exceeded": "quota_exceeded",
    "invalid_api_key": "quota_exceeded",
    "missing_permissions": "quota_exceeded",
    "detected_unusual_activity": "quota_exceeded",
    "voice_not_found": "voice_gone",
    "model_not_found": "voice_gone",
    "max_character_limit_exceeded": "refused",
}
NO_RETRIES = {"max_retries": 0}
Second = Annotated[float, Field(ge=-1, le=3600, allow_inf_nan=False)]


class _Times(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    characters: tuple[str, ...]
    character_start_times_seconds: tuple[Second, ...]
    character_end_times_seconds: tuple[Second, ...]


class ElevenLabsLine:
    """Implements ``Line``. Neighbouring lines are never sent: a read stands for itself."""

    name = "elevenlabs"

    def __init__(self, key: str, url: str, output: OutputFormat, seconds: float) -> None:
        # Its own HTTP client: redirects would carry the key elsewhere.
        self._http = httpx.AsyncClient(
            timeout=seconds, follow_redirects=False, event_hooks={"response": [bounded]}
        )
        self._client = AsyncElevenLabs(api_key=key, base_url=url, httpx_client=self._http)
        self._output = output
        self.format, self.rate = FORMATS[output]

    async def call(self, text: str, recipe: SpeechRecipe, how: Performance) -> Answer:
        """One call with timestamps."""
        wanted = {**how.settings, "speed": how.speed}
        try:
            raw = await self._client.text_to_speech.with_raw_response.convert_with_timestamps(
                recipe.provider_voice,
                text=text,
                model_id=recipe.model,
                output_format=self._output,
                voice_settings=VoiceSettings.model_validate(wanted),
                seed=how.seed,
                request_options=cast("Any", NO_RETRIES),
            )
            audio = base64.b64decode(raw.data.audio_base_64, validate=True)
        except ApiError as error:
            raise _refusal(error) from error
        # A 200 without the fields that make an answer is none.
        except (httpx.HTTPError, ValidationError, binascii.Error, TypeError, ValueError) as error:
            raise Refusal("failed", code=type(error).__name__) from error
        return Answer(audio, raw.headers, alignment_of(raw.data.alignment))

    async def aclose(self) -> None:
        """Hangs up."""
        await self._http.aclose()


def open_line(settings: TtsSettings, seconds: float) -> OpenedLine | None:
    """The line that the settings describe; None without a key."""
    if settings.elevenlabs_api_key is None:
        return None
    line = ElevenLabsLine(
        settings.elevenlabs_api_key.get_secret_value(),
        settings.elevenlabs_base_url,
        settings.elevenlabs_output_format,
        seconds,
    )
    return OpenedLine(line, settings.elevenlabs_model, settings.elevenlabs_most_at_once)


def _refusal(error: ApiError) -> Refusal:
    headers: Mapping[str, str] = error.headers or {}
    body: object = error.body
    detail: object = body.get("detail") if isinstance(body, dict) else None
    code = str(detail.get("status", "")) if isinstance(detail, dict) else ""
    outcome = OUTCOMES.get(code) or _by_status(error.status_code or 0)
    return Refusal(outcome, code=code[:64], headers=headers)


def _by_status(status: int) -> Outcome:
    if status == httpx.codes.TOO_MANY_REQUESTS:
        return "busy"
    if status in {httpx.codes.UNAUTHORIZED, httpx.codes.PAYMENT_REQUIRED, httpx.codes.FORBIDDEN}:
        return "quota_exceeded"
    if status == httpx.codes.NOT_FOUND:
        return "voice_gone"
    passing = status in {httpx.codes.REQUEST_TIMEOUT, httpx.codes.CONFLICT, httpx.codes.TOO_EARLY}
    ours = httpx.codes.BAD_REQUEST <= status < httpx.codes.INTERNAL_SERVER_ERROR
    return "rejected" if ours and not passing else "failed"


def alignment_of(given: object) -> Alignment | None:
    """Times as they came (the client checks nothing); None for what is none.

    A caption without words is no reason to throw away sound that is paid for.
    """
    if given is None:
        return None
    try:
        times = _Times.model_validate(given)
    except ValidationError:
        return None
    return Alignment(
        times.characters, times.character_start_times_seconds, times.character_end_times_seconds
    )
