"""OpenAI's ``/v1/audio/speech``: bytes of sound, without times of words."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from simulators.babble import babble, encoded
from simulators.vendor import Vendor

MOST_CHARACTERS = 4096
VOICES = (
    *("alloy", "ash", "ballad", "coral", "echo", "fable", "onyx"),
    *("nova", "sage", "shimmer", "verse", "marin", "cedar"),
)
TYPES = {"mp3": "audio/mpeg", "wav": "audio/wav", "pcm": "audio/pcm", "flac": "audio/flac"}


@dataclass
class Speech:
    """``wrong_format`` is what comes whatever was asked for."""

    vendor: Vendor
    voices: tuple[str, ...] = VOICES
    wrong_format: str | None = None

    async def answer(self, body: dict[str, Any]) -> Response:
        """A line spoken: the same input sounds a little different each time, as it does there."""
        text, speed = str(body.get("input", "")), float(body.get("speed", 1.0))
        wanted = str(body.get("response_format", "mp3"))
        sane = 0 < len(text) <= MOST_CHARACTERS and 0.25 <= speed <= 4 and wanted in TYPES
        if body.get("voice") not in self.voices:
            return self.vendor.refused(400, "voice_not_found")
        if not sane or not body.get("model"):
            return self.vendor.refused(400, "invalid_value")
        given = self.wrong_format or wanted
        seed = f"{body['voice']} {speed} {len(self.vendor.calls)}"
        audio = await asyncio.to_thread(encoded, babble(text, seed, speed), given, 24_000)
        return Response(audio, headers={"Content-Type": TYPES.get(wanted, "audio/mpeg")})
