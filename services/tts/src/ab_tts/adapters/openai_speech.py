"""OpenAI's speech, or that of any server of its shape, through the official client."""

from __future__ import annotations

from typing import Any

import httpx2
import openai
from ab_shared.contracts.speech import Performance, SpeechRecipe
from openai import AsyncOpenAI, DefaultAsyncHttpxClient

from ab_tts.adapters.bounded_answers import bounded
from ab_tts.adapters.vendor_speech import Answer, OpenedLine, Refusal
from ab_tts.domain.metering import Outcome
from ab_tts.domain.vendor_sound import Format
from ab_tts.settings import TtsSettings

# Raw samples come at this rate, as the vendor's documentation says.
PCM_RATE = 24_000
OUTCOMES: dict[str, Outcome] = {
    "insufficient_quota": "quota_exceeded",
    "billing_hard_limit_reached": "quota_exceeded",
    "invalid_api_key": "quota_exceeded",
    "model_not_found": "voice_gone",
    "voice_not_found": "voice_gone",
    "string_above_max_length": "refused",
    "content_policy_violation": "refused",
}
BY_KIND: dict[type[openai.APIStatusError], Outcome] = {
    openai.RateLimitError: "busy",
    openai.AuthenticationError: "quota_exceeded",
    openai.PermissionDeniedError: "quota_exceeded",
    openai.NotFoundError: "voice_gone",
    openai.ConflictError: "failed",
    openai.InternalServerError: "failed",
}
BAD_REQUEST = 400


class OpenAiLine:
    """Implements ``Line``; no times of words come from here."""

    name = "openai"
    rate = PCM_RATE

    def __init__(self, key: str, url: str, wanted: Format, seconds: float) -> None:
        # Redirects would carry what is said elsewhere.
        http = DefaultAsyncHttpxClient(
            timeout=seconds, follow_redirects=False, event_hooks={"response": [bounded]}
        )
        self._client = AsyncOpenAI(
            api_key=key, base_url=url, timeout=seconds, max_retries=0, http_client=http
        )
        self.format = wanted

    async def call(self, text: str, recipe: SpeechRecipe, how: Performance) -> Answer:
        """One call; settings of the map (``instructions``) go along."""
        more: dict[str, Any] = dict(how.settings)
        try:
            raw = await self._client.audio.speech.with_raw_response.create(
                input=text,
                model=recipe.model,
                voice=recipe.provider_voice,
                speed=how.speed,
                response_format=self.format,
                extra_body=more or None,
            )
        except openai.APIStatusError as error:
            raise _refusal(error) from error
        # A body that breaks off or never ends is named by the transport, not by the client.
        except (openai.OpenAIError, httpx2.HTTPError, ValueError) as error:
            raise Refusal("failed", code=type(error).__name__) from error
        return Answer(raw.content, raw.headers)

    async def aclose(self) -> None:
        """Hangs up."""
        await self._client.close()


def open_line(settings: TtsSettings, seconds: float) -> OpenedLine | None:
    """The line that the settings describe; None without a key."""
    if settings.openai_api_key is None:
        return None
    line = OpenAiLine(
        settings.openai_api_key.get_secret_value(),
        settings.openai_base_url,
        settings.openai_speech_format,
        seconds,
    )
    return OpenedLine(line, settings.openai_speech_model, settings.openai_speech_most_at_once)


def _refusal(error: openai.APIStatusError) -> Refusal:
    code = str(error.code or "")[:64]
    return Refusal(_outcome(error, code), code=code, headers=error.response.headers)


def _outcome(error: openai.APIStatusError, code: str) -> Outcome:
    if code in OUTCOMES:
        return OUTCOMES[code]
    if error.param in {"voice", "model"}:
        return "voice_gone"
    for kind, outcome in BY_KIND.items():
        if isinstance(error, kind):
            return outcome
    passing = error.status_code in {408, 425}
    return "failed" if passing or error.status_code < BAD_REQUEST else "rejected"
